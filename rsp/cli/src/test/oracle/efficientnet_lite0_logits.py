"""Writes efficientnet-lite0.chelsea.npy: the float32 logits of the built-in network by ONNX Runtime.

python3 efficientnet_lite0_logits.py efficientnet_lite0.onnx (needs numpy, Pillow, onnxruntime)
"""
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

here = Path(__file__).parent
session = onnxruntime.InferenceSession(sys.argv[1])
photo = Image.open(here / "../../../samples/chelsea.png").convert("RGB").resize((224, 224), Image.BILINEAR)
image = ((np.asarray(photo, np.float32) - 127) / 128).transpose(2, 0, 1)[None]
logits = session.run(None, {session.get_inputs()[0].name: image})[0][0]
np.save(here / "../resources/efficientnet-lite0.chelsea.npy", logits.astype("<f4"))
print(logits.argmax(), logits.max(), np.abs(logits).max())
