"""One step of upper fine-tuning in Keras, as its guide has it: batch 32, MobileNet V1 0.75 from conv_dw_12 on, Adam.

usage: keras_tail_step.py [--steps 20]     prints {"msPerStep": median, "steps": N}
needs: tensorflow-cpu (or tensorflow). Images are ready in memory; the frozen part is computed in each step. Weights are drawn,
since a step takes as long with any.
"""
import argparse, json, os, statistics, time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
from keras import layers

BATCH_SIZE, CLASS_COUNT, WARM_UP_STEPS = 32, 2, 5

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=20)
arguments = parser.parse_args()
keras.utils.set_random_seed(0)

trunk = keras.applications.MobileNet(input_shape=(224, 224, 3), alpha=0.75, include_top=False, weights=None, pooling="avg")
learns = False
for layer in trunk.layers:
    learns = learns or layer.name == "conv_dw_12"
    layer.trainable = learns and not isinstance(layer, layers.BatchNormalization)

inputs = keras.Input((224, 224, 3))
x = trunk(layers.Rescaling(1 / 127.5, offset=-1)(inputs), training=False)
model = keras.Model(inputs, layers.Dense(CLASS_COUNT)(layers.Dropout(0.2)(x)))
model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE, 224, 224, 3)).astype(np.float32)
labels = np.arange(BATCH_SIZE) % CLASS_COUNT
times = []
for step in range(-WARM_UP_STEPS, arguments.steps):
    started = time.perf_counter()
    model.train_on_batch(images, labels)
    if step >= 0:
        times.append((time.perf_counter() - started) * 1000)
print(json.dumps({"msPerStep": round(statistics.median(times), 2), "steps": arguments.steps}))
