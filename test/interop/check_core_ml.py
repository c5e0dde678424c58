"""Opens Core ML files with Apple's own coremltools, and computes by hand what they say.

    check_core_ml.py FOLDER...

Each folder holds model.mlpackage, model.mlmodel and, in pixels.npy, uint8 [count, height, width, 3]. Prints one JSON array: for each,
what its two files describe and the probabilities that follow from them. Core ML itself runs on Apple's systems alone, so the
formulas here are those of Apple's documents: NeuralNetwork.proto, and the docstrings of coremltools' MIL operations. Weights of
the package are read by Apple's own library, and its loader checks and infers the types of every operation. One process for all,
since coremltools takes long to load.
"""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import numpy as np
from coremltools.converters.mil.frontend.milproto.load import load as load_program
from coremltools.models import MLModel
from google.protobuf.unknown_fields import UnknownFieldSet


def unknown_fields(message):
    """How many fields Apple's schema does not know, at any depth."""
    count = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type is not None:
                count += sum(unknown_fields(entry) for entry in value.values())
        elif field.is_repeated:
            count += sum(unknown_fields(entry) for entry in value)
        else:
            count += unknown_fields(value)
    return count


def describe(spec):
    """What a program sees of the model before it runs."""
    description = spec.description
    (image,) = description.input
    return {
        "version": spec.specificationVersion,
        "unknown": unknown_fields(spec),
        "image": [image.name, image.type.imageType.width, image.type.imageType.height, image.type.imageType.colorSpace],
        "outputs": [[output.name, output.type.WhichOneof("Type")] for output in description.output],
        "predicted": [description.predictedFeatureName, description.predictedProbabilitiesName],
        "license": description.metadata.license,
        "metadata": dict(description.metadata.userDefined),
    }


def convolve(x, weight, bias, strides, pad, groups):
    """NCHW; `pad` is top, bottom, left, right. One product of matrices a tap."""
    outs, _, rows, columns = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[1]), (pad[2], pad[3])))
    height = (x.shape[2] - rows) // strides[0] + 1
    width = (x.shape[3] - columns) // strides[1] + 1
    if groups not in (1, x.shape[1]):
        raise ValueError(f"{groups} groups of {x.shape[1]} channels")
    total = np.zeros((len(x), outs, height, width), np.float32)
    for row in range(rows):
        for column in range(columns):
            tap = x[:, :, row :: strides[0], column :: strides[1]][:, :, :height, :width]
            if groups == 1:
                total += np.tensordot(weight[:, :, row, column], tap, (1, 1)).transpose(1, 0, 2, 3)
            else:
                total += tap * weight[np.newaxis, :, 0, row, column, np.newaxis, np.newaxis]
    return total + bias[:, np.newaxis, np.newaxis]


def max_pool(x, sides, strides):
    """Without padding; what is left over is cut."""
    if list(sides) != list(strides):
        raise ValueError(f"blocks of {sides} every {strides}")
    rows, columns = (int(side) for side in sides)
    height, width = x.shape[2] // rows, x.shape[3] // columns
    blocks = x[:, :, : height * rows, : width * columns].reshape(*x.shape[:2], height, rows, width, columns)
    return blocks.max((3, 5))


def softmax(x, axis):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def floats(weights, *shape):
    return np.array(weights.floatValue, np.float32).reshape(shape)


def run_layer(layer, inputs):
    """One layer of NeuralNetwork.proto."""
    kind = layer.WhichOneof("layer")
    of = getattr(layer, kind)
    x = inputs[0] if inputs else None
    if kind == "convolution":
        weight = floats(of.weights, of.outputChannels, of.kernelChannels, *of.kernelSize)
        borders = of.valid.paddingAmounts.borderAmounts
        pad = [size for border in borders for size in (border.startEdgeSize, border.endEdgeSize)]
        if of.WhichOneof("ConvolutionPaddingType") != "valid" or list(of.dilationFactor) != [1, 1] or of.isDeconvolution:
            raise ValueError(f"{layer.name}: not a plain convolution")
        return convolve(x, weight, floats(of.bias, of.outputChannels), of.stride, pad, of.nGroups)
    if kind == "innerProduct":
        return x @ floats(of.weights, of.outputChannels, of.inputChannels).T + floats(of.bias, of.outputChannels)
    if kind == "activation":
        function = of.WhichOneof("NonlinearityType")
        alpha = getattr(getattr(of, function), "alpha", None)
        return {
            "ReLU": lambda: np.maximum(x, 0),
            "leakyReLU": lambda: np.where(x >= 0, x, alpha * x),
            "ELU": lambda: elu(x, alpha),
            "sigmoid": lambda: sigmoid(x),
            "tanh": lambda: np.tanh(x),
        }[function]()
    if kind == "pooling":
        if of.type != of.MAX or of.globalPooling or len(of.valid.paddingAmounts.borderAmounts) != 2:
            raise ValueError(f"{layer.name}: not a plain max pool")
        return max_pool(x, of.kernelSize, of.stride)
    if kind == "gather":
        return np.take(x, inputs[1].astype(int), of.axis)
    return {
        "clip": lambda: np.clip(x, of.minVal, of.maxVal),
        "multiply": lambda: x * np.float32(of.alpha),
        "addBroadcastable": lambda: x + inputs[1],
        "multiplyBroadcastable": lambda: x * inputs[1],
        "maxBroadcastable": lambda: np.maximum(x, inputs[1]),
        "loadConstantND": lambda: floats(of.data, *of.shape),
        "reduceMean": lambda: x.mean(tuple(of.axes), keepdims=of.keepDims),
        "softmaxND": lambda: softmax(x, of.axis),
    }[kind]()


def run_network(spec, planes):
    """Probabilities, [count, classes]. Shapes are mapped exactly: values have the batch first."""
    network = spec.neuralNetworkClassifier
    (preprocessing,) = network.preprocessing
    scaler = preprocessing.scaler
    if (network.arrayInputShapeMapping, network.imageInputShapeMapping) != (1, 1):
        raise ValueError("Shapes are not mapped exactly")
    biases = np.array([scaler.redBias, scaler.greenBias, scaler.blueBias], np.float32).reshape(3, 1, 1)
    values = {preprocessing.featureName: planes * np.float32(scaler.channelScale) + biases}
    for layer in network.layers:
        (output,) = layer.output
        if output in values:
            raise ValueError(f'"{output}" is given twice')
        values[output] = run_layer(layer, [values[name] for name in layer.input])
    return values[network.labelProbabilityLayerName]


def run_operation(kind, of):
    """One MIL operation; `of` are its inputs by role."""
    x = of.get("x")
    if kind == "conv":
        if of["pad_type"] != "custom" or list(of["dilations"]) != [1, 1]:
            raise ValueError("not a plain convolution")
        return convolve(x, of["weight"], of["bias"], of["strides"], of["pad"], of["groups"])
    if kind == "max_pool":
        if of["pad_type"] != "valid" or of["ceil_mode"]:
            raise ValueError("not a plain max pool")
        return max_pool(x, of["kernel_sizes"], of["strides"])
    return {
        "mul": lambda: x * of["y"],
        "add": lambda: x + of["y"],
        "maximum": lambda: np.maximum(x, of["y"]),
        "cast": lambda: x,
        "relu": lambda: np.maximum(x, 0),
        "relu6": lambda: np.clip(x, 0, 6),
        "leaky_relu": lambda: np.where(x >= 0, x, of["alpha"] * x),
        "elu": lambda: elu(x, of["alpha"]),
        "sigmoid": lambda: sigmoid(x),
        "tanh": lambda: np.tanh(x),
        "gather": lambda: np.take(x, of["indices"], of["axis"]),
        "reduce_mean": lambda: x.mean(tuple(of["axes"]), keepdims=bool(of["keep_dims"])),
        "linear": lambda: x @ of["weight"].T + of["bias"],
        "softmax": lambda: softmax(x, of["axis"]),
    }[kind]()


def is_half(variable):
    return variable.dtype.__name__ == "fp16"


def run_program(program, planes, rounds):
    """Probabilities, [count, classes]. With `rounds`, each result is rounded to 16 bits where the program says so."""
    values = {"image": planes}

    def read(variable):
        if isinstance(variable, (list, tuple)):
            return [read(one) for one in variable]
        value = values.get(variable.name, variable.val)
        return value.astype(np.float32) if getattr(value, "dtype", None) == np.float16 else value

    last = None
    for operation in program.functions["main"].operations:
        if operation.op_type == "const":
            continue
        if operation.op_type == "classify":
            return last
        (output,) = operation.outputs
        inputs = {role: read(variable) for role, variable in operation.inputs.items()}
        last = np.asarray(run_operation(operation.op_type, inputs), np.float32)
        if list(output.shape[1:]) != list(last.shape[1:]):
            raise ValueError(f"{output.name}: {last.shape} computed, {output.shape} inferred")
        if rounds and is_half(output):
            last = last.astype(np.float16).astype(np.float32)
        values[output.name] = last
    raise ValueError("The program classifies nothing")


def declared_shapes(block):
    """By name, as the file itself says, of all that is a tensor."""
    return {
        output.name: [dimension.constant.size for dimension in output.type.tensorType.dimensions]
        for operation in block.operations
        for output in operation.outputs
        if output.type.WhichOneof("type") == "tensorType"
    }


def read(folder):
    planes = np.load(f"{folder}/pixels.npy").transpose(0, 3, 1, 2).astype(np.float32)
    network = MLModel(f"{folder}/model.mlmodel", skip_model_load=True).get_spec()
    package = MLModel(f"{folder}/model.mlpackage", skip_model_load=True)
    spec = package.get_spec()
    program = load_program(spec, spec.specificationVersion, package.weights_dir)
    block = spec.mlProgram.functions["main"].block_specializations["CoreML5"]
    declared = declared_shapes(block)
    inferred = {
        output.name: list(output.shape)
        for operation in program.functions["main"].operations
        for output in operation.outputs
        if output.name in declared and operation.op_type != "classify"
    }
    (classes,) = block.operations[-1].inputs["classes"].arguments
    return {
        "network": describe(network),
        "package": describe(spec),
        "networkLabels": list(network.neuralNetworkClassifier.stringClassLabels.vector),
        "packageLabels": [one.immediateValue.tensor.strings.values[0] for one in classes.value.immediateValue.list.values],
        "misdeclared": [name for name, shape in inferred.items() if declared[name] != shape],
        "kinds": sorted({operation.op_type for operation in program.functions["main"].operations}),
        "layers": sorted({layer.WhichOneof("layer") for layer in network.neuralNetworkClassifier.layers}),
        "probabilities": {
            "network": run_network(network, planes).ravel().tolist(),
            "exactly": run_program(program, planes, rounds=False).ravel().tolist(),
            "rounded": run_program(program, planes, rounds=True).ravel().tolist(),
        },
    }


json.dump([read(folder) for folder in sys.argv[1:]], sys.stdout)
