"""Classifies pictures with model.onnx as Fovea does. One line of JSON a picture.

    pip install onnxruntime pillow
    python example.py photo.jpg another.png

Class names and picture size are read from the model itself; picture.py makes its input.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from picture import load_picture, load_whole_picture


def main(files):
    sys.stdout.reconfigure(encoding="utf-8")
    session = onnxruntime.InferenceSession(Path(__file__).with_name("model.onnx"), providers=["CPUExecutionProvider"])
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    for file in files:
        pixels = load_input(file, session.get_inputs()[0])
        probabilities = session.run(None, {"image": pixels[np.newaxis]})[0][0]
        best = int(probabilities.argmax())
        answer = {"file": file, "label": labels[best], "probability": float(probabilities[best])}
        answer["probabilities"] = dict(zip(labels, probabilities.tolist()))
        print(json.dumps(answer, ensure_ascii=False))


def load_input(file, image):
    """What the model asks for: a whole picture, or the square as rows of pixels or as planes of colours."""
    if image.type == "tensor(uint8)":
        return load_whole_picture(file)
    pixels = load_picture(file, image.shape[2]).astype(np.float32)
    return pixels if image.shape[3] == 3 else pixels.transpose(2, 0, 1)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give the files to classify: python example.py photo.jpg")
    main(sys.argv[1:])
