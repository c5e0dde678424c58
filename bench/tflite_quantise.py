"""Our TensorFlow Lite files beside what TensorFlow's own converter makes of the same network and calibration pictures.

    tflite_quantise.py MODEL FOLDER

MODEL is a folder that training wrote, FOLDER what bench/programs/quantise.js wrote. Prints one JSON object: of each file
how often it gives the app's class, its accuracy, and the mean and largest difference of a probability.
"""

import json
import sys
from pathlib import Path

import numpy
import tensorflow as tf

MODEL, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])


class Network(tf.Module):
    """The network of fovea.json, node by node."""

    def __init__(self, header, weights):
        self.header = header
        self.weights = weights

    def parameter(self, node, role):
        place = node[role]
        size = int(numpy.prod(place["shape"]))
        return tf.constant(self.weights[place["offset"] : place["offset"] + size].reshape(place["shape"]))

    def __call__(self, pixels):
        values = {}
        for node in self.header["nodes"]:
            inputs = [values[name] for name in node["inputs"]]
            values[node["name"]] = self.run(node, pixels, inputs)
        return values[self.header["nodes"][-1]["name"]]

    def run(self, node, pixels, inputs):
        op = node["op"]
        if op == "input":
            return (pixels - node["mean"]) * node["scale"]
        if op == "conv2d":
            return tf.nn.conv2d(inputs[0], self.parameter(node, "kernel"), node["stride"], "SAME") + self.parameter(node, "bias")
        if op == "depthwiseConv2d":
            strides = [1, node["stride"], node["stride"], 1]
            product = tf.nn.depthwise_conv2d(inputs[0], self.parameter(node, "kernel"), strides, "SAME")
            return product + self.parameter(node, "bias")
        if op == "activation":
            return {"relu": tf.nn.relu, "relu6": tf.nn.relu6}[node["activation"]](inputs[0])
        if op == "add":
            return inputs[0] + inputs[1]
        if op == "globalAveragePool":
            return tf.reduce_mean(inputs[0], [1, 2])
        if op == "dense":
            return tf.matmul(inputs[0], self.parameter(node, "kernel")) + self.parameter(node, "bias")
        if op == "softmax":
            return tf.nn.softmax(inputs[0])
        raise ValueError(f"{op} is not of a backbone with a plain head")


def convert(network, size, calibration):
    function = tf.function(network, input_signature=[tf.TensorSpec([1, size, size, 3], tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([picture[None].astype(numpy.float32)] for picture in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return converter.convert()


def run(content, pictures):
    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    rows = []
    for picture in pictures:
        interpreter.set_tensor(source["index"], picture[None].astype(source["dtype"]))
        interpreter.invoke()
        answer = interpreter.get_tensor(target["index"])[0]
        rows.append(answer / 256 if answer.dtype == numpy.uint8 else answer)
    return numpy.array(rows)


def compare(content, pictures, expected, labels):
    found = run(content, pictures)
    classes = found.argmax(1)
    difference = numpy.abs(found - expected)
    return {
        "agreement": float((classes == expected.argmax(1)).mean()),
        "accuracy": float((classes == labels).mean()),
        "meanDifference": float(difference.mean()),
        "largestDifference": float(difference.max()),
        "bytes": len(content),
    }


def main():
    header = json.loads((MODEL / "fovea.json").read_text(encoding="utf-8"))
    weights = numpy.fromfile(MODEL / header["weights"]["file"], numpy.float32)
    size = header["imageSize"]
    pixels = lambda name: numpy.fromfile(FOLDER / f"{name}.bin", numpy.uint8).reshape(-1, size, size, 3)
    expected = json.loads((FOLDER / "expected.json").read_text())
    labels = numpy.array([picture["label"] for picture in expected])
    answers = numpy.array([picture["probabilities"] for picture in expected])
    validation = pixels("validation")
    files = {name: (FOLDER / name / "model.tflite").read_bytes() for name in ("tflite", "tflite-f16", "tflite-int8", "tflite-uint8")}
    files["converter-int8"] = convert(Network(header, weights), size, pixels("calibration"))
    found = {name: compare(content, validation, answers, labels) for name, content in files.items()}
    found["app"] = {"accuracy": float((answers.argmax(1) == labels).mean())}
    json.dump(found, sys.stdout)


main()
