#!/usr/bin/env python3
"""Writes random Keras models with the answers of Keras in float64, as keras_models.py does for chosen ones.

    KERAS_BACKEND=torch python keras_random.py OUT FIRST LAST

Seeds FIRST to LAST each give a model: layers with random options, nested models, layers called several times, joins.
What Keras itself refuses is skipped. `KerasAgreement OUT` compares.
"""
import os, random, sys
os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

arguments, sys.argv = sys.argv, [sys.argv[0], os.devnull, "none"]
os.makedirs = (lambda real: lambda path, **more: None if path == os.devnull else real(path, **more))(os.makedirs)
import keras_models as fixed
import keras
from keras import layers as L

K3 = fixed.K3
ACTIVATIONS = ["relu", "relu6", "elu", "selu", "softplus", "softsign", "swish", "gelu", "hard_sigmoid", "tanh", "sigmoid",
               "exponential", "linear", None, "softmax"]
if K3:
    ACTIVATIONS += ["leaky_relu", "mish", "celu", "hard_silu", "hard_tanh", "soft_shrink", "tanh_shrink", "squareplus",
                    "sparse_plus", "sparse_sigmoid", "log_sigmoid", "log_softmax", "glu"]
PADDING = ["same", "valid"]


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.made = []

    def act(self):
        return self.r.choice(ACTIVATIONS)

    def pair(self, low, high):
        a = self.r.randint(low, high)
        return a if self.r.random() < .5 else (a, self.r.randint(low, high))

    def flag(self):
        return self.r.random() < .5

    def map_layer(self, channels):
        r = self.r
        same = r.choice(PADDING)
        stride = self.pair(1, 3)
        dilation = 1 if stride not in (1, (1, 1)) else self.pair(1, 2)
        size = self.pair(1, 4)
        deconv = dict(strides=stride, padding=same, use_bias=self.flag(), activation=self.act())
        kinds = [
            lambda: L.Conv2D(r.choice([2, 4, 6]), size, strides=stride, padding=same, dilation_rate=dilation,
                             groups=2 if channels % 2 == 0 and K3 and self.flag() else 1, activation=self.act(),
                             use_bias=self.flag()),
            lambda: L.DepthwiseConv2D(size, strides=stride if isinstance(stride, int) else stride[0], padding=same,
                                      depth_multiplier=r.randint(1, 3), dilation_rate=1, activation=self.act(),
                                      use_bias=self.flag()),
            lambda: L.SeparableConv2D(4, size, strides=stride if isinstance(stride, int) else stride[0], padding=same,
                                      depth_multiplier=r.randint(1, 2), activation=self.act(), use_bias=self.flag()),
            lambda: L.Conv2DTranspose(4, size, **deconv),
            lambda: L.Dense(r.randint(2, 5), activation=self.act(), use_bias=self.flag()),
            lambda: L.MaxPooling2D(self.pair(1, 3), strides=r.choice([None, stride]), padding=same),
            lambda: L.AveragePooling2D(self.pair(1, 3), strides=r.choice([None, stride]),
                                       padding="valid" if K3 else same),
            lambda: L.ZeroPadding2D(((r.randint(0, 2), r.randint(0, 2)), (r.randint(0, 2), r.randint(0, 2)))),
            lambda: L.ZeroPadding2D(self.pair(0, 2)),
            lambda: L.Cropping2D(((r.randint(0, 1), r.randint(0, 1)), (r.randint(0, 1), r.randint(0, 1)))),
            lambda: L.UpSampling2D(self.pair(1, 2)),
            lambda: L.UpSampling2D(self.pair(1, 3), interpolation="bilinear"),
            lambda: L.Resizing(r.randint(3, 9), r.randint(3, 9), interpolation=r.choice(["bilinear", "nearest"]),
                               crop_to_aspect_ratio=self.flag()),
            lambda: L.CenterCrop(r.randint(2, 6), r.randint(2, 6)),
            lambda: L.SpatialDropout2D(.3),
            lambda: L.GlobalAveragePooling2D(keepdims=self.flag()),
            lambda: L.GlobalMaxPooling2D(keepdims=self.flag()),
            lambda: L.PReLU(shared_axes=r.choice([None, [1, 2], [1], [2, 3]])),
            lambda: L.BatchNormalization(axis=r.choice([-1, 3, 1, 2]), center=self.flag(), scale=self.flag()),
            lambda: L.Permute((2, 1, 3)), lambda: L.Permute((3, 1, 2)),
            lambda: L.Reshape((-1, channels)), lambda: L.Flatten(),
        ]
        return r.choice(kinds)()

    def token_layer(self, channels):
        r = self.r
        same = r.choice(PADDING + ["causal"])
        kinds = [
            lambda: L.Conv1D(r.choice([2, 4]), r.randint(1, 3), strides=r.randint(1, 2), padding=same,
                             activation=self.act(), use_bias=self.flag()),
            lambda: L.Conv1D(r.choice([2, 4]), r.randint(1, 3), dilation_rate=2, padding=same, use_bias=self.flag()),
            lambda: L.SeparableConv1D(4, r.randint(1, 3), padding=r.choice(PADDING), activation=self.act(),
                                      depth_multiplier=r.randint(1, 2)),
            lambda: L.DepthwiseConv1D(r.randint(1, 3), padding=r.choice(PADDING), depth_multiplier=r.randint(1, 2)),
            lambda: L.Conv1DTranspose(3, r.randint(1, 3), strides=r.randint(1, 2), padding=r.choice(PADDING)),
            lambda: L.MaxPooling1D(2, strides=r.choice([None, 1]), padding=r.choice(PADDING)),
            lambda: L.AveragePooling1D(2, strides=r.choice([None, 1])),
            lambda: L.GlobalAveragePooling1D(keepdims=self.flag()), lambda: L.GlobalMaxPooling1D(),
            lambda: L.ZeroPadding1D((r.randint(0, 2), 1)), lambda: L.Cropping1D((1, 0)), lambda: L.UpSampling1D(2),
            lambda: L.SpatialDropout1D(.2), lambda: L.Permute((2, 1)), lambda: L.Flatten(),
            lambda: L.Dense(r.randint(2, 5), activation=self.act()),
            lambda: L.TimeDistributed(L.Dense(3, activation=self.act())),
            lambda: L.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"),
            lambda: L.BatchNormalization(), lambda: L.BatchNormalization(axis=1),
        ]
        return r.choice(kinds)()

    def any_layer(self, channels):
        r = self.r
        kinds = [
            lambda: L.BatchNormalization(center=self.flag(), scale=self.flag(), epsilon=r.choice([1e-3, 1e-2])),
            lambda: L.LayerNormalization(epsilon=r.choice([1e-3, 1e-2]), center=self.flag(), scale=self.flag()),
            lambda: L.GroupNormalization(r.choice([1, -1]), center=self.flag(), scale=self.flag()),
            lambda: L.UnitNormalization(), lambda: L.Rescaling(r.uniform(.5, 2), r.uniform(-1, 1)),
            lambda: L.Activation(self.act() or "relu"), lambda: L.LeakyReLU(), lambda: L.ELU(r.uniform(.5, 2)),
            lambda: L.ReLU(r.choice([None, 1., 6.]), negative_slope=r.choice([0., .1]), threshold=r.choice([0., .2])),
            lambda: L.PReLU(), lambda: L.Softmax(axis=r.choice([-1, 1])), lambda: L.Dropout(.5),
            lambda: L.GaussianNoise(.1), lambda: L.Dense(4, activation=self.act()),
            lambda: L.Rescaling([r.uniform(.5, 2) for _ in range(channels)], offset=.5),
        ]
        if K3:
            kinds += [lambda: L.RMSNormalization(), lambda: L.SpectralNormalization(L.Dense(4))]
        return r.choice(kinds)()

    def attention(self, x):
        r = self.r
        width = int(x.shape[-1])
        y = self.layer(L.Dense(width))(x)
        kind = r.choice(["multi", "multi", "axes", "dot", "additive", "group" if K3 else "dot"])
        if kind == "multi":
            causal = self.flag() and len(x.shape) == 3
            return L.MultiHeadAttention(r.randint(1, 2), r.randint(1, 3), value_dim=r.choice([None, 2]),
                                        use_bias=self.flag(), output_shape=r.choice([None, 3]))(
                x, y, **(dict(use_causal_mask=True) if causal else {}))
        if kind == "axes":
            return L.MultiHeadAttention(2, 2, attention_axes=r.choice([None, 1, (1,)]))(x, x)
        if kind == "group":
            return L.GroupQueryAttention(2, 4, r.choice([1, 2, 4]))(x, y)
        if kind == "additive":
            return L.AdditiveAttention(use_scale=self.flag())([x, y])
        more = dict(score_mode=r.choice(["dot", "concat"])) if r.random() < .3 else {}
        return L.Attention(use_scale=self.flag(), **more)([x, y], **(dict(use_causal_mask=True) if self.flag() else {}))

    def layer(self, made):
        self.made.append(made)
        return made

    def arithmetic(self, x):
        r = self.r
        c = r.uniform(.5, 2)
        functions = [lambda: x * c, lambda: c - x, lambda: x / c, lambda: x + c, lambda: -x, lambda: x - c,
                     lambda: x * x, lambda: x + x, lambda: x ** 2, lambda: x[..., ::-1], lambda: x[:, 1:],
                     lambda: x[:, 0], lambda: x[..., :2]]
        if K3:
            o = keras.ops
            functions += [lambda: o.mean(x, axis=1), lambda: o.max(x, axis=-1, keepdims=True), lambda: o.relu(x),
                          lambda: o.sum(x, axis=(1, 2)), lambda: o.transpose(x, (0, 2, 1)), lambda: o.abs(x),
                          lambda: o.square(x), lambda: o.exp(x), lambda: o.sqrt(o.abs(x) + 1.),
                          lambda: o.reshape(x, (-1, int(np.prod([int(n) for n in x.shape[1:]])))),
                          lambda: o.concatenate([x, x * 2], axis=-1), lambda: o.softmax(x, axis=-1),
                          lambda: o.maximum(x, .1), lambda: o.matmul(x, o.swapaxes(x, -1, -2)),
                          lambda: o.expand_dims(x, 1), lambda: o.squeeze(x, 1), lambda: o.nn.gelu(x),
                          lambda: o.clip(x, -.5, .5), lambda: o.tanh(x), lambda: o.split(x, 2, axis=-1)[1]]
        return r.choice(functions)()

    def join(self, x):
        y = x
        for _ in range(self.r.randint(0, 2)):
            y = self.any_layer(int(y.shape[-1]))(y)
        kind = self.r.choice(["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "gate", "Dot"])
        if kind == "gate":
            return L.Multiply()([x, L.Dense(int(x.shape[-1]), activation="sigmoid")(y)])
        if kind == "Concatenate":
            return L.Concatenate(axis=self.r.choice([-1, 1]))([x, y])
        if kind == "Dot":
            return L.Dot(axes=self.r.choice([1, 2, (1, 1)]), normalize=self.flag())([x, y])
        return getattr(L, kind)()([x, y])

    def step(self, x, depth):
        r = self.r
        rank, c = len(x.shape), int(x.shape[-1])
        p = r.random()
        if p < .06 and depth < 2:
            return self.nested(x, depth)
        if p < .12 and self.made:
            return r.choice(self.made)(x)
        if p < .24:
            return self.join(x)
        if p < .31:
            return self.arithmetic(x)
        if p < .42 and rank in (3, 4):
            return self.attention(x)
        if p < .55 or rank == 2:
            if rank == 2 and p > .9:
                return L.Reshape(r.choice([(1, 1, c), (c, 1), (1, c)]))(x) if c > 1 else L.RepeatVector(3)(x)
            return self.layer(self.any_layer(c))(x)
        return self.layer(self.map_layer(c) if rank == 4 else self.token_layer(c))(x)

    def nested(self, x, depth):
        shape = tuple(int(n) for n in x.shape[1:])
        inner = L.Input(shape)
        y = self.steps(inner, self.r.randint(1, 3), depth + 1)
        m = keras.Model(inner, y)
        if self.flag():
            m = keras.Sequential([m, L.Dense(3)])
        z = m(x)
        return L.Concatenate()([z, m(L.Dense(shape[-1])(x))]) if self.flag() else z

    def steps(self, x, count, depth):
        for _ in range(count):
            kept = list(self.made)
            state = self.r.getstate()
            try:
                y = self.step(x, depth)
                size = int(np.prod([int(n) for n in y.shape[1:]]))
                if len(y.shape) < 2 or len(y.shape) > 4 or size > 4000 or size < 1:
                    raise ValueError("shape")
                x = y
            except Exception as e:
                self.made = kept
                self.r.setstate(state)
                self.r.random()
        return x

    def model(self):
        r = self.r
        i = L.Input((r.randint(6, 12), r.randint(6, 12), r.randint(1, 4)))
        x = self.steps(i, r.randint(3, 9), 0)
        if len(x.shape) > 2:
            x = L.Flatten()(x)
        return keras.Model(i, L.Dense(4, activation=r.choice(["softmax", "sigmoid", None]))(x))


def main(out, first, last):
    os.makedirs(out, exist_ok=True)
    for seed in range(first, last + 1):
        ending = "keras" if seed % 3 else "h5"
        file = os.path.join(out, f"r{seed}" + ("" if K3 else "_k2"))
        try:
            built = []
            for floatx in ("float32", "float64"):
                keras.backend.clear_session()
                keras.backend.set_floatx(floatx)
                keras.utils.set_random_seed(seed)
                built.append(Draw(seed).model())
                if floatx == "float32":
                    rng = np.random.RandomState(seed)
                    fixed.randomise(built[0], rng, 64)
                    built[0].save(f"{file}.{ending}")
                    weights = [np.array(v) for v in built[0].get_weights()]
            d = built[1]
            d.set_weights([v.astype("f8") if v.dtype.kind == "f" else v for v in weights])
            x = np.float64(np.float32(rng.uniform(-1, 1, [int(n) for n in d.inputs[0].shape[1:]])))
            logits, target, gradient = fixed.run(fixed.to_logits(d), x)
            if not (np.isfinite(logits).all() and np.isfinite(gradient).all() and np.abs(gradient).max() > 1e-6):
                raise ValueError("not finite, or flat")
            chw = lambda v: np.float32(np.transpose(v, (2, 0, 1)))
            np.savez_compressed(f"{file}.npz", x=chw(x), logits=np.float32(logits).ravel(), gradient=chw(gradient),
                                target=np.int32(target))
        except Exception as e:
            print(seed, type(e).__name__, str(e)[:150].replace("\n", " "), flush=True)
            if os.path.exists(f"{file}.{ending}"):
                os.remove(f"{file}.{ending}")


main(arguments[1], int(arguments[2]), int(arguments[3]))
