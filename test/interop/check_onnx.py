"""Checks an ONNX file with the reference tools and runs it on pixels.

    check_onnx.py MODEL PIXELS SHAPE

PIXELS is raw float32 of SHAPE, e.g. 5,3,17,17. Prints one JSON object.
"""

import ast
import json
import sys

import numpy
import onnx
import onnxruntime

path, pixels, shape = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
model = onnx.load(path)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
values = numpy.fromfile(pixels, numpy.float32).reshape([int(size) for size in shape.split(",")])
(probabilities,) = session.run(None, {session.get_inputs()[0].name: values})
describe = lambda value: {"name": value.name, "shape": value.shape, "type": value.type}
json.dump(
    {
        "input": describe(session.get_inputs()[0]),
        "output": describe(session.get_outputs()[0]),
        "denotation": model.graph.input[0].type.denotation,
        "producer": model.producer_name,
        "opset": {entry.domain: entry.version for entry in model.opset_import},
        "metadata": metadata,
        "names": list(ast.literal_eval(metadata["names"]).items()),
        "probabilities": probabilities.tolist(),
    },
    sys.stdout,
)
