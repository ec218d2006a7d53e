"""Prints the models of timm whose state dicts have the same names and shapes: python same_tensors.py [PREFIX ...].

Only models whose names weights-import reads are compared; without prefixes, all of them, which takes an hour.
"""
import sys
from collections import defaultdict

import timm
import torch

MARKS = ("layer1.0.conv1.weight", "cls_token", "stages.0.blocks.0.conv_dw.weight",
         "layers.0.blocks.0.attn.qkv.weight", "features.0.weight", "features.conv0.weight", "conv_stem.weight")


def main(prefixes):
    same = defaultdict(list)
    for name in timm.list_models():
        if not name.startswith(prefixes):
            continue
        with torch.device("meta"):
            state = timm.create_model(name, num_classes=1000).state_dict()
        if any(mark in state for mark in MARKS):
            same[tuple(sorted((key, tuple(value.shape)) for key, value in state.items()))].append(name)
    for names in same.values():
        if len(names) > 1:
            print(" ".join(names), flush=True)


main(tuple(sys.argv[1:]) or "")
