"""Writes tests/src/test/resources/families/*.safetensors: one small network of every family of torchvision,
and of those of timm that load by their names.

Each file holds no weights but the names and shapes of the state dict, from which TorchvisionFamiliesTest regenerates
them, and what torchvision computes in float64: the logits and every second row and column of the gradient of the
greatest logit. Widths are cut down where the constructor allows it.

    python torchvision_families.py [NAME...]        # torch 2.11, torchvision 0.26 or any later
"""
import json
import struct
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torchvision import models as m
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig, _efficientnet_conf
from torchvision.models.regnet import BlockParams

OUT = Path(__file__).parents[1] / "resources/families"
SEED, IMAGE, CLASSES = 11, 99999, 10


def uniform(seed, tensor, n):
    mask = np.uint64(0xFFFFFFFFFFFFFFFF)
    with np.errstate(over="ignore"):
        z = np.arange(n, dtype=np.uint64) + np.uint64(seed) + (np.uint64(tensor) << np.uint64(40))
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) & mask
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9) & mask
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB) & mask
        z = z ^ (z >> np.uint64(31))
    return 2.0 * ((z >> np.uint64(11)).astype(np.float64) * 2.0 ** -53) - 1.0


def values(name, ordinal, shape):
    n = int(np.prod(shape))
    if len(shape) > 1:
        scale, middle = (np.sqrt(3.0 / (n / shape[0])), 0) if name.endswith("weight") else (0.3, 0)
    elif name.endswith("running_var"):
        scale, middle = 0.5, 1
    else:
        scale, middle = 0.05, 1 if name.endswith("weight") else 0
    return (middle + scale * uniform(SEED, ordinal, n)).astype(np.float32).reshape(shape)


def alexnet():
    net = m.alexnet(num_classes=CLASSES)
    net.features[0] = nn.Conv2d(3, 8, 11, 4, 2)
    for i, inputs, outputs in (3, 8, 12), (6, 12, 16), (8, 16, 12), (10, 12, 12):
        net.features[i] = nn.Conv2d(inputs, outputs, 5 if i == 3 else 3, padding=2 if i == 3 else 1)
    for i, inputs, outputs in (1, 12 * 36, 32), (4, 32, 32), (6, 32, CLASSES):
        net.classifier[i] = nn.Linear(inputs, outputs)
    return net


def efficientnet_v1():
    setting, last = _efficientnet_conf("efficientnet_b0", width_mult=0.25, depth_mult=0.6)
    return m.EfficientNet(setting, 0.2, num_classes=CLASSES, last_channel=last)


def efficientnet_v2():
    setting = [FusedMBConvConfig(1, 3, 1, 8, 8, 2), FusedMBConvConfig(4, 3, 2, 8, 12, 2),
               FusedMBConvConfig(4, 3, 2, 12, 16, 2), MBConvConfig(4, 3, 2, 16, 24, 2),
               MBConvConfig(6, 3, 1, 24, 32, 2), MBConvConfig(6, 3, 2, 32, 40, 2)]
    return m.EfficientNet(setting, 0.2, num_classes=CLASSES, last_channel=64,
                          norm_layer=partial(nn.BatchNorm2d, eps=1e-3))


def regnet(se):
    params = BlockParams.from_init_params(depth=6, w_0=16, w_a=12.0, w_m=2.0, group_width=8, se_ratio=se)
    return m.RegNet(params, num_classes=CLASSES)


def convnext():
    return m.ConvNeXt([CNBlockConfig(16, 24, 2), CNBlockConfig(24, 32, 2), CNBlockConfig(32, 48, 2),
                       CNBlockConfig(48, None, 2)], num_classes=CLASSES)


NETWORKS = {
    "alexnet": (alexnet, 80),
    "densenet": (lambda: m.DenseNet(8, (2, 3, 2, 2), 16, num_classes=CLASSES), 64),
    "mobilenet_v2": (lambda: m.MobileNetV2(num_classes=CLASSES, width_mult=0.25), 64),
    "mobilenet_v3_large": (lambda: m.mobilenet_v3_large(num_classes=CLASSES, width_mult=0.25), 64),
    "mobilenet_v3_small": (lambda: m.mobilenet_v3_small(num_classes=CLASSES, width_mult=0.25), 64),
    "mnasnet": (lambda: m.MNASNet(0.25, num_classes=CLASSES), 64),
    "shufflenet_v2": (lambda: m.ShuffleNetV2([3, 4, 2], [8, 16, 32, 64, 64], num_classes=CLASSES), 64),
    "efficientnet": (efficientnet_v1, 64),
    "efficientnet_v2": (efficientnet_v2, 64),
    "regnet_x": (lambda: regnet(None), 64),
    "regnet_y": (lambda: regnet(0.25), 64),
    "convnext": (convnext, 64),
    "googlenet": (lambda: m.googlenet(num_classes=CLASSES, aux_logits=True, init_weights=False), 64),
    "inception_v3": (lambda: m.inception_v3(num_classes=CLASSES, aux_logits=True, init_weights=False), 96),
}


def vit():
    return m.VisionTransformer(48, 16, 2, 2, 128, 160, num_classes=CLASSES)


def swin(v2):
    """Windows that do not divide the map, so that it is padded, and a last stage smaller than a window."""
    from torchvision.models import swin_transformer as st
    more = dict(block=st.SwinTransformerBlockV2, downsample_layer=st.PatchMergingV2) if v2 else {}
    return m.SwinTransformer([4, 4], 16, [2, 2, 2], [2, 4, 8], [4, 4], num_classes=CLASSES, **more)


def maxvit():
    from torchvision.models.maxvit import MaxVit
    return MaxVit((32, 32), 8, 4, [16, 24], [1, 2], 8, 0.1, num_classes=CLASSES)


NETWORKS["vit"] = (vit, 48)
NETWORKS["maxvit"] = (maxvit, 32)
NETWORKS["swin"] = (lambda: swin(False), 68)
NETWORKS["swin_v2"] = (lambda: swin(True), 64)


def mobile(generate, name, tf=False, **more):
    """A network of timm's builder, at a quarter of its width; tf adds what its models of that prefix have."""
    return generate(name, channel_multiplier=.25, num_classes=CLASSES, **more,
                    **(dict(bn_eps=1e-3, pad_type="same") if tf else {}))


TIMM = {   # name: constructor, side, name of the model for Sectional
    "timm_vit": (lambda t: t.models.VisionTransformer(48, 16, 3, CLASSES, embed_dim=128, depth=2, num_heads=2,
                                                      mlp_ratio=1.5), 48, ""),
    "timm_swin": (lambda t: t.models.SwinTransformer(64, 4, 3, CLASSES, embed_dim=16, depths=(2, 2, 2),
                                                     num_heads=(2, 4, 8), window_size=4), 64, ""),
    "timm_swin_v2": (lambda t: t.models.SwinTransformerV2(64, 4, 3, CLASSES, embed_dim=16, depths=(2, 2, 2),
                                                          num_heads=(2, 4, 8), window_size=8), 64, ""),
    "timm_convnext": (lambda t: t.models.ConvNeXt(num_classes=CLASSES, depths=(2, 1, 2, 1), dims=(16, 24, 32, 48)), 64,
                      ""),
    "timm_resnet": (lambda t: t.models.ResNet(t.models.resnet.Bottleneck, [2, 1, 1, 1], num_classes=CLASSES,
                                              channels=(8, 16, 24, 32), stem_width=16), 64, ""),
    "timm_resnet_blur": (lambda t: t.models.ResNet(t.models.resnet.BasicBlock, [2, 2, 2, 2], num_classes=CLASSES,
                                                   channels=(8, 16, 24, 32), aa_layer=t.layers.BlurPool2d), 64,
                         "resnetblur18"),
    "timm_resnet_average": (lambda t: t.models.ResNet(t.models.resnet.Bottleneck, [3, 4, 6, 3], num_classes=CLASSES,
                                                      channels=(4, 8, 12, 16), aa_layer=torch.nn.AvgPool2d), 64,
                            "resnetaa50"),
    "timm_mobilenetv3_large": (lambda t: mobile(t.models.mobilenetv3._gen_mobilenet_v3, "mobilenetv3_large_100"), 64,
                               "mobilenetv3_large_100"),
    "timm_mobilenetv3_small": (lambda t: mobile(t.models.mobilenetv3._gen_mobilenet_v3, "mobilenetv3_small_100", True),
                               65, "tf_mobilenetv3_small_100"),
    "timm_mobilenetv2": (lambda t: mobile(t.models.efficientnet._gen_mobilenet_v2, "mobilenetv2_100"), 64,
                         "mobilenetv2_100"),
    "timm_efficientnet_lite": (lambda t: mobile(t.models.efficientnet._gen_efficientnet_lite, "efficientnet_lite0"), 64,
                               "efficientnet_lite0"),
    "timm_tf_efficientnet_lite": (lambda t: mobile(t.models.efficientnet._gen_efficientnet_lite, "efficientnet_lite3",
                                                   True, depth_multiplier=1.4), 63, "tf_efficientnet_lite3"),
    "timm_efficientnet": (lambda t: mobile(t.models.efficientnet._gen_efficientnet, "efficientnet_b0"), 64,
                          "efficientnet_b0"),
}


def write(path, metadata, arrays):
    header, at = {"__metadata__": metadata}, 0
    for name, (kind, array) in arrays.items():
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for _, a in arrays.values()))


def main(names):
    OUT.mkdir(parents=True, exist_ok=True)
    for name in names or [*NETWORKS, *TIMM]:
        model = ""
        if name in TIMM:
            import timm
            build, side, model = TIMM[name]
            net = build(timm).double().eval()
        else:
            build, side = NETWORKS[name]
            net = build().double().eval()
        state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
        if name == "timm_swin_v2":   # as the authors' files have it; timm's own need the name of the model
            state.update((k, v) for k, v in net.named_buffers() if k.endswith("relative_coords_table"))
        with torch.no_grad():
            for i, (k, v) in enumerate(state.items()):
                if "relative_position_index" in k or "relative_coords_table" in k and name != "timm_swin_v2":
                    continue
                v.copy_(torch.tensor(values(k, i, tuple(v.shape))))
        pixels = 2 * uniform(SEED, IMAGE, 3 * side * side).astype(np.float32)
        x = torch.tensor(pixels.reshape(1, 3, side, side)).double()
        x.requires_grad_()
        logits = net(x)
        logits[0].max().backward()
        gradient = x.grad[0].numpy()[:, ::2, ::2].astype(np.float32)
        metadata = {"names": ",".join(state), "side": str(side), "model": model,
                    "shapes": ";".join("x".join(map(str, v.shape)) for v in state.values())}
        path = OUT / f"{name}.safetensors"
        write(path, metadata, {"logits": ("F64", logits[0].detach().numpy()), "gradient": ("F32", gradient.copy())})
        print(name, path.stat().st_size, sum(v.numel() for v in state.values()), logits.detach().abs().max().item())


main(sys.argv[1:])
