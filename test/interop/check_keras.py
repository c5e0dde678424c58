"""Opens Keras models in Keras 3 and in tf_keras, runs them on pixels, and trains them for one step.

    check_keras.py FOLDER...

Each folder holds model.keras, model.h5, and in pixels.npy uint8 [count, height, width, 3]. Prints one JSON array: for each, what
the readers found. One process for all, since TensorFlow takes long to load.
"""

import json
import sys
import warnings
import zipfile

import h5py
import keras
import numpy
import tf_keras


def read(library, file, image):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = library.models.load_model(file, compile=False)
        answer = model(image).numpy()
    few = image[:3]
    targets = numpy.eye(answer.shape[1], dtype=numpy.float32)[numpy.arange(len(few)) % answer.shape[1]]
    before = [weight.numpy() for weight in model.weights]
    fixed = {id(weight) for weight in model.non_trainable_weights}
    model.compile(library.optimizers.SGD(0.1), "categorical_crossentropy", metrics=["mse"], run_eagerly=True)
    history = model.fit(few, targets, batch_size=len(few), epochs=1, verbose=0).history
    moved = [not numpy.array_equal(old, weight.numpy()) for old, weight in zip(before, model.weights)]
    return {
        "probabilities": answer.ravel().tolist(),
        "layers": [layer.name for layer in model.layers],
        "squaredError": history["mse"][0],
        "learned": sum(change for change, weight in zip(moved, model.weights) if id(weight) not in fixed),
        "fixedMoved": sum(change for change, weight in zip(moved, model.weights) if id(weight) in fixed),
        "warnings": [str(warning.message) for warning in caught],
    }


def check(folder):
    image = numpy.load(f"{folder}/pixels.npy").astype(numpy.float32)
    with zipfile.ZipFile(f"{folder}/model.keras") as archive, h5py.File(f"{folder}/model.h5") as h5:
        metadata = {"keras": json.loads(archive.read("fovea.json")), "h5": json.loads(h5.attrs["fovea"])}
    return {
        "metadata": metadata,
        "readers": {
            "keras": read(keras, f"{folder}/model.keras", image),
            "h5 in Keras 3": read(keras, f"{folder}/model.h5", image),
            "h5 in tf_keras": read(tf_keras, f"{folder}/model.h5", image),
        },
    }


json.dump([check(folder) for folder in sys.argv[1:]], sys.stdout)
