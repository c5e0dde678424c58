"""Classifies pictures with model.keras or model.h5 as Fovea does. One line of JSON a picture.

    pip install keras tensorflow pillow
    python example.py photo.jpg another.png

Class names and picture size are read from preprocessing.json; picture.py makes the model's input.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from picture import load_picture


def main(files):
    sys.stdout.reconfigure(encoding="utf-8")
    folder = Path(__file__).parent
    rule = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
    labels, (size, _) = rule["labels"], rule["size"]
    [path] = [path for path in (folder / "model.keras", folder / "model.h5") if path.exists()]
    model = keras.models.load_model(path, compile=False)
    for file in files:
        pixels = load_picture(file, size).astype(np.float32)
        probabilities = model.predict(pixels[np.newaxis], verbose=0)[0]
        best = int(probabilities.argmax())
        answer = {"file": file, "label": labels[best], "probability": float(probabilities[best])}
        answer["probabilities"] = dict(zip(labels, probabilities.tolist()))
        print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give the files to classify: python example.py photo.jpg")
    main(sys.argv[1:])
