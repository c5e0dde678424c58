"""Classifies pictures with model.tflite as Fovea does. One line of JSON a picture.

    pip install ai-edge-litert pillow
    python example.py photo.jpg another.png

Class names are read from the model itself, which is a zip file too; preprocessing.json describes every step below.
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image, ImageCms, ImageOps


def load_picture(file, size):
    """uint8 [size, size, 3], RGB: upright, in sRGB, on white, scaled and cut to the centre square."""
    with Image.open(file) as picture:
        picture = ImageOps.exif_transpose(picture)
        picture = flatten(to_srgb(picture))
    return np.asarray(centre_square(picture, size))


def to_srgb(picture):
    profile = picture.info.get("icc_profile")
    if profile is None or picture.mode not in ("L", "RGB", "RGBA", "CMYK"):
        return picture
    source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    return ImageCms.profileToProfile(picture, source, srgb, outputMode=mode)


def flatten(picture):
    if picture.mode.startswith("I;16"):  # grey with 16 bits: Pillow would cut off what is above 255
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


def centre_square(picture, size):
    """ImageOps.fit(picture, (size, size), BILINEAR), on the pixel grid of the scaled picture as Fovea has it."""
    short = min(picture.size)

    def start(length):
        if short < size:
            return (length - short) / 2
        scaled = int(length * size / short + 0.5)
        first = (scaled - size + 1) // 2
        return length / 2 + (first - scaled / 2) * short / size

    left, top = start(picture.width), start(picture.height)
    return picture.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + short, top + short))


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
