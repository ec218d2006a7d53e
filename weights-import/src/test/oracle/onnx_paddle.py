"""Writes small PaddlePaddle classifiers by paddle2onnx, with their answers in float64:
    python3 onnx_paddle.py FOLDER   (paddlepaddle 3.3, paddle2onnx 2.1, packaging, in a virtual environment of its own)
    python3 onnx_families.py ../resources/families --packed paddle FOLDER   (packs them, in that of onnx_families.py)
NAME.onnx leaves the batch open; NAME.npz holds the image, the logits and the gradient of the largest."""
import os, sys
import numpy as np
import paddle
from paddle import nn

FOLDER = sys.argv[1]


def block(inputs, outputs, kernel, stride=1, groups=1, activation=None):
    convolution = nn.Conv2D(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias_attr=False)
    return nn.Sequential(convolution, nn.BatchNorm2D(outputs), *([activation] if activation else []))


class SqueezeExcite(nn.Layer):
    def __init__(self, channels):
        super().__init__()
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2D(1), nn.Conv2D(channels, 4, 1), nn.ReLU(),
                                  nn.Conv2D(4, channels, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.gate(x)


class Inverted(nn.Layer):
    """MobileNetV3's block."""

    def __init__(self, channels, wide, kernel, activation):
        super().__init__()
        self.path = nn.Sequential(block(channels, wide, 1, activation=activation),
                                  block(wide, wide, kernel, groups=wide, activation=activation), SqueezeExcite(wide),
                                  block(wide, channels, 1))

    def forward(self, x):
        return x + self.path(x)


class Shuffle(nn.Layer):
    """ShuffleNetV2's unit."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.path = nn.Sequential(block(half, half, 1, activation=nn.ReLU()), block(half, half, 3, groups=half),
                                  block(half, half, 1, activation=nn.ReLU()))

    def forward(self, x):
        kept, taken = paddle.split(x, 2, axis=1)
        y = paddle.concat([kept, self.path(taken)], axis=1)
        n, c, h, w = y.shape
        return y.reshape([-1, 2, c // 2, h, w]).transpose([0, 2, 1, 3, 4]).reshape([-1, c, h, w])


def network(body, channels):
    return nn.Sequential(block(3, channels, 3, 2, activation=nn.Hardswish()), nn.MaxPool2D(3, 2, 1), body,
                         nn.AdaptiveAvgPool2D(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(channels, 7), nn.Softmax())


class Tokens(nn.Layer):
    """A vision transformer of one block."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2D(3, 24, 8, 8)
        self.block = nn.TransformerEncoderLayer(24, 3, 48, dropout=0.0, activation="gelu", normalize_before=True)
        self.head = nn.Linear(24, 7)

    def forward(self, x):
        return self.head(self.block(self.patches(x).flatten(2).transpose([0, 2, 1])).mean(1))


def write(name, model):
    model.eval()
    for layer in model.sublayers():
        if isinstance(layer, nn.BatchNorm2D):
            layer._mean.set_value(paddle.randn(layer._mean.shape) / 8)
            layer._variance.set_value(paddle.rand(layer._variance.shape) + 0.5)
    x = paddle.round(paddle.randn([1, 3, 32, 32]) * 4) / 4
    paddle.onnx.export(model, os.path.join(FOLDER, name), opset_version=13,
                       input_spec=[paddle.static.InputSpec([-1, 3, 32, 32], "float32", "x")])
    model.to(dtype="float64")
    image = paddle.to_tensor(x.numpy().astype(np.float64), stop_gradient=False)
    if isinstance(model, nn.Sequential) and isinstance(model[-1], nn.Softmax):
        model = model[:-1]
    logits = model(image)
    logits[0, int(logits.argmax())].backward()
    np.savez(os.path.join(FOLDER, name + ".npz"), x=x.numpy()[0], logits=logits.numpy()[0], gradient=image.grad.numpy()[0])


paddle.seed(5)
os.makedirs(FOLDER, exist_ok=True)
write("mobilenet_v3", network(Inverted(12, 24, 5, nn.Hardswish()), 12))
write("shufflenet_v2", network(Shuffle(16), 16))
write("vit", Tokens())
