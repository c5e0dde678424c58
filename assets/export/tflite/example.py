"""Classifies pictures with model.tflite as Fovea does. One line of JSON a picture.

    pip install ai-edge-litert pillow
    python example.py photo.jpg another.png

Class names are read from the model itself, which is a zip file too; picture.py makes its input.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from picture import load_picture


def main(files):
    sys.stdout.reconfigure(encoding="utf-8")
    path = str(Path(__file__).with_name("model.tflite"))
    with zipfile.ZipFile(path) as archive:
        labels = json.loads(archive.read("preprocessing.json"))["labels"]
    model = Interpreter(model_path=path)
    model.allocate_tensors()
    image, answer = model.get_input_details()[0], model.get_output_details()[0]
    for file in files:
        pixels = load_picture(file, image["shape"][1])
        model.set_tensor(image["index"], pixels[np.newaxis].astype(image["dtype"]))
        model.invoke()
        probabilities = model.get_tensor(answer["index"])[0]
        if probabilities.dtype == np.uint8:
            probabilities = probabilities / 256
        best = int(probabilities.argmax())
        found = {"file": file, "label": labels[best], "probability": float(probabilities[best])}
        found["probabilities"] = dict(zip(labels, probabilities.tolist()))
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give the files to classify: python example.py photo.jpg")
    main(sys.argv[1:])
