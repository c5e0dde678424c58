"""From a picture file to pixels, as Fovea does it; preprocessing.json describes every step. Needs pillow and numpy."""

import io

import numpy as np
from PIL import Image, ImageCms, ImageOps


def load_picture(file, size):
    """uint8 [size, size, 3], RGB: upright, in sRGB, on white, scaled and cut to the centre square."""
    return np.asarray(centre_square(upright(file), size))


def load_whole_picture(file):
    """uint8 [height, width, 3], RGB: upright, in sRGB, on white."""
    return np.asarray(upright(file))


def upright(file):
    with Image.open(file) as picture:
        return flatten(to_srgb(ImageOps.exif_transpose(picture)))


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
