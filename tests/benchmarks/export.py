#!/usr/bin/env python3
"""Writes a network of torchvision as an ONNX file with seeded weights: export.py NAME FILE [SIDE].

Nothing is downloaded. Convolutions and linear layers keep torchvision's own initialisation, and batch norms get
statistics from a forward pass, so that activations keep their size from layer to layer.
"""
import os
import sys

try:
    import torch
    import torchvision
except ImportError as missing:
    sys.exit(f"export.py: {missing}: give a Python with torch, torchvision and onnx")


def main(name, file, side=224):
    if name not in torchvision.models.list_models():
        sys.exit(f"export.py: torchvision {torchvision.__version__} has no network '{name}'")
    torch.manual_seed(16)
    network = torchvision.models.get_model(name, weights=None)
    image = torch.rand(4, 3, side, side) * 4 - 2
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None   # the mean over all passes, here over one
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.eval()
    with torch.no_grad():
        network(image)
    network.eval()
    unfinished = file + ".part"
    torch.onnx.export(network, image[:1], unfinished, input_names=["image"], output_names=["logits"],
                      opset_version=17, dynamo=False, dynamic_axes={"image": {0: "images"}, "logits": {0: "images"}})
    os.replace(unfinished, file)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
