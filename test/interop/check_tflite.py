"""Runs a .tflite file on pixels in all kernels of LiteRT and in MediaPipe.

    check_tflite.py MODEL PIXELS SHAPE KERNELS

PIXELS is raw uint8 of SHAPE, e.g. 5,33,33,3; KERNELS such as xnnpack,builtin. Prints one JSON object.
"""

import json
import sys
import zipfile

import mediapipe
import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from mediapipe.tasks.python import BaseOptions, vision

path, pixels, shape, kernels = sys.argv[1:]
pictures = numpy.fromfile(pixels, numpy.uint8).reshape([int(size) for size in shape.split(",")])

KERNELS = {
    "xnnpack": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}


def run(resolver):
    interpreter = Interpreter(model_path=path, experimental_op_resolver_type=resolver)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(source["index"], pictures.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], pictures.astype(source["dtype"]))
    interpreter.invoke()
    answer = interpreter.get_tensor(target["index"])
    return (answer / 256 if answer.dtype == numpy.uint8 else answer).tolist()


def classify():
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=path))
    with vision.ImageClassifier.create_from_options(options) as classifier:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pictures[0])
        categories = classifier.classify(image).classifications[0].categories
    return sorted([category.index, category.category_name, category.score] for category in categories)


def describe(details):
    shape = details["shape_signature"].tolist()
    return {"name": details["name"], "shape": shape, "type": details["dtype"].__name__}


interpreter = Interpreter(model_path=path)
with zipfile.ZipFile(path) as archive:
    files = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
json.dump(
    {
        "input": describe(interpreter.get_input_details()[0]),
        "output": describe(interpreter.get_output_details()[0]),
        "signatures": interpreter.get_signature_list(),
        "constants": sorted({t["dtype"].__name__ for t in interpreter.get_tensor_details() if t["name"].find("/kernel") > 0}),
        "files": files,
        "probabilities": {name: run(KERNELS[name]) for name in kernels.split(",")},
        "mediapipe": classify(),
    },
    sys.stdout,
)
