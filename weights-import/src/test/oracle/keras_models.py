#!/usr/bin/env python3
"""Writes the Keras models among the test resources, each with the answers of Keras in float64 in an .npz beside it.

    pip install keras torch h5py            # Keras 3: NAME.keras, NAME.h5
    pip install "tensorflow-cpu==2.15.1"    # Keras 2: NAME_k2.keras, NAME_k2.h5
    KERAS_BACKEND=torch python keras_models.py OUT [NAME ...]

Weights are random multiples of 1/8 or 1/4, so that the archives, which are packed again with deflate, stay small.
"""
import json, os, sys, zipfile
os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import numpy as np
import keras
from keras import layers as L
import keras.src.applications.inception_resnet_v2

K3 = keras.__version__.startswith("3")
if K3:
    import torch
    from keras.src.applications import (convnext, densenet, efficientnet, efficientnet_v2, mobilenet, mobilenet_v2,
                                        mobilenet_v3, nasnet, resnet)
else:
    import tensorflow as tf
    from keras.src.applications import (densenet, efficientnet, mobilenet, mobilenet_v2, resnet)

MODELS = {}


def model(ending="keras", low=-1.0, high=1.0, only=None):
    """Registers a function that builds a model; inputs are uniform between low and high."""
    def add(build):
        if only is None or only == (3 if K3 else 2):
            MODELS[build.__name__] = (build, ending, low, high)
        return build
    return add


def functional(shape, body, head=True):
    image = L.Input(shape)
    x = body(image)
    if head:
        x = L.Dense(5, activation="softmax", name="predictions")(L.GlobalAveragePooling2D()(x))
    return keras.Model(image, x)


APPLICATION = dict(weights=None, classes=5, input_shape=(32, 32, 3))


# Families of keras.applications, at the least width that their functions take.

@model()
def mobilenet_v1():
    return mobilenet.MobileNet(alpha=.0625, **APPLICATION)


@model(only=3)
def mobilenet_v2_():
    return mobilenet_v2.MobileNetV2(alpha=.05, **APPLICATION)


@model(low=0, high=255, only=3)
def mobilenet_v3_():
    def stack(x, kernel, activation, se):
        x = mobilenet_v3._inverted_res_block(x, 1, 8, 3, 2, se, mobilenet_v3.relu, 0)
        x = mobilenet_v3._inverted_res_block(x, 4, 8, kernel, 1, None, activation, 1)
        return mobilenet_v3._inverted_res_block(x, 4, 16, kernel, 2, se, activation, 2)
    return mobilenet_v3.MobileNetV3(stack, 32, alpha=1.0, model_type="small", **APPLICATION)


def blocks(rows):
    return [dict(kernel_size=k, repeats=1, filters_in=i, filters_out=o, expand_ratio=e, id_skip=True, strides=s,
                 se_ratio=.25) for i, o, e, k, s in rows]


@model(low=0, high=255)
def efficientnet_():
    rows = blocks([(16, 16, 1, 3, 1), (16, 16, 3, 5, 1), (16, 24, 3, 3, 2)])
    return efficientnet.EfficientNet(.25, 1, 32, blocks_args=rows, **APPLICATION)


@model(low=0, high=255, only=3)
def efficientnet_v2_():
    rows = [dict(kernel_size=3, num_repeat=1, input_filters=i, output_filters=o, expand_ratio=e,
                 se_ratio=0 if fused else .25, strides=2, conv_type=fused)
            for i, o, e, fused in [(16, 16, 1, 1), (16, 16, 4, 1), (16, 24, 4, 0)]]
    return efficientnet_v2.EfficientNetV2(.25, 1, 32, blocks_args=rows, **APPLICATION)


@model(only=3)
def densenet_():
    return densenet.DenseNet([1, 1, 1, 1], **APPLICATION)


def stack(v2, x):
    if K3:
        return (resnet.stack_residual_blocks_v2 if v2 else resnet.stack_residual_blocks_v1)(x, 4, 2, stride1=2, name="conv2")
    return (resnet.stack2 if v2 else resnet.stack1)(x, 4, 2, stride1=2, name="conv2")


@model()
def resnet_v1():
    return resnet.ResNet(lambda x: stack(False, x), False, True, "resnet", **APPLICATION)


@model()
def resnet_v2():
    return resnet.ResNet(lambda x: stack(True, x), True, True, "resnet", **APPLICATION)


@model(only=3)
def nasnet_():
    return nasnet.NASNet(penultimate_filters=96, num_blocks=1, stem_block_filters=4, skip_reduction=False, **APPLICATION)


@model(low=0, high=255, only=3)
def convnext_():
    return convnext.ConvNeXt([1, 1, 1, 1], [4, 4, 8, 8], include_preprocessing=True, **APPLICATION)


@model()
def xception_():
    def body(x):
        x = L.Activation("relu")(L.BatchNormalization()(L.Conv2D(4, 3, strides=2, use_bias=False)(x)))
        r = L.BatchNormalization()(L.Conv2D(6, 1, strides=2, padding="same", use_bias=False)(x))
        x = L.BatchNormalization()(L.SeparableConv2D(6, 3, padding="same", use_bias=False, depth_multiplier=2)(x))
        return L.add([L.MaxPooling2D(3, strides=2, padding="same")(L.Activation("relu")(x)), r])
    return functional((32, 32, 3), body)


@model(ending="h5")
def inception_():
    def block(x, n, k, **more):
        x = L.Conv2D(n, k, use_bias=False, **{"padding": "same", **more})(x)
        return L.Activation("relu")(L.BatchNormalization(scale=False)(x))

    def body(x):
        x = L.MaxPooling2D(3, strides=2)(block(x, 4, 3, strides=2, padding="valid"))
        pool = block(L.AveragePooling2D(3, strides=1, padding="same")(x), 2, 1)
        return L.concatenate([block(x, 2, 1), block(block(x, 2, (1, 7)), 3, (7, 1)), pool])
    return functional((32, 32, 3), body)


@model()
def inception_resnet():
    scale = keras.src.applications.inception_resnet_v2.CustomScaleLayer

    def body(x):
        x = L.Conv2D(4, 3, strides=2, activation="relu")(x)
        return L.Activation("relu")(scale(.17)([x, L.Conv2D(4, 3, padding="same")(x)]))
    return functional((16, 16, 3), body)


@model(ending="h5")
def vgg():
    def body(x):
        for i, n in enumerate((4, 6)):
            x = L.Conv2D(n, 3, padding="same", activation="relu", name=f"block{i + 1}_conv1")(x)
            x = L.MaxPooling2D(2, strides=2, name=f"block{i + 1}_pool")(x)
        x = L.Dense(8, activation="relu", name="fc1")(L.Flatten(name="flatten")(x))
        return L.Dense(5, activation="softmax", name="predictions")(x)
    return functional((16, 16, 3), body, head=False)


# Graphs that users build.

@model(low=0, high=255)
def fine_tune():
    """Augmentation, preprocessing, a nested base with a frozen half, and a new head."""
    i = b = L.Input((16, 16, 3), name="base_input")
    for n in (4, 6):
        b = L.BatchNormalization()(L.Conv2D(n, 3, strides=2, padding="same", use_bias=False)(b))
        b = L.ReLU(6.)(b)
    base = keras.Model(i, b, name="base")
    for layer in base.layers[:3]:
        layer.trainable = False
    augment = keras.Sequential([L.RandomFlip("horizontal")], name="augment")
    image = L.Input((16, 16, 3))
    x = base(L.Rescaling(1 / 127.5, offset=-1)(augment(image)), training=False)
    x = L.Dropout(.2)(L.GlobalAveragePooling2D()(x))
    return keras.Model(image, L.Dense(1, activation="sigmoid")(x))


@model(ending="h5", low=0, high=255)
def fine_tune_h5():
    return fine_tune()


@model(ending="h5")
def sequential_nested():
    base = keras.Sequential([L.InputLayer((12, 12, 2)), L.Conv2D(3, 3, activation="relu"), L.BatchNormalization()],
                            name="features")
    return keras.Sequential([L.InputLayer((12, 12, 2)), base, L.Flatten(), L.Dense(4), L.Softmax()])


@model()
def shared_twice():
    """A layer and a model that are called twice."""
    conv = L.Conv2D(3, 3, padding="same", activation="relu")
    inner = L.Input((10, 10, 3))
    block = keras.Model(inner, L.add([L.Conv2D(3, 1, activation="tanh")(inner), inner]))
    return functional((10, 10, 3), lambda x: block(block(conv(conv(x)))))


@model()
def digits():
    return keras.Sequential([L.InputLayer((14, 14, 1)), L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(),
                             L.Conv2D(6, 3, activation="relu"), L.Flatten(), L.Dropout(.5),
                             L.Dense(10, activation="softmax")])


@model(ending="h5")
def without_channels():
    """Rows and columns alone, as in the first tutorial of TensorFlow."""
    return keras.Sequential([L.InputLayer((9, 7)), L.Flatten(), L.Dense(6, activation="relu"), L.Dense(4)])


@model()
def four_channels():
    return keras.Sequential([L.InputLayer((12, 12, 4)), L.Conv2D(4, 5, strides=2, padding="same", activation="relu"),
                             L.GlobalMaxPooling2D(), L.Dense(4, activation="sigmoid")])


# Layers and their options.

@model()
def convolutions():
    def body(x):
        x = L.Conv2D(6, (3, 2), strides=2, padding="same", activation="relu")(x)
        x = L.Conv2D(6, 3, dilation_rate=2, padding="same", groups=3, activation="relu")(x)
        x = L.DepthwiseConv2D(3, depth_multiplier=2, padding="valid", activation="relu")(x)
        x = L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
        return L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", activation="relu")(x)
    return functional((21, 18, 3), body)


@model()
def transposed():
    def body(x):
        x = L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")(x)
        x = L.Conv2DTranspose(3, (2, 4), strides=(3, 2), padding="valid", use_bias=False)(x)
        return L.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    return functional((5, 4, 3), body)


@model()
def pooling():
    def body(x):
        a = L.AveragePooling2D(3, strides=2, padding="same")(x)
        m = L.MaxPooling2D(3, strides=2, padding="same")(x)
        x = L.concatenate([a, m])
        x = L.add([L.AveragePooling2D((2, 3))(x), L.MaxPooling2D((2, 3))(x)])
        g = L.GlobalAveragePooling2D(keepdims=True)(x)
        return L.multiply([x, L.Conv2D(6, 1, activation="sigmoid")(g)])
    # The torch backend repeats the border where TensorFlow does not count the padding, if the padding is uneven.
    return functional((15, 15 if K3 else 14, 3), body)


@model()
def normalizations():
    def body(x):
        x = L.Normalization(axis=-1, mean=[.1, .2, .3], variance=[1., 2., .5])(x)
        x = L.BatchNormalization(center=False)(L.Conv2D(4, 3, activation="relu")(x))
        x = L.BatchNormalization(center=False, scale=False, epsilon=.01, axis=3)(x)
        x = L.LayerNormalization(epsilon=1e-6)(L.Dense(6)(x))
        x = L.LayerNormalization(axis=[1, 2, 3])(x)
        x = L.GroupNormalization(groups=3)(x)
        x = L.GroupNormalization(groups=-1, center=False)(x)
        return L.UnitNormalization()(x)
    return functional((9, 8, 3), body)


@model()
def activations():
    names = ["relu", "relu6", "elu", "selu", "softplus", "softsign", "swish", "gelu", "hard_sigmoid", "tanh",
             "sigmoid", "exponential", "linear", "softmax"]
    if K3:
        names += ["leaky_relu", "mish", "celu", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink",
                  "squareplus", "sparse_plus", "sparse_sigmoid", "log_sigmoid", "log_softmax"]

    def body(x):
        parts = [L.Conv2D(2, 1, activation=name)(x) for name in names]
        parts += [L.LeakyReLU()(x), L.ELU(.7)(x), L.PReLU()(x), L.PReLU(shared_axes=[1, 2])(x),
                  L.ReLU(max_value=.3, negative_slope=.1, threshold=.05)(x), L.ReLU(negative_slope=.2, max_value=.5)(x),
                  L.Softmax(axis=-1)(x), L.Activation(L.LeakyReLU() if not K3 else "silu")(x)]
        return L.concatenate(parts)
    return functional((6, 5, 3), body)


@model()
def shapes():
    def body(x):
        x = L.ZeroPadding2D(((1, 2), (0, 3)))(x)
        x = L.Cropping2D(((2, 0), (1, 1)))(x)
        x = L.UpSampling2D((2, 3))(x)
        x = L.UpSampling2D(2, interpolation="bilinear")(x)
        x = L.Conv2D(4, 3, strides=2, activation="relu")(x)
        x = L.Permute((2, 1, 3))(x)
        x = L.Reshape((-1, 2))(x)
        x = L.Permute((2, 1))(x)
        return L.Dense(5)(L.Flatten()(x))
    return functional((6, 5, 3), body, head=False)


@model()
def upsampled():
    def body(x):
        x = L.UpSampling2D((2, 3), interpolation="bilinear")(L.Conv2D(4, 3, strides=2)(x))
        # The torch backend has another cubic kernel than TensorFlow and JAX.
        return L.UpSampling2D(2, interpolation="nearest" if K3 else "bicubic")(L.UpSampling2D((1, 2))(x))
    return functional((12, 10, 3), body)


FIRST = dict(data_format="channels_first")


@model(only=3)
def channels_first():
    """Feature maps as (channels, rows, columns), with layers that depend on the order of axes among them."""
    i = L.Input((3, 12, 10))
    x = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False, **FIRST)(i)
    x = L.ReLU(6.)(L.BatchNormalization(axis=1)(x))
    y = L.SeparableConv2D(4, 3, padding="same", activation="softmax", **FIRST)(L.UnitNormalization(axis=1)(x))
    x = L.Concatenate(axis=1)([x, y, L.PReLU()(x), L.Dense(5, activation="relu")(x)])
    x = L.ZeroPadding2D(((1, 0), (0, 2)), **FIRST)(L.UpSampling2D((2, 1), **FIRST)(x))
    x = L.AveragePooling2D(2, **FIRST)(L.Cropping2D(((0, 1), (1, 0)), **FIRST)(x))
    g = L.GlobalAveragePooling2D(keepdims=True, **FIRST)(x)
    x = L.Multiply()([x, L.Conv2D(16, 1, activation="sigmoid", **FIRST)(g)])
    a = L.Flatten(**FIRST)(L.MaxPooling2D(2, **FIRST)(x))
    b = L.Flatten()(L.Permute((3, 1, 2))(x))
    return keras.Model(i, L.Dense(5)(L.Concatenate()([a, b])))


@model(only=3)
def channels_first_order():
    """Weights and numbers of several axes, in the order (channels, rows, columns), all of the same size."""
    i = L.Input((3, 6, 6))
    x = L.LayerNormalization(axis=[1, 2, 3])(L.Conv2D(4, 3, **FIRST)(i))
    x = L.Rescaling([[.5, 1., 2., 1.5]])(x)
    return keras.Model(i, L.Dense(5)(L.GlobalAveragePooling2D(**FIRST)(L.MaxPooling2D(2, **FIRST)(x))))


@model(only=3)
def channels_first_steps():
    """Values (channels, steps), whose layers turn them, and Flatten, which does as well."""
    i = L.Input((9, 8, 3))
    x = L.Permute((2, 1))(L.Reshape((-1, 4))(L.Conv2D(4, 3, strides=2, activation="relu")(i)))
    x = L.MaxPooling1D(2, **FIRST)(L.Conv1D(5, 3, padding="same", activation="relu", **FIRST)(x))
    return keras.Model(i, L.Dense(4)(L.Flatten(**FIRST)(L.Dropout(.5)(x))))


@model(only=3)
def channels_first_inside():
    """The image has its channels last; Permute turns it."""
    i = L.Input((9, 8, 3))
    x = L.Conv2D(4, 3, activation="glu", **FIRST)(L.Permute((3, 1, 2))(i))
    x = L.MaxPooling2D(2, **FIRST)(L.Dropout(.5)(L.GroupNormalization(2, axis=1)(L.Conv2D(4, 2, **FIRST)(x))))
    return keras.Model(i, L.Dense(4, activation="softmax")(L.GlobalAveragePooling2D(**FIRST)(x)))


@model()
def other_axes():
    """Norms along other axes than the channels, and resizing that keeps the aspect ratio."""
    def body(x):
        x = L.Resizing(9, 8, crop_to_aspect_ratio=True)(x)
        x = L.Conv2D(4, 3, activation="tanh")(x)
        x = L.BatchNormalization(axis=2, scale=False)(L.BatchNormalization(axis=1)(x))
        x = L.GroupNormalization(2, axis=1, scale=False)(L.Conv2D(4, 2)(x))
        if K3:   # whose torch backend fails at LayerNormalization along these axes
            return L.Resizing(6, 12, pad_to_aspect_ratio=True, fill_value=.5)(L.RMSNormalization()(x))
        return L.LayerNormalization(axis=[1, 2])(L.LayerNormalization(axis=1)(x))
    return functional((12, 16, 3), body)


@model(low=0, high=255)
def resizing():
    return functional((12, 10, 3), lambda x: L.Conv2D(4, 3, activation="relu")(
        L.Rescaling(1 / 255)(L.Resizing(9, 16)(x))))


@model()
def joins():
    def body(x):
        p = [L.Conv2D(3, 3, padding="same", activation=f)(x) for f in ("relu", "tanh", "elu", "sigmoid")]
        g = L.GlobalAveragePooling2D()(x)
        x = L.concatenate([L.average(p[:3]), L.maximum(p[1:]), L.subtract(p[2:]), L.multiply(p), L.minimum(p[:2])])
        x = L.concatenate([x, x], axis=1)
        return L.multiply([L.Dense(15)(g), x])
    return functional((8, 7, 3), body)


@model()
def training_only():
    layers = [L.GaussianNoise(.1), L.SpatialDropout2D(.2), L.GaussianDropout(.1), L.Dropout(.4), L.AlphaDropout(.1),
              L.ActivityRegularization(.1), L.RandomZoom(.1), L.RandomContrast(.1)]
    return keras.Sequential([L.InputLayer((8, 8, 3)), L.Conv2D(3, 3, activation="relu")] + layers
                            + [L.GlobalAveragePooling2D(), L.Dense(4, activation="softmax")])


@model()
def attention():
    def body(x):
        x = L.Conv2D(6, 4, strides=4)(x)
        x = L.Reshape((-1, 6))(x)
        x = L.add([x, L.MultiHeadAttention(2, 3)(L.LayerNormalization()(x), x)])
        x = L.MultiHeadAttention(2, 2, value_dim=4, use_bias=False)(x, x, x)
        return L.Dense(4, activation="softmax")(L.Flatten()(x))
    return functional((12, 8, 3), body, head=False)


@model()
def masked_attention():
    """Causal masks, attention along one axis of a map, without projections, and with fewer keys than queries."""
    def body(x):
        x = L.Conv2D(4, 4, strides=4)(x)
        x = L.add([x, L.MultiHeadAttention(2, 2, attention_axes=2)(x, x)])
        x = L.Reshape((-1, 4))(x)
        x = L.MultiHeadAttention(2, 3, output_shape=6)(x, x, use_causal_mask=True)
        x = L.Attention(use_scale=True)([x, L.Dense(6)(x)], use_causal_mask=True)
        x = L.Attention(use_scale=True, score_mode="concat")([x, L.Dense(6)(x)])
        x = L.AdditiveAttention()([x, L.Dense(6)(x), x])
        if K3:
            x = L.GroupQueryAttention(2, 4, 2)(x, x)
        return L.Dense(4, activation="softmax")(L.GlobalAveragePooling1D()(x))
    return functional((12, 8, 3), body, head=False)


@model()
def sequences():
    """Layers along one axis, wrappers, and a batch norm of tokens."""
    def body(x):
        x = L.Reshape((-1, 6))(L.Conv2D(6, 2, strides=2)(x))
        x = L.BatchNormalization()(L.Conv1D(4, 3, dilation_rate=2, padding="causal", activation="relu")(x))
        x = L.Conv1D(4, 2, strides=2, padding="same", use_bias=False)(L.ZeroPadding1D((1, 2))(x))
        x = L.SeparableConv1D(6, 3, depth_multiplier=2, activation="tanh")(L.UpSampling1D(2)(x))
        x = L.DepthwiseConv1D(2, depth_multiplier=2)(L.MaxPooling1D(2, strides=1, padding="same")(x))
        x = L.AveragePooling1D(2)(L.Conv1DTranspose(4, 3, strides=2, padding="same")(L.Cropping1D((1, 0))(x)))
        x = L.SpectralNormalization(L.Dense(4))(L.TimeDistributed(L.Dense(4, activation="elu"))(x))
        x = L.EinsumDense("...x,xy->...y", 6, bias_axes="y", activation="relu")(x)
        x = L.EinsumDense("abc,cde->abde", (None, 3, 2), bias_axes="e")(x)
        x = L.CenterCrop(8, 2)(L.Conv2D(4, 2, activation="relu")(x))
        g = L.RepeatVector(3)(L.GlobalMaxPooling2D()(x))
        return L.Dense(4)(L.concatenate([L.Flatten()(g), L.GlobalAveragePooling1D()(L.Reshape((-1, 4))(x))]))
    return functional((10, 8, 3), body, head=False)


@model()
def tensor_functions():
    """Functions on tensors that are no layers."""
    def body(x):
        x = L.Conv2D(4, 3, activation="relu")(x)
        if K3:
            o = keras.ops
            mean, reshape, swap, square = o.mean, o.reshape, lambda t: o.swapaxes(t, 1, 2), o.square
            top = lambda t: o.max(t, axis=-1, keepdims=True)
            product, exp = o.matmul, o.exp
        else:
            mean, reshape, swap, square = tf.reduce_mean, tf.reshape, lambda t: tf.transpose(t, (0, 2, 1, 3)), tf.square
            top = lambda t: tf.reduce_max(t, axis=-1, keepdims=True)
            product, exp = tf.matmul, tf.exp
        x = swap(x[:, 1:, ::2]) * 1.5
        x = square(x) + top(x) - exp(-x)
        y = reshape(x, (-1, 20, 4))
        z = product(y, reshape(y, (-1, 4, 20)))
        return L.Dense(4)(L.concatenate([mean(x, axis=(1, 2)), y[:, 3], mean(z, axis=1)]))
    return functional((8, 9, 3), body, head=False)


@model(low=0, high=255)
def arithmetic():
    """Operators on tensors, as keras.applications' preprocess_input writes them."""
    def body(x):
        x = x / 127.5
        x = x - 1.
        y = L.Conv2D(4, 3, activation="relu")(x)
        return 2. * y + (1. - y) * y
    return functional((8, 8, 3), body)


@model(ending="h5", low=0, high=255)
def caffe_inside():
    """Blue first and less Caffe's means, in the graph."""
    return functional((8, 8, 3), lambda x: L.Conv2D(4, 3, activation="relu")(
        keras.applications.resnet.preprocess_input(x)))


@model(ending="h5", only=2)
def keras1():
    return keras.Sequential([L.InputLayer((10, 9, 2)), L.Conv2D(3, (3, 2), strides=2, padding="same", activation="relu",
                                                                name="convolution2d_1"),
                             L.BatchNormalization(name="batchnormalization_1"),
                             L.AveragePooling2D(2, strides=1, name="averagepooling2d_1"), L.Dropout(.5, name="dropout_1"),
                             L.Flatten(name="flatten_1"), L.Dense(4, activation="softmax", name="dense_1")])


@model(ending="h5", only=2)
def keras1_functional():
    image = L.Input((9, 8, 3), name="input_1")
    x = L.concatenate([L.Conv2D(4, 3, padding="same", name="convolution2d_1")(image),
                       L.Conv2D(4, 1, name="convolution2d_2")(image)], name="merge_1")
    x = L.Conv2DTranspose(3, 3, strides=2, padding="same", name="deconvolution2d_1")(x)
    return keras.Model(image, L.Dense(4, name="dense_1")(L.Flatten(name="flatten_1")(x)))


def keras1_graph():
    """Returns what Keras 1.2 writes for the model above."""
    def layer(kind, name, inputs, **config):
        return dict(class_name=kind, name=name, config=dict(name=name, trainable=True, **config),
                    inbound_nodes=[[[each, 0, 0] for each in inputs]] if inputs else [])
    conv = dict(border_mode="same", dim_ordering="tf", bias=True, activation="linear", init="glorot_uniform",
                W_regularizer=None, b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None)
    layers = [
        layer("InputLayer", "input_1", [], batch_input_shape=[None, 9, 8, 3], input_dtype="float32", sparse=False),
        layer("Convolution2D", "convolution2d_1", ["input_1"], nb_filter=4, nb_row=3, nb_col=3, subsample=[1, 1],
              **conv),
        layer("Convolution2D", "convolution2d_2", ["input_1"], nb_filter=4, nb_row=1, nb_col=1, subsample=[1, 1],
              **conv),
        layer("Merge", "merge_1", ["convolution2d_1", "convolution2d_2"], mode="concat", concat_axis=-1, dot_axes=-1,
              output_shape=None, output_shape_type="raw", output_mask=None, output_mask_type="raw", arguments={},
              mode_type="raw"),
        layer("Deconvolution2D", "deconvolution2d_1", ["merge_1"], nb_filter=3, nb_row=3, nb_col=3, subsample=[2, 2],
              output_shape=[None, 18, 16, 3], **conv),
        layer("Flatten", "flatten_1", ["deconvolution2d_1"]),
        layer("Dense", "dense_1", ["flatten_1"], output_dim=4, bias=True, activation="linear", input_dim=None)]
    return dict(class_name="Model", config=dict(name="model_1", layers=layers, input_layers=[["input_1", 0, 0]],
                                                output_layers=[["dense_1", 0, 0]]))


# What Keras 1.2 writes for the layers of the first model.
KERAS1 = [
    ["Convolution2D", dict(name="convolution2d_1", batch_input_shape=[None, 10, 9, 2], nb_filter=3, nb_row=3, nb_col=2,
                           subsample=[2, 2], border_mode="same", dim_ordering="tf", bias=True, activation="relu")],
    ["BatchNormalization", dict(name="batchnormalization_1", axis=-1, mode=0, epsilon=.001, momentum=.99)],
    ["AveragePooling2D", dict(name="averagepooling2d_1", pool_size=[2, 2], strides=[1, 1], border_mode="valid",
                              dim_ordering="tf")],
    ["Dropout", dict(name="dropout_1", p=.5)],
    ["Flatten", dict(name="flatten_1")],
    ["Dense", dict(name="dense_1", output_dim=4, bias=True, activation="softmax", input_dim=None)]]


def as_keras1(name, path):
    """Writes the configuration as Keras 1.2 does."""
    with h5py.File(path, "r+") as f:
        layers = [dict(class_name=kind, config=config) for kind, config in KERAS1]
        config = dict(class_name="Sequential", config=layers) if name == "keras1" else keras1_graph()
        f.attrs["model_config"] = json.dumps(config).encode()
        f.attrs["keras_version"] = f["model_weights"].attrs["keras_version"] = b"1.2.2"


def randomise(m, rng, steps):
    for layer in m.layers:
        if hasattr(layer, "layers"):
            randomise(layer, rng, steps)
            continue
        weights = []
        for variable in layer.weights:
            name, shape = variable.name.split("/")[-1].split(":")[0], tuple(variable.shape)
            if name in ("gamma", "moving_variance", "alpha"):
                w = rng.uniform(.5, 1.5, shape)
            elif len(shape) < 2:
                w = rng.normal(0, .1, shape)
            else:
                fan = shape[0] * shape[1] * (1 if "depthwise" in layer.name.lower() or "depthwise" in name
                                             or type(layer).__name__ == "DepthwiseConv2D" else shape[2]) \
                    if len(shape) == 4 else np.prod(shape[:-1])
                w = rng.normal(0, 1.4 / np.sqrt(fan), shape)
            weights.append(np.round(w * steps) / steps)
        kinds = [v.dtype if isinstance(v.dtype, str) else v.dtype.name for v in layer.weights]
        if weights and not any("int" in kind for kind in kinds):
            layer.set_weights(weights)


def finalize(m):
    for layer in m.layers:
        if hasattr(layer, "layers"):
            finalize(layer)
        elif type(layer).__name__ == "Normalization":
            layer.finalize_state()


def to_logits(m):
    last = m.layers[-1]
    if type(last).__name__ == "Softmax":
        return keras.Model(m.inputs, m.layers[-2].output)
    if getattr(last, "activation", None) is not None and last.activation.__name__ in ("softmax", "sigmoid"):
        last.activation = keras.activations.linear
    return m


def run(m, x):
    if K3:
        t = torch.tensor(x[None], dtype=torch.float64, requires_grad=True)
        y = m(t, training=False)[0]
        k = int(y.argmax())
        y[k].backward()
        return y.detach().numpy(), k, t.grad[0].numpy()
    t = tf.constant(x[None])
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = m(t, training=False)[0]
        k = int(np.argmax(y))
        s = y[k]
    return y.numpy(), k, tape.gradient(s, t)[0].numpy()


def packed(path):
    """Packs an archive again with deflate; Keras stores its members as they are."""
    with zipfile.ZipFile(path) as old:
        members = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name, content in members:
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def main(out, names):
    os.makedirs(out, exist_ok=True)
    for k, name in enumerate(MODELS):
        if names and name not in names:
            continue
        build, ending, low, high = MODELS[name]
        file = os.path.join(out, name.rstrip("_") + ("" if K3 else "_k2"))
        keras.backend.clear_session()
        keras.utils.set_random_seed(k)
        rng = np.random.RandomState(k)
        keras.backend.set_floatx("float32")
        m = build()
        randomise(m, rng, 4 if name == "densenet_" else 8)   # fewer steps pack better
        weights = [np.array(v) for v in m.get_weights()]
        m.save(f"{file}.{ending}")
        if name.startswith("keras1"):
            as_keras1(name, f"{file}.h5")
        if ending == "keras":
            packed(f"{file}.keras")
        keras.backend.clear_session()
        keras.backend.set_floatx("float64")
        d = build()
        d.set_weights([v.astype("f8") if v.dtype.kind == "f" else v for v in weights])
        finalize(d)
        shape = [int(n) for n in d.inputs[0].shape[1:]]
        x = np.float64(np.float32(rng.uniform(low, high, shape)))
        logits, target, gradient = run(to_logits(d), x)
        chw = lambda v: np.float32(v if name in ("channels_first", "channels_first_order") else np.transpose(v.reshape(v.shape if v.ndim == 3 else v.shape + (1,)), (2, 0, 1)))
        np.savez_compressed(f"{file}.npz", x=chw(x), logits=np.float32(logits).ravel(), gradient=chw(gradient),
                            target=np.int32(target))
        print(f"{file}.{ending}: {os.path.getsize(file + '.' + ending) // 1024} KB, logits {logits.ravel()[:3]}, "
              f"gradient {np.abs(gradient).max():.2g}", flush=True)


main(sys.argv[1], sys.argv[2:])
