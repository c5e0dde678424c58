"""Runs .tflite files on pixels in all kernels of LiteRT and in MediaPipe.

    check_tflite.py < CASES

CASES is a JSON array of {"folder", "kernels"}: the folder holds model.tflite, and in pixels.npy uint8 [count, height, width, 3];
kernels are such as "xnnpack" and "builtin". Prints a JSON array, an object a case. One process for all, since MediaPipe takes
long to load.
"""

import json
import sys
import zipfile

import mediapipe
import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from mediapipe.tasks.python import BaseOptions, vision

KERNELS = {
    "xnnpack": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}


def run(path, pictures, resolver):
    interpreter = Interpreter(model_path=path, experimental_op_resolver_type=resolver)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(source["index"], pictures.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], pictures.astype(source["dtype"]))
    interpreter.invoke()
    answer = interpreter.get_tensor(target["index"])
    return (answer / 256 if answer.dtype == numpy.uint8 else answer).tolist()


def classify(path, picture):
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=path))
    with vision.ImageClassifier.create_from_options(options) as classifier:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
        categories = classifier.classify(image).classifications[0].categories
    return sorted([category.index, category.category_name, category.score] for category in categories)


def describe(details):
    shape = details["shape_signature"].tolist()
    return {"name": details["name"], "shape": shape, "type": details["dtype"].__name__}


def check(folder, kernels):
    path = f"{folder}/model.tflite"
    pictures = numpy.load(f"{folder}/pixels.npy")
    interpreter = Interpreter(model_path=path)
    tensors = interpreter.get_tensor_details()
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    return {
        "input": describe(interpreter.get_input_details()[0]),
        "output": describe(interpreter.get_output_details()[0]),
        "signatures": interpreter.get_signature_list(),
        "constants": sorted({t["dtype"].__name__ for t in tensors if t["name"].find("/kernel") > 0}),
        "files": files,
        "probabilities": {name: run(path, pictures, KERNELS[name]) for name in kernels},
        "mediapipe": classify(path, pictures[0]),
    }


json.dump([check(**case) for case in json.load(sys.stdin)], sys.stdout)
