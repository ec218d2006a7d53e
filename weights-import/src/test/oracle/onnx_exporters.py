"""Writes one small network through other writers of ONNX files, as onnx_families.py does through PyTorch's exporters:
    KERAS_BACKEND=torch python3 onnx_exporters.py ../resources/families [NAME...]
    (torch 2.15, onnx 1.23, onnxruntime 1.32, onnxsim 0.8, keras 3.15)
The answers are PyTorch's in float64, of float16 and bfloat16 graphs with the weights so rounded. Of quantised graphs
they are ONNX Runtime's logits without fusions, `step` is the step of their last scale, and there is no gradient."""
import contextlib, io, os, sys, tempfile
import numpy as np
import onnx
import torch
from torch import nn
import onnx_families as families

CLASSES = families.CLASSES


def small():
    """A network with convolutions, batch norm, a gate, a residual sum and an average."""
    import torchvision
    torch.manual_seed(5)
    config = torchvision.models.mobilenetv3.InvertedResidualConfig
    blocks = [config(8, 3, 16, 8, True, "RE", 1, 1, 1), config(8, 3, 24, 12, True, "HS", 2, 1, 1)]
    return families.prepare(torchvision.models.MobileNetV3(blocks, 24, num_classes=CLASSES).eval(), torch.Generator().manual_seed(5))


def plain():
    """A network without gates, as quantisers know it."""
    torch.manual_seed(6)
    layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, 1, 1), nn.ReLU(),
              nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, CLASSES)]
    return families.prepare(nn.Sequential(*layers).eval(), torch.Generator().manual_seed(6))


def without_norms():
    """A network that exporters cannot fold, which would round the weights once more."""
    torch.manual_seed(7)
    layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.GELU(), nn.Conv2d(8, 12, 3, 1, 1), nn.SiLU(), nn.AvgPool2d(2), nn.Conv2d(12, 12, 3, 1, 1, groups=12),
              nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, CLASSES)]
    return nn.Sequential(*layers).eval()


class Early(nn.Module):
    """Operators whose settings were attributes in early operator sets: Clip, Pad, Slice, Split, Squeeze, ReduceMean."""
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8)
        self.second, self.third = nn.Conv2d(8, 12, 3), nn.Conv2d(6, 10, 1)
        self.last = nn.Linear(10, CLASSES)

    def forward(self, x):
        y = nn.functional.relu6(self.norm(self.first(x)))
        y = nn.functional.pad(y, (1, 2, 0, 1))
        y = self.second(nn.functional.dropout(y, 0.5, self.training))[:, :, 1:-1, ::1]
        a, b = y.chunk(2, 1)
        y = self.third(torch.nn.functional.elu(a) * torch.sigmoid(b))
        y = nn.functional.leaky_relu(y, 0.1)
        gate = y.mean(3).unsqueeze(3).clamp(-0.1, 0.1)
        y = torch.cat([y * gate, nn.functional.max_pool2d(y, 3, 1, 1)], 2)
        return self.last(y.mean((2, 3), keepdim=True).squeeze(3).squeeze(2))


def early():
    torch.manual_seed(8)
    return families.prepare(Early().eval(), torch.Generator().manual_seed(8))


def exported(model, x, **settings):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(model, (x,), path, **{"dynamo": False, **settings})
        return onnx.load(path)


def answers(model, x):
    """Image, logits and gradient in float64; an image on which no ReLU of float32 decides otherwise."""
    logits, slope = families.gradient(model.double(), x.double())
    return {"input": x[0].float().numpy(), "logits": logits[0].detach().numpy(), "gradient": slope[0].numpy()}


def image(seed=0):
    return torch.round(torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 4) / 4


def onnxsim():
    import onnxsim as simplifier
    model, x = small(), image()
    simplified, checked = simplifier.simplify(exported(model, x))
    assert checked
    return simplified, answers(model, x)


def ort_basic():
    import onnxruntime as ort
    model, x = small(), image()
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = os.path.join(folder, "optimised.onnx")
        ort.InferenceSession(exported(model, x).SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath), answers(model, x)


def opset(version, **settings):
    def made():
        model, x = plain(), image()
        return exported(model, x, opset_version=version, **settings), answers(model, x)
    return made


def oldest(version):
    """Norms stay nodes, and weights are inputs of the graph, as in those days."""
    def made():
        model, x = early(), image()
        return exported(model, x, opset_version=version, training=torch.onnx.TrainingMode.PRESERVE), answers(model, x)
    return made


def converted(version):
    def made():
        model, x = small(), image()
        return onnx.version_converter.convert_version(exported(model, x, opset_version=18), version), answers(model, x)
    return made


def half(kind, dynamo):
    def made():
        model, x = without_norms().to(kind), image()
        graph = exported(model, x.to(kind), dynamo=dynamo)
        return graph, answers(model, x)
    return made


def qdq(activations, weights, per_channel):
    def made():
        import onnxruntime as ort
        from onnxruntime import quantization as q
        model, x = plain(), image()
        images = [image(seed).numpy() for seed in range(8)]
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            source, result = os.path.join(folder, "a.onnx"), os.path.join(folder, "b.onnx")
            onnx.save(exported(model, x, opset_version=17), source)
            name = onnx.load(source).graph.input[0].name

            class Images(q.CalibrationDataReader):
                left = iter(images)

                def get_next(self):
                    found = next(self.left, None)
                    return None if found is None else {name: found}

            q.quantize_static(source, result, Images(), quant_format=q.QuantFormat.QDQ, per_channel=per_channel,
                              activation_type=activations, weight_type=weights)
            graph = onnx.load(result)
            options = ort.SessionOptions()
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
            logits = ort.InferenceSession(result, options, providers=["CPUExecutionProvider"]).run(None, {name: x.numpy()})[0][0]
        last = [n for n in graph.graph.node if n.op_type == "DequantizeLinear"][-1].input[1]
        step = [onnx.numpy_helper.to_array(t) for t in graph.graph.initializer if t.name == last][0]
        return graph, {"input": x[0].numpy(), "logits": logits, "step": np.array([step]).reshape(1)}
    return made


def keras_export():
    import keras
    from keras import layers as l
    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3))
    y = l.BatchNormalization()(l.Conv2D(8, 3, strides=2, padding="same")(inputs))
    y = l.Activation("swish")(y)
    y = l.Add()([y, l.DepthwiseConv2D(3, padding="same")(y)])
    y = l.MaxPooling2D()(y)
    y = l.Conv2D(12, 3, activation="relu")(y)
    model = keras.Model(inputs, l.Dense(CLASSES)(l.GlobalAveragePooling2D()(y)))
    x = image()
    model(x.permute(0, 2, 3, 1).contiguous())
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        model.export(os.path.join(folder, "model.onnx"), format="onnx")
        graph = onnx.load(os.path.join(folder, "model.onnx"))
    keras.config.set_floatx("float64")   # a copy of the model in float64
    double = keras.models.clone_model(model, clone_function=lambda layer: type(layer).from_config(dict(layer.get_config(), dtype="float64")))
    double.set_weights(model.get_weights())
    flat = x.double().permute(0, 2, 3, 1).contiguous().requires_grad_(True)
    logits = double(flat)
    slope, = torch.autograd.grad(logits[0, logits.argmax()], flat)
    return graph, {"input": x[0].numpy(), "logits": logits[0].detach().numpy(), "gradient": slope[0].permute(2, 0, 1).numpy()}


def quantised(*types, **settings):
    from onnxruntime.quantization import QuantType
    return qdq(*(QuantType[t] for t in types), **settings)


WRITERS = {
    "onnxsim": onnxsim,
    "ort_basic": ort_basic,
    "opset_7.old": oldest(7),
    "opset_8.old": oldest(8),
    "opset_9.old": opset(9),
    "opset_28": converted(28),
    "float16": half(torch.float16, False),
    "float16.dynamo": half(torch.float16, True),
    "bfloat16": half(torch.bfloat16, True),
    "qdq_uint8": quantised("QUInt8", "QUInt8", per_channel=False),
    "qdq_int8_channels": quantised("QInt8", "QInt8", per_channel=True),
    "keras_export": keras_export,
}

if __name__ == "__main__":
    for name, write in WRITERS.items():
        if not sys.argv[2:] or name in sys.argv[2:]:
            try:
                graph, tensors = write()
                graph.doc_string = ""
                del graph.graph.value_info[:]
                for node in graph.graph.node:
                    node.doc_string = ""
                    del node.metadata_props[:]
                families.pack(name, graph.SerializeToString(), tensors)
            except Exception as e:
                print(name, "FAILED", type(e).__name__, str(e)[:300].replace("\n", " "), flush=True)
