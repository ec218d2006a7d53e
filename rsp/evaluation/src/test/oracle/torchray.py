"""Writes maps.safetensors: maps and an image, and the results of PyTorch, which works as TorchRay's benchmark.

Usage: python3 torchray.py FILE    (needs torch)
"""
import json
import math
import struct
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(3)
tensors = {}


def resized(x, height, width):
    x = x.double()   # its float32 is off by 1e-5 where coordinates are large
    batch = x[None, None] if x.dim() == 2 else x[None]
    return F.interpolate(batch, (height, width), mode="bilinear", align_corners=False)[0]


def smoothed(x, sigma):
    reach = math.ceil(4 * sigma)
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float32) / sigma) ** 2)
    taps = taps / taps.sum()
    x = F.pad(x[None, None], (reach,) * 4, mode="replicate")
    x = F.conv2d(x, taps.reshape(1, 1, -1, 1))
    return F.conv2d(x, taps.reshape(1, 1, 1, -1))[0, 0]


sizes = {"up": (5, 7, 18, 23), "down": (31, 20, 9, 11), "line": (1, 6, 4, 1)}
for name, (height, width, to_height, to_width) in sizes.items():
    x = torch.randn(height, width)
    tensors[name + ".map"] = x
    tensors[name + ".resized"] = resized(x, to_height, to_width)[0]
for name, sigma in {"little": 0.3, "usual": 0.02 * 60, "much": 9.0}.items():
    x = torch.randn(45, 60)
    tensors[name + ".map"] = x
    tensors[name + ".sigma"] = torch.tensor([sigma])
    tensors[name + ".smoothed"] = smoothed(x, sigma)
for name, (height, width) in {"wide": (37, 61), "high": (61, 37)}.items():   # the shorter side to 16
    image = torch.randint(0, 256, (3, height, width)).float()
    size = (16, int(16 * width / height)) if width >= height else (int(16 * height / width), 16)
    tensors[name + ".picture"] = image
    mean, std = torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.2, 0.25, 0.3])
    tensors[name + ".input"] = (resized(image / 255, *size) - mean[:, None, None]) / std[:, None, None]

header, data = {}, b""
for name, tensor in tensors.items():
    values = tensor.contiguous().numpy().astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(values)]}
    data += values
header = json.dumps(header).encode()
header += b" " * (-len(header) % 8)
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<Q", len(header)) + header + data)
