#!/usr/bin/env python3
"""Writes src/test/resources/keras/alone/NAME.zip: files of weights alone of keras.applications.

    KERAS_BACKEND=torch python keras_weights_alone.py [NAME...]        # Keras 3.15

Each archive holds NAME.weights.h5, or NAME.h5 in the older layout, and NAME.npz with an image and what Keras computes
for it in float64: the logits, and every third row and column of the gradient of the greatest one. The graphs are those of keras.applications; widths
are cut down by dividing the filters of every convolution.
"""
import io, os, sys, tempfile, zipfile
from pathlib import Path
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
import torch

OUT = Path(__file__).parents[1] / "resources/keras/alone"
MODELS = {   # side, divisor, whether in the layout of Keras 2
    "ResNet50": (32, 64, False), "ResNet50V2": (32, 64, True), "DenseNet121": (32, 32, False),
    "Xception": (71, 128, False), "InceptionV3": (75, 64, False), "InceptionResNetV2": (75, 128, True)}


def divided(cls, divisor):
    """Makes a class of layers take fewer filters; returns a function that undoes it."""
    plain = cls.__init__

    def narrow(self, filters, *args, **kwargs):
        plain(self, max(1, filters // divisor), *args, **kwargs)
    cls.__init__ = narrow
    return lambda: setattr(cls, "__init__", plain)


def built(name, kind):
    side, divisor, _ = MODELS[name]
    keras.config.set_floatx(kind)
    keras.layers.Conv2D(4, 3)   # so that the numbers of the model's own layers do not begin at 0
    keras.layers.BatchNormalization()
    undo = [divided(cls, divisor) for cls in (keras.layers.Conv2D, keras.layers.SeparableConv2D)]
    model = getattr(keras.applications, name)(weights=None, classes=5, classifier_activation=None,
                                              input_shape=(side, side, 3))
    for each in undo:
        each()
    return model


def main(names):
    OUT.mkdir(parents=True, exist_ok=True)
    for name in names or MODELS:
        side, _, legacy = MODELS[name]
        keras.utils.set_random_seed(7)
        model = built(name, "float32")
        random = np.random.default_rng(5)
        model.set_weights([random.normal(0, 1, w.shape).astype(np.float32) * np.sqrt(2 / max(1, np.prod(w.shape[:-1])))
                           if w.ndim > 1 else random.uniform(0.6, 1.4, w.shape).astype(np.float32)
                           for w in model.get_weights()])
        exact = built(name, "float64")
        exact.set_weights([w.astype(np.float64) for w in model.get_weights()])
        x = random.integers(-1, 2, (1, side, side, 3)).astype(np.float32)   # few values: a small file
        exact.requires_grad_(False)
        image = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        logits = exact(image, training=False)[0]
        logits.max().backward()
        arrays = io.BytesIO()
        np.savez(arrays, x=x[0].transpose(2, 0, 1), logits=logits.detach().numpy(),
                 gradient=image.grad[0].numpy().transpose(2, 0, 1)[:, ::3, ::3].astype(np.float32))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / (name + (".h5" if legacy else ".weights.h5"))
            if legacy:
                import h5py
                from keras.src.legacy.saving import legacy_h5_format
                with h5py.File(file, "w") as out:
                    legacy_h5_format.save_weights_to_hdf5_group(out, model)
            else:
                model.save_weights(file)
            with zipfile.ZipFile(OUT / (name + ".zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
                for member, content in (file.name, file.read_bytes()), (name + ".npz", arrays.getvalue()):
                    out.writestr(zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        print(name, (OUT / (name + ".zip")).stat().st_size, model.count_params(), logits.detach().numpy(), flush=True)


main(sys.argv[1:])
