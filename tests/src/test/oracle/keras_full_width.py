"""Compares files of weights alone of keras.applications with Keras in float64, at full width:
    KERAS_BACKEND=torch python3 keras_full_width.py FOLDER CLASSPATH [NAME[:size] ...]
    (Keras 3.15, torch 2.15, safetensors 0.8)
CLASSPATH is that of onnx_full_width.py. NAME is a constructor of keras.applications that knows channels first,
which DenseNet does not; those below without arguments. Weights are Keras' initial ones, batch-norm statistics drawn.

Prints one row of a table for each: the greatest difference of logits and gradient from float64, of the greatest value,
ours and that of Keras' own float32; how many units of ReLUs and max poolings decide otherwise here than in float64, and
the difference of our gradient from a float64 gradient in which they decide as ours.
"""
import os, subprocess, sys
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
import torch
from safetensors.torch import load_file, save_file
import onnx_full_width as drawn

FAMILIES = ["ResNet50", "ResNet50V2", "MobileNet", "MobileNetV2"]


def build(name, kind, weights=None):
    """Builds a network without its softmax, channels first, so that values have the order of ours."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    keras.config.set_floatx(kind)
    keras.config.set_image_data_format("channels_first")
    model = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    model.requires_grad_(False)
    if weights:
        model.set_weights(weights)
    return model


def draw(model):
    random = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(random.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(0.5, 1.5, layer.moving_variance.shape))


def computed(model, x, target=None, kinks=None):
    x = x.detach().clone().requires_grad_()
    with kinks or drawn.SoundBatchNorm():
        logits = model(x, training=False)[0]
        target = int(logits.argmax()) if target is None else target
        logits[target].backward()
    return logits.detach(), target, x.grad[0]


def difference(found, expected):
    return float((found.double() - expected).abs().max() / expected.abs().max())


def main(folder, classpath, names):
    os.makedirs(folder, exist_ok=True)
    print("| network | logits | gradient | Keras' float32: logits | gradient | decide otherwise | gradient, same"
          " decisions |\n|---|---|---|---|---|---|---|", flush=True)
    for name in names or FAMILIES:
        name, _, size = name.partition(":")
        side = int(size or 224)
        model = build(name, "float32")
        draw(model)
        weights = os.path.join(folder, "model.weights.h5")
        model.save_weights(weights)
        values = model.get_weights()
        x = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(2)) * 2 - 1
        single = computed(model, x)
        model = build(name, "float64", [value.astype(np.float64) for value in values])
        logits, target, gradient = computed(model, x.double(), single[1])
        given, result = os.path.join(folder, "input.safetensors"), os.path.join(folder, "result.safetensors")
        save_file({"input": x[0], "target": torch.tensor([float(target)])}, given)
        run = subprocess.run(["java", "--add-modules", "jdk.incubator.vector", "-cp", classpath,
                              "dev.sectional.testing.OnnxFullWidth"], capture_output=True, text=True,
                             input="\t".join([weights, given, result, "none", "decisions"]) + "\n")
        if run.returncode or "refused" in run.stdout:
            print(f"| {name} | {run.stdout.strip()} {run.stderr.strip()[-300:]} |", flush=True)
            continue
        ours = load_file(result)
        forced = drawn.Kinks([[key.split(".")[0], value] for key, value in ours.items() if "." in key])
        decided = computed(model, x.double(), target, forced)[2]
        figures = [difference(ours["logits"], logits), difference(ours["gradient"], gradient),
                   difference(single[0], logits), difference(single[2], gradient)]
        print(f"| {name} | " + " | ".join(f"{each:.0e}" for each in figures)
              + f" | {forced.flips} | {difference(ours['gradient'], decided):.0e} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
