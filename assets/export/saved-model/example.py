"""Classifies pictures with saved_model.pb as Fovea does. One line of JSON a picture.

    pip install tensorflow pillow
    python example.py photo.jpg another.png

Class names and picture size are read from preprocessing.json; picture.py makes the model's input.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from picture import load_picture, load_whole_picture


def main(files):
    sys.stdout.reconfigure(encoding="utf-8")
    folder = Path(__file__).parent
    rule = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
    labels = rule["labels"]
    classify = tf.saved_model.load(str(folder)).signatures["serving_default"]
    for file in files:
        pixels = load_input(file, rule)
        probabilities = classify(image=tf.constant(pixels[np.newaxis]))["probabilities"].numpy()[0]
        best = int(probabilities.argmax())
        answer = {"file": file, "label": labels[best], "probability": float(probabilities[best])}
        answer["probabilities"] = dict(zip(labels, probabilities.tolist()))
        print(json.dumps(answer, ensure_ascii=False))


def load_input(file, rule):
    """What the model asks for: a whole picture, or the square."""
    if rule["dtype"] == "uint8":
        return load_whole_picture(file)
    return load_picture(file, rule["size"][0]).astype(np.float32)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give the files to classify: python example.py photo.jpg")
    main(sys.argv[1:])
