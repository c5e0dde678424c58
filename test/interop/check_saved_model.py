"""Opens SavedModels in everything of Python that does, and runs them on pixels.

    check_saved_model.py FOLDER...

Each folder holds a SavedModel, and in pixels.npy uint8 [count, height, width, 3]. Prints one JSON array: for each, the signature and
the probabilities by reader. One process for all, since TensorFlow takes long to load.
"""

import json
import sys

import keras
import numpy
import tensorflow as tf


def read(folder):
    image = numpy.load(f"{folder}/pixels.npy").astype(numpy.float32)
    signature = tf.saved_model.load(folder).signatures["serving_default"]
    layer = keras.layers.TFSMLayer(folder, call_endpoint="serving_default")
    lite = tf.lite.Interpreter(model_content=tf.lite.TFLiteConverter.from_saved_model(folder).convert())
    lite.resize_tensor_input(lite.get_input_details()[0]["index"], image.shape)
    lite.allocate_tensors()
    lite.set_tensor(lite.get_input_details()[0]["index"], image)
    lite.invoke()
    return {
        "signature": [value.shape.as_list() for value in signature.inputs] + list(signature.structured_outputs),
        "tensorflow": signature(image=tf.constant(image))["probabilities"].numpy().ravel().tolist(),
        "keras": layer(image)["probabilities"].numpy().ravel().tolist(),
        "converter": lite.get_tensor(lite.get_output_details()[0]["index"]).ravel().tolist(),
    }


json.dump([read(folder) for folder in sys.argv[1:]], sys.stdout)
