#!/usr/bin/env python3
"""Writes the checkpoints of training programs among the test resources: python torch_checkpoints.py OUT"""
import argparse, datetime, os, sys
import numpy as np
import torch

out = sys.argv[1]
os.makedirs(out, exist_ok=True)


def slim(bias):
    """The state dict of a network of one convolution, whose first logit for black images is the bias."""
    torch.manual_seed(1)
    return {"features.0.weight": torch.randn(4, 3, 3, 3), "features.0.bias": torch.zeros(4),
            "classifier.weight": torch.randn(2, 4), "classifier.bias": torch.tensor([bias, 0.])}


def prefixed(prefix, state):
    return {prefix + name: value for name, value in state.items()}


torch.save({"state_dict": {**prefixed("model.", slim(1.)), "criterion.weight": torch.ones(2),
                           **prefixed("ema.", slim(2.))}, "epoch": 3}, f"{out}/lightning.pth")
# Entries that no network needs, among them elements of types that are not read, in the stream before PyTorch 1.6.
torch.save({"args": argparse.Namespace(lr=.1), "time": datetime.datetime(2020, 1, 1), "numbers": np.arange(3),
            "phases": torch.zeros(3, dtype=torch.complex64), "wide": torch.zeros(2, dtype=torch.complex128),
            "sparse": torch.eye(3).to_sparse(), "state_dict": slim(1.), "optimizer": {"state": {0: torch.ones(2)}}},
           f"{out}/side_entries.legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"conv1.weight": torch.zeros(4, 3, 7, 7), **prefixed("bn1.", {name: torch.ones(4) for name in (
    "weight", "bias", "running_mean", "running_var")}), "layer1.0.conv1.weight": torch.zeros(4, 4, 3, 3),
            "gate": torch.ones(1)}, f"{out}/extra.pth")
