"""Writes small networks as ONNX files, and what Captum, zennit and pytorch-grad-cam compute for them in float64.

    python3 make_agreement.py

Needs torch, onnx, safetensors, captum 0.9.0, zennit 0.5.1 and grad-cam 1.5.7. For each family it writes FAMILY.onnx
(float32 weights) and FAMILY.safetensors (float64: input, logits, and one tensor for each method of the product, by its
name). A family is a function below; the table FAMILIES names the layer that Grad-CAM looks at. Methods that a program
does not define for a family are left out.

Needs keras 3 as well: vgg and resnet are also written as Keras models of the same weights, vgg.keras and resnet.h5, so
that the values of their families hold for them. resnet18.pth is a state dict under torchvision's names; its values are
those of the network with batch norms folded into convolutions, as the loader folds them.
"""
import copy
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch
from captum.attr import Deconvolution, GuidedBackprop, InputXGradient, IntegratedGradients, Saliency
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.numpy import save_file
from torch import nn
from zennit.attribution import Gradient
from zennit.composites import SpecialFirstLayerMapComposite
from zennit.layer import Sum
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, Norm, Pass, ZPlus
from zennit.types import Activation, AvgPool, BatchNorm, Convolution, Linear

SIZE = 16
CLASSES = 5


class Add(nn.Module):
    """A sum of branches that zennit sees as a Sum, and that is exported as one Add."""

    def __init__(self):
        super().__init__()
        self.sum = Sum()

    def forward(self, a, b):
        return a + b if torch.onnx.is_in_onnx_export() else self.sum(torch.stack([a, b], -1))


def conv(i, o, k=3, stride=1, groups=1, bias=True):
    return nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=bias)


def vgg():
    return nn.Sequential(conv(3, 6), nn.ReLU(), conv(6, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 10), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(160, 12), nn.ReLU(), nn.Linear(12, CLASSES))


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.body = nn.Sequential(conv(i, o, 3, stride), nn.ReLU(), conv(o, o))
        self.skip = conv(i, o, 1, stride) if stride > 1 or i != o else nn.Identity()
        self.add, self.relu = Add(), nn.ReLU()

    def forward(self, x):
        return self.relu(self.add(self.body(x), self.skip(x)))


def pooled(channels):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)]


def resnet():
    return nn.Sequential(conv(3, 6), nn.ReLU(), nn.MaxPool2d(3, 2, 1), Residual(6, 6, 1), Residual(6, 10, 2),
                         *pooled(10))


class Dense(nn.Module):
    def __init__(self, i, growth):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(i), nn.ReLU(), conv(i, growth, bias=False))

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


def densenet():
    return nn.Sequential(conv(3, 6), nn.ReLU(), Dense(6, 4), Dense(10, 4), nn.BatchNorm2d(14), nn.ReLU(),
                         conv(14, 8, 1), nn.AvgPool2d(2), Dense(8, 4), nn.BatchNorm2d(12), nn.ReLU(), *pooled(12))


class Fire(nn.Module):
    def __init__(self, i, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Sequential(conv(i, squeeze, 1), nn.ReLU())
        self.one = nn.Sequential(conv(squeeze, expand, 1), nn.ReLU())
        self.three = nn.Sequential(conv(squeeze, expand), nn.ReLU())

    def forward(self, x):
        x = self.squeeze(x)
        return torch.cat([self.one(x), self.three(x)], 1)


def squeezenet():
    return nn.Sequential(conv(3, 8, 3, 2), nn.ReLU(), Fire(8, 4, 5), nn.MaxPool2d(2), Fire(10, 5, 6),
                         conv(12, CLASSES, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Inverted(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.body = nn.Sequential(conv(i, 3 * i, 1), nn.ReLU6(), conv(3 * i, 3 * i, 3, stride, 3 * i), nn.ReLU6(),
                                  conv(3 * i, o, 1))
        self.add = Add() if stride == 1 and i == o else None

    def forward(self, x):
        return self.body(x) if self.add is None else self.add(x, self.body(x))


def mobilenet():
    return nn.Sequential(conv(3, 6, 3, 2), nn.ReLU6(), Inverted(6, 6, 1), Inverted(6, 8, 2), Inverted(8, 8, 1),
                         conv(8, 14, 1), nn.ReLU6(), *pooled(14))


class Branches(nn.Module):
    """Inception: branches of 1 x 1, 3 x 3 and average pooling, side by side."""

    def __init__(self, i, o):
        super().__init__()
        self.one = nn.Sequential(conv(i, o, 1), nn.ReLU())
        self.three = nn.Sequential(conv(i, o, 1), nn.ReLU(), conv(o, o), nn.ReLU())
        self.pool = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(i, o, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.pool(x)], 1)


def inception():
    return nn.Sequential(conv(3, 6, 3, 2), nn.ReLU(), Branches(6, 4), nn.MaxPool2d(2), Branches(12, 4), *pooled(12))


class Shuffled(nn.Module):
    """ShuffleNet V2: half of the channels pass by, and both halves are interleaved."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(conv(half, half, 1), nn.ReLU(), conv(half, half, groups=half), conv(half, half, 1),
                                  nn.ReLU())

    def forward(self, x):
        a, b = x.chunk(2, 1)
        x = torch.cat([a, self.body(b)], 1)
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


def shufflenet():
    return nn.Sequential(conv(3, 8, 3, 2), nn.ReLU(), Shuffled(8), Shuffled(8), conv(8, 12, 1), nn.ReLU(),
                         *pooled(12))


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels, inner, outer):
        super().__init__()
        self.scale = nn.Sequential(nn.AdaptiveAvgPool2d(1), conv(channels, 4, 1), inner, conv(4, channels, 1), outer)

    def forward(self, x):
        return x * self.scale(x)


class Gated(nn.Module):
    def __init__(self, i, o, stride, activation, gate):
        super().__init__()
        self.body = nn.Sequential(conv(i, 2 * i, 1), activation(), conv(2 * i, 2 * i, 3, stride, 2 * i), activation(),
                                  gate(2 * i), conv(2 * i, o, 1))
        self.residual = stride == 1 and i == o

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def gated(activation, gate):
    return nn.Sequential(conv(3, 6, 3, 2), activation(), Gated(6, 6, 1, activation, gate),
                         Gated(6, 8, 2, activation, gate), conv(8, 12, 1), activation(), *pooled(12))


def mobilenetv3():
    return gated(nn.Hardswish, lambda channels: Gate(channels, nn.ReLU(), nn.Hardsigmoid()))


def efficientnet():
    return gated(nn.SiLU, lambda channels: Gate(channels, nn.SiLU(), nn.Sigmoid()))


class ChannelNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels, 7, 1, channels), ChannelNorm(channels),
                                  conv(channels, 2 * channels, 1), nn.GELU(), conv(2 * channels, channels, 1))
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 0.5))

    def forward(self, x):
        return x + self.scale * self.body(x)


def convnext():
    return nn.Sequential(nn.Conv2d(3, 8, 4, 4), ChannelNorm(8), ConvNextBlock(8), ConvNextBlock(8),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(8), nn.Linear(8, CLASSES))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, self.each).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * self.each ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, d))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, 2)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.first(x))
        return x + self.mlp(self.second(x))


class Tokens(nn.Module):
    def __init__(self, width, patches):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, patches + 1, width))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position


class First(nn.Module):
    def forward(self, x):
        return x[:, 0]


def vit():
    return nn.Sequential(Tokens(8, 16), Block(8), Block(8), nn.LayerNorm(8), First(), nn.Linear(8, CLASSES))


class Basic(nn.Module):
    """torchvision's BasicBlock, under its names."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, stride, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, bias=False), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) \
            if stride > 1 or i != o else None
        self.add, self.relu, self.relu2 = Add(), nn.ReLU(), nn.ReLU()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu2(self.add(y, x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, widths=(4, 6, 8, 8)):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for i, width in enumerate(widths):
            before = widths[max(0, i - 1)]
            setattr(self, f"layer{i + 1}", nn.Sequential(Basic(before, width, 2 if i else 1), Basic(width, width, 1)))
        self.avgpool, self.flatten, self.fc = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[3], CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.flatten(self.avgpool(x)))


def folded(model):
    """Returns a copy whose batch norms are part of the convolutions before them."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        names = list(dict(module.named_children()))
        for name, norm in [("conv1", "bn1"), ("conv2", "bn2"), ("0", "1")]:
            if name in names and norm in names and isinstance(getattr(module, norm), nn.BatchNorm2d):
                setattr(module, name, nn.utils.fusion.fuse_conv_bn_eval(getattr(module, name), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
    return model


def keras_twin(family, model):
    """Writes the network of a family as a Keras model of the same weights."""
    import keras
    from keras import layers as L

    def convolution(layer, x):
        pad, kernel = layer.padding[0], layer.kernel_size[0]
        same = layer.stride == (1, 1)   # with other strides Keras pads the last row and column first
        x = L.ZeroPadding2D(pad)(x) if pad and not same else x
        own = L.Conv2D(layer.out_channels, kernel, strides=layer.stride, padding="same" if same else "valid")
        y = own(x)
        own.set_weights([layer.weight.detach().permute(2, 3, 1, 0).numpy(), layer.bias.detach().numpy()])
        return y

    def pooled(layer, x):
        if layer.padding:   # zeros win nowhere after a ReLU
            x = L.ZeroPadding2D(layer.padding)(x)
        return L.MaxPooling2D(layer.kernel_size, strides=layer.stride)(x)

    def run(module, x, map_shape):
        for layer in module:
            if isinstance(layer, nn.Conv2d):
                x = convolution(layer, x)
            elif isinstance(layer, nn.ReLU):
                x = L.ReLU()(x)
            elif isinstance(layer, nn.MaxPool2d):
                x = pooled(layer, x)
            elif isinstance(layer, nn.AdaptiveAvgPool2d):
                x = L.GlobalAveragePooling2D()(x)
            elif isinstance(layer, Residual):
                skip = x if isinstance(layer.skip, nn.Identity) else convolution(layer.skip, x)
                x = L.ReLU()(L.Add()([run(layer.body, x, None), skip]))
            elif isinstance(layer, nn.Flatten):
                map_shape = tuple(x.shape[1:]) if len(x.shape) == 4 else None
                x = L.Flatten()(x) if map_shape else x
            elif isinstance(layer, nn.Linear):
                weight = layer.weight.detach()
                if map_shape:   # Keras flattens rows first, channels last
                    high, wide, channels = map_shape
                    weight = weight.reshape(-1, channels, high, wide).permute(0, 2, 3, 1).flatten(1)
                    map_shape = None
                own = L.Dense(layer.out_features)
                x = own(x)
                own.set_weights([weight.T.numpy(), layer.bias.detach().numpy()])
        return x

    keras.utils.clear_session()
    image = L.Input((SIZE, SIZE, 3))
    keras.Model(image, run(model, image, None)).save(KERAS[family])


KERAS = {"vgg": "vgg.keras", "resnet": "resnet.h5"}

# The module whose output is the last feature map; None where Grad-CAM is compared elsewhere, or not.
FAMILIES = {"vgg": (vgg, 6), "resnet": (resnet, 4), "densenet": (densenet, 10), "squeezenet": (squeezenet, 4),
            "mobilenet": (mobilenet, 6), "inception": (inception, 4), "shufflenet": (shufflenet, 5),
            "mobilenetv3": (mobilenetv3, 5), "efficientnet": (efficientnet, 5), "convnext": (convnext, 3),
            "vit": (vit, None), "resnet18": (ResNet18, "layer4")}

# Networks of gates, layer norms and attention, for which zennit has no rules; Captum's backpropagation methods change
# ReLUs alone.
GRADIENTS_ALONE = {"mobilenetv3", "efficientnet", "convnext", "vit"}


def composite(convolution, first=None, linear=None, norm=None):
    """The product's composites: zennit's layer maps with batch norm treated as a linear layer."""
    linear = linear or Epsilon(epsilon=1e-6)
    maps = [(Activation, Pass()), (Sum, Norm()), (AvgPool, Norm()), (BatchNorm, norm or Epsilon(epsilon=1e-6)),
            (Convolution, convolution), (Linear, linear)]
    return SpecialFirstLayerMapComposite(maps, [(Convolution, first)] if first else [])


RELEVANCE = {
    "epsilon-plus": lambda: composite(ZPlus()),
    "epsilon-plus-flat": lambda: composite(ZPlus(), Flat()),
    "epsilon-alpha2-beta1": lambda: composite(AlphaBeta(2, 1)),
    "epsilon-alpha2-beta1-flat": lambda: composite(AlphaBeta(2, 1), Flat()),
    "lrp-epsilon": lambda: composite(Epsilon(epsilon=1e-6)),
    "lrp-gamma": lambda: composite(Gamma(0.25), None, Gamma(0.25), Gamma(0.25)),
}

# zennit's gamma changes a batch norm's gamma and beta, but not its mean: another rule than ours.
OTHER_RULES = {("densenet", "lrp-gamma")}


def draw(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        for name, tensor in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            if not tensor.is_floating_point():
                continue
            values = torch.randn(tensor.shape, generator=generator)
            if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
                values = 1 + 0.3 * values if name == "weight" else 0.5 + values.abs() if "var" in name else 0.3 * values
            elif name == "weight":
                values *= (2 / values[0].numel()) ** 0.5
            else:
                values *= 0.2
            tensor.data.copy_(values)
    return model.eval()


def relevance(model, x, target, logit, make):
    with Gradient(model, make()) as attributor:
        start = torch.zeros(1, CLASSES, dtype=torch.float64)
        start[0, target] = logit
        _, result = attributor(x.clone().requires_grad_(), start)
    return result


def grad_cam(model, feature, x, target):
    """pytorch-grad-cam's map in float64: the program itself enlarges it in float32."""
    feature = getattr(model, feature) if isinstance(feature, str) else model[feature]
    with GradCAM(model, [feature]) as cam:
        activations = cam.activations_and_grads(x)
        cam.model.zero_grad()
        activations[0, target].backward()
        maps = cam.activations_and_grads.activations[0].numpy()
        gradients = cam.activations_and_grads.gradients[0].numpy()
        classes = [ClassifierOutputTarget(target)]
        coarse = np.maximum(cam.get_cam_image(x, feature, classes, maps, gradients), 0)
    enlarged = nn.functional.interpolate(torch.tensor(coarse)[None].double(), (SIZE, SIZE), mode="bilinear",
                                         align_corners=False)
    return enlarged[0].expand(3, -1, -1) / 3


def main():
    for number, (family, (make, feature)) in enumerate(FAMILIES.items()):
        if len(sys.argv) > 1 and family not in sys.argv[1:]:
            continue
        model = draw(make(), number + 1)
        generator = torch.Generator().manual_seed(100 + number)
        x = torch.randn(1, 3, SIZE, SIZE, generator=generator)
        if family == "resnet18":
            torch.save(model.state_dict(), f"{family}.pth")
        else:
            torch.onnx.export(model, x, f"{family}.onnx", dynamo=False, opset_version=13, do_constant_folding=True,
                              training=torch.onnx.TrainingMode.EVAL)
        if family in KERAS:
            keras_twin(family, model)
        model, x = model.double(), x.double()
        model = folded(model) if family == "resnet18" else model
        logits = model(x).detach()[0]
        target = int(logits.argmax())
        values = {"input": x[0], "logits": logits, "target": torch.tensor([float(target)], dtype=torch.float64)}
        values["gradient"] = Saliency(model).attribute(x, target=target, abs=False)[0]
        values["gradient-x-input"] = InputXGradient(model).attribute(x, target=target)[0]
        values["integrated-gradients"] = IntegratedGradients(model).attribute(x, target=target, n_steps=50)[0]
        if family not in GRADIENTS_ALONE:
            values["guided-backprop"] = GuidedBackprop(model).attribute(x, target=target)[0]
            values["deconvnet"] = Deconvolution(model).attribute(x, target=target)[0]
            for name, rules in RELEVANCE.items():
                if (family, name) not in OTHER_RULES:
                    values[name] = relevance(model, x, target, float(logits[target]), rules)[0]
        if feature is not None:
            values["grad-cam"] = grad_cam(model, feature, x, target)
        save_file({key: np.ascontiguousarray(value.detach().numpy(), np.float64) for key, value in values.items()},
                  f"{family}.safetensors")


main()
