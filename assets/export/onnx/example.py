"""Classifies pictures with model.onnx as Fovea does. One line of JSON a picture.

    pip install onnxruntime pillow
    python example.py photo.jpg another.png

Class names and picture size are read from the model itself; preprocessing.json describes every step below.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageCms, ImageOps


def load_picture(file, size):
    """float32 [3, size, size], RGB, 0-255: upright, in sRGB, on white, scaled and cut to the centre square."""
    with Image.open(file) as picture:
        picture = ImageOps.exif_transpose(picture)
        picture = flatten(to_srgb(picture))
    return np.asarray(centre_square(picture, size), dtype=np.float32).transpose(2, 0, 1)


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
    session = onnxruntime.InferenceSession(Path(__file__).with_name("model.onnx"), providers=["CPUExecutionProvider"])
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    size = session.get_inputs()[0].shape[2]
    for file in files:
        pixels = load_picture(file, size)
        probabilities = session.run(None, {"image": pixels[np.newaxis]})[0][0]
        best = int(probabilities.argmax())
        answer = {"file": file, "label": labels[best], "probability": float(probabilities[best])}
        answer["probabilities"] = dict(zip(labels, probabilities.tolist()))
        print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Give the files to classify: python example.py photo.jpg")
    main(sys.argv[1:])
