"""Writes the ONNX models of ../resources/onnx and what they compute, by PyTorch in float64 (torch 2.15, onnx 1.23):
    python3 onnx_cases.py ../resources/onnx
Each case is NAME.onnx; expected.safetensors and expected_newer.safetensors hold NAME.x, the input of one picture, and NAME.y."""
import json, os, struct, sys
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
expected = {}
seed = [0]


def rand(*shape):
    seed[0] += 1
    return np.random.default_rng(seed[0]).uniform(-1, 1, shape).astype(np.float32)


def node(op, inputs, output, name="", **attributes):
    return helper.make_node(op, inputs, [output], name=name, **attributes)


def raw(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def typed(name, array, kind):
    """Values in the field of their type in place of raw bytes."""
    if kind in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        half = array.astype(np.float16).view(np.uint16) if kind == TensorProto.FLOAT16 else (array.view(np.uint32) >> 16).astype(np.uint16)
        tensor = TensorProto(name=name, data_type=kind, dims=array.shape)
        tensor.int32_data.extend(int(v) for v in half.ravel())
        return tensor
    return helper.make_tensor(name, kind, array.shape, array.ravel().tolist())


def case(name, opset, x, nodes, tensors, reference, batch=1, dims=None, extra=(), props=None):
    shape = dims or [batch] + list(x.shape)
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)] + list(extra), producer_name="")
    model.ir_version = 3 if opset < 9 else 8
    if props:
        helper.set_model_props(model, props)
    with open(os.path.join(OUT, name + ".onnx"), "wb") as out:
        out.write(model.SerializeToString())
    y = reference(torch.from_numpy(x.astype(np.float64))[None])[0]
    expected[name + ".x"] = x.astype(np.float32)
    expected[name + ".y"] = np.ascontiguousarray(y.numpy().astype(np.float64))


def t(array):
    return torch.from_numpy(np.asarray(array, dtype=np.float64))


# Convolutions.
def conv(name, opset, x, w, b, pads=(0, 0, 0, 0), how=None, groups=1, stride=(1, 1), dilation=(1, 1), **attributes):
    top, left, bottom, right = pads
    attributes = dict(attributes)
    if how is None:
        attributes["pads"] = list(pads)
    else:
        attributes["auto_pad"] = how
    if groups != 1:
        attributes["group"] = groups
    tensors = [raw("w", w)] + ([raw("b", b)] if b is not None else [])
    case(name, opset, x, [node("Conv", ["x", "w"] + (["b"] if b is not None else []), "y", strides=list(stride),
                               dilations=list(dilation), **attributes)], tensors,
         lambda v: F.conv2d(F.pad(v, (left, right, top, bottom)), t(w), None if b is None else t(b), stride, 0, dilation, groups))


conv("conv", 7, rand(3, 7, 6), rand(4, 3, 3, 2), rand(4), (1, 0, 2, 1), kernel_shape=[3, 2])
conv("conv_no_bias", 13, rand(2, 5, 5), rand(3, 2, 1, 1), None)
conv("conv_groups", 11, rand(6, 6, 5), rand(4, 3, 3, 3), rand(4), (1, 1, 1, 1), groups=2, stride=(2, 1))
conv("conv_depthwise", 17, rand(4, 6, 6), rand(8, 1, 3, 3), rand(8), (1, 1, 1, 1), groups=4)
conv("conv_dilated", 21, rand(2, 9, 8), rand(3, 2, 3, 2), rand(3), (2, 0, 1, 3), dilation=(2, 3), stride=(1, 2))
conv("conv_same_upper", 13, rand(2, 7, 6), rand(3, 2, 3, 4), rand(3), (1, 1, 1, 1), how="SAME_UPPER", stride=(2, 2))
conv("conv_same_lower", 13, rand(2, 7, 6), rand(3, 2, 4, 3), rand(3), (2, 1, 1, 0), how="SAME_LOWER", stride=(2, 2))
conv("conv_valid", 8, rand(2, 7, 6), rand(3, 2, 3, 3), rand(3), how="VALID", stride=(2, 2))

# The same convolution with its weights in every form.
x, w, b = rand(2, 5, 5), rand(3, 2, 3, 3), rand(3)


def stored(name, w_tensor, b_tensor, w_used=w, b_used=b):
    case("stored_" + name, 13, x, [node("Conv", ["x", "w", "b"], "y")], [w_tensor, b_tensor], lambda v: F.conv2d(v, t(w_used), t(b_used)))


half_w, half_b = w.astype(np.float16), b.astype(np.float16)
bf = lambda a: ((a.view(np.uint32) >> 16) << 16).view(np.float32)
stored("float_typed", typed("w", w, TensorProto.FLOAT), typed("b", b, TensorProto.FLOAT))
stored("double_raw", raw("w", w.astype(np.float64)), raw("b", b.astype(np.float64)))
stored("double_typed", typed("w", w.astype(np.float64), TensorProto.DOUBLE), typed("b", b.astype(np.float64), TensorProto.DOUBLE))
stored("half_raw", raw("w", half_w), raw("b", half_b), half_w, half_b)
stored("half_typed", typed("w", w, TensorProto.FLOAT16), typed("b", b, TensorProto.FLOAT16), half_w, half_b)
bf_w = TensorProto(name="w", data_type=TensorProto.BFLOAT16, dims=w.shape, raw_data=(w.view(np.uint32) >> 16).astype("<u2").tobytes())
stored("bfloat16_raw", bf_w, typed("b", b, TensorProto.BFLOAT16), bf(w), bf(b))


def external(name, array, offset, length=True):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape, data_location=TensorProto.EXTERNAL)
    entries = {"location": "stored_external.data", "offset": str(offset)}
    if length:
        entries["length"] = str(array.nbytes)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


with open(os.path.join(OUT, "stored_external.data"), "wb") as out:
    out.write(w.tobytes() + b"\0" * 4 + b.tobytes())
stored("external", external("w", w, 0), external("b", b, w.nbytes + 4, False))
constant = lambda name, tensor: helper.make_node("Constant", [], [name], value=tensor)
case("stored_constant", 13, x, [constant("w", raw("", w)), constant("b", raw("", b)), node("Conv", ["x", "w", "b"], "y")], [],
     lambda v: F.conv2d(v, t(w), t(b)))
case("stored_filled", 9, x, [node("ConstantOfShape", ["s"], "w", value=raw("v", np.array([0.25], np.float32))), node("Conv", ["x", "w"], "y")],
     [raw("s", np.array([3, 2, 3, 3]))], lambda v: F.conv2d(v, torch.full((3, 2, 3, 3), 0.25, dtype=torch.float64)))
case("stored_cast", 13, x, [node("Cast", ["x"], "h", to=TensorProto.FLOAT16), node("Cast", ["w"], "w32", to=TensorProto.FLOAT),
                            node("Conv", ["h", "w32"], "c"), node("Cast", ["c"], "y", to=TensorProto.FLOAT)], [raw("w", half_w)],
     lambda v: F.conv2d(v, t(half_w)))

# Activations.
x = 4 * rand(3, 4, 5)
case("relu", 7, x, [node("Relu", ["x"], "y")], [], F.relu)
case("leaky_relu", 16, x, [node("LeakyRelu", ["x"], "y", alpha=0.2)], [], lambda v: F.leaky_relu(v, float(np.float32(0.2))))
case("clip_attributes", 7, 2 * x, [node("Clip", ["x"], "y", min=0.0, max=6.0)], [], F.relu6)
case("clip_inputs", 13, 2 * x, [node("Clip", ["x", "lo", "hi"], "y")], [raw("lo", np.float32(0)), raw("hi", np.float32(6))], F.relu6)
case("clip_open", 12, x, [node("Clip", ["x", "lo"], "y")], [raw("lo", np.float32(0))], F.relu)
case("lrn", 13, 3 * rand(7, 3, 4), [node("LRN", ["x"], "y", size=5, alpha=0.5, beta=0.75, bias=2.0)], [],
     lambda v: F.local_response_norm(v, 5, 0.5, 0.75, 2.0))
case("dropout_7", 7, x, [node("Dropout", ["x"], "y", ratio=0.5)], [], lambda v: v)
case("dropout_13", 13, x, [node("Relu", ["x"], "r"), helper.make_node("Dropout", ["r", "ratio", "training"], ["y", "mask"])],
     [raw("ratio", np.float32(0.5)), raw("training", np.array(False))], F.relu)
case("identity", 14, x, [node("Identity", ["x"], "i"), node("Relu", ["i"], "y")], [], F.relu)


# Pooling.
def pool(name, opset, op, x, reference, **attributes):
    case(name, opset, x, [node(op, ["x"], "y", **attributes)], [], reference)


inf = float("inf")
pool("max_pool", 7, "MaxPool", rand(3, 7, 6), lambda v: F.max_pool2d(v, (3, 2), (2, 1)), kernel_shape=[3, 2], strides=[2, 1])
pool("max_pool_ceil", 10, "MaxPool", rand(3, 8, 8), lambda v: F.max_pool2d(v, 3, 2, ceil_mode=True), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
pool("max_pool_pads", 12, "MaxPool", rand(3, 7, 6) - 2, lambda v: F.max_pool2d(F.pad(v, (0, 1, 1, 2), value=-inf), 3, 2),
     kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 2, 1])
pool("max_pool_dilated", 19, "MaxPool", rand(3, 9, 8), lambda v: F.max_pool2d(v, (3, 2), 1, (1, 0), (2, 3)), kernel_shape=[3, 2],
     dilations=[2, 3], pads=[1, 0, 1, 0])
pool("max_pool_same", 22, "MaxPool", rand(3, 7, 7), lambda v: F.max_pool2d(F.pad(v, (0, 1, 0, 1), value=-inf), 2, 2),
     kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
pool("average_pool", 7, "AveragePool", rand(3, 7, 6), lambda v: F.avg_pool2d(v, 3, 2, 1, count_include_pad=False),
     kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
pool("average_pool_counting", 11, "AveragePool", rand(3, 7, 6), lambda v: F.avg_pool2d(F.pad(v, (0, 1, 1, 2)), 3, 2),
     kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 2, 1], count_include_pad=1)
pool("average_pool_ceil", 10, "AveragePool", rand(3, 8, 7), lambda v: F.avg_pool2d(v, 3, 2, 1, True, True),
     kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)
pool("average_pool_ceil_inside", 19, "AveragePool", rand(3, 8, 7), lambda v: F.avg_pool2d(v, 3, 2, 0, True, False),
     kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
pool("global_average", 7, "GlobalAveragePool", rand(3, 4, 5), lambda v: v.mean((2, 3), keepdim=True))
pool("global_max", 7, "GlobalMaxPool", rand(3, 4, 5), lambda v: v.amax((2, 3), keepdim=True))
pool("reduce_mean", 13, "ReduceMean", rand(3, 4, 5), lambda v: v.mean((2, 3)), axes=[-1, -2], keepdims=0)
case("reduce_mean_18", 18, rand(3, 4, 5), [node("ReduceMean", ["x", "a"], "y")], [raw("a", np.array([2, 3]))], lambda v: v.mean((2, 3), keepdim=True))
case("pad_attributes", 7, rand(2, 3, 4), [node("Pad", ["x"], "y", pads=[0, 0, 1, 2, 0, 0, 0, 3])], [], lambda v: F.pad(v, (2, 3, 1, 0)))
case("pad_inputs", 13, rand(2, 3, 4), [node("Pad", ["x", "p", "v"], "y", mode="constant")],
     [raw("p", np.array([0, 0, 1, 0, 0, 0, 2, 3])), raw("v", np.float32(0))], lambda v: F.pad(v, (0, 3, 1, 2)))
case("pad_axes", 18, rand(2, 3, 4), [node("Pad", ["x", "p", "", "a"], "y")], [raw("p", np.array([1, 2, 3, 4])), raw("a", np.array([3, -2]))],
     lambda v: F.pad(v, (1, 3, 2, 4)))
# As PyTorch writes F.pad: widths from the last axis to the first, turned around.
case("pad_exported", 13, rand(2, 3, 4),
     [node("ConstantOfShape", ["two"], "zeros", value=raw("v", np.array([0]))), node("Concat", ["widths", "zeros"], "all", axis=0),
      node("Reshape", ["all", "pairs"], "rows"), node("Slice", ["rows", "start", "end", "axis", "step"], "back"),
      node("Transpose", ["back"], "sides", perm=[1, 0]), node("Reshape", ["sides", "flat"], "p"), node("Cast", ["p"], "p64", to=TensorProto.INT64),
      node("Pad", ["x", "p64"], "y")],
     [raw("two", np.array([4])), raw("widths", np.array([1, 2, 3, 4])), raw("pairs", np.array([-1, 2])), raw("start", np.array([-1])),
      raw("end", np.array([-(2**63) + 1])), raw("axis", np.array([0])), raw("step", np.array([-1])), raw("flat", np.array([-1]))],
     lambda v: F.pad(v, (1, 2, 3, 4)))

# Normalisation, alone and folded into what precedes it.
g, beta, mean, var = rand(3), rand(3), rand(3), rand(3) + 1.5
bn = lambda v: F.batch_norm(v, t(mean), t(var), t(g), t(beta), False, 0, float(np.float32(1e-3)))
norms = [raw("g", g), raw("beta", beta), raw("mean", mean), raw("var", var)]
names = ["g", "beta", "mean", "var"]
case("batch_norm", 7, rand(3, 4, 5), [node("BatchNormalization", ["x"] + names, "y", epsilon=1e-3, momentum=0.9)], norms, bn)
w, b = rand(3, 2, 3, 3), rand(3)
case("batch_norm_folded", 15, rand(2, 4, 5), [node("Conv", ["x", "w", "b"], "c"), node("BatchNormalization", ["c"] + names, "y", epsilon=1e-3)],
     norms + [raw("w", w), raw("b", b)], lambda v: bn(F.conv2d(v, t(w), t(b))))
case("batch_norm_shared", 15, rand(2, 4, 5), [node("Conv", ["x", "w", "b"], "c"), node("BatchNormalization", ["c"] + names, "n", epsilon=1e-3),
                                              node("Add", ["n", "c"], "y")],
     norms + [raw("w", w), raw("b", b)], lambda v: bn(F.conv2d(v, t(w), t(b))) + F.conv2d(v, t(w), t(b)))

# Matrix products.
m, k, c = rand(10, 4), rand(4, 10), rand(4)
flat = lambda v: v.flatten(1)
gx = rand(10, 1, 1)
flatten = node("Flatten", ["x"], "f", axis=1)
case("gemm", 7, gx, [flatten, node("Gemm", ["f", "m", "c"], "y")], [raw("m", m), raw("c", c)], lambda v: flat(v) @ t(m) + t(c))
case("gemm_trans_b", 9, gx, [flatten, node("Gemm", ["f", "k", "c"], "y", transB=1)], [raw("k", k), raw("c", c[None])], lambda v: flat(v) @ t(k).T + t(c))
case("gemm_alpha_beta", 11, gx, [flatten, node("Gemm", ["f", "k", "c"], "y", transB=1, alpha=0.5, beta=-2.0)], [raw("k", k), raw("c", c)],
     lambda v: 0.5 * flat(v) @ t(k).T - 2 * t(c))
case("gemm_no_c", 11, gx, [flatten, node("Gemm", ["f", "m"], "y", alpha=2.0)], [raw("m", m)], lambda v: 2 * flat(v) @ t(m))
case("gemm_scalar_c", 13, gx, [flatten, node("Gemm", ["f", "m", "c"], "y")], [raw("m", m), raw("c", np.float32(0.5))], lambda v: flat(v) @ t(m) + 0.5)
case("mat_mul", 13, gx, [flatten, node("MatMul", ["f", "m"], "y")], [raw("m", m)], lambda v: flat(v) @ t(m))
case("mat_mul_add", 9, gx, [flatten, node("MatMul", ["f", "m"], "p"), node("Add", ["c", "p"], "y")], [raw("m", m), raw("c", c)],
     lambda v: flat(v) @ t(m) + t(c))
case("mat_mul_transposed", 13, gx, [flatten, node("Transpose", ["k"], "kt", perm=[1, 0]), node("MatMul", ["f", "kt"], "y")], [raw("k", k)],
     lambda v: flat(v) @ t(k).T)

# Sums and scales.
x = rand(3, 4, 5)
p = rand(3, 1, 1)
two = [node("Relu", ["x"], "r"), node("LeakyRelu", ["x"], "l", alpha=0.5)]
case("add", 7, x, two + [node("Add", ["r", "l"], "y")], [], lambda v: F.relu(v) + F.leaky_relu(v, 0.5))
case("sum", 13, x, two + [node("Sum", ["r", "l", "x"], "y")], [], lambda v: F.relu(v) + F.leaky_relu(v, 0.5) + v)
case("sum_constant", 8, x, [node("Sum", ["p", "x", "q"], "y")], [raw("p", p), raw("q", np.float32(2))], lambda v: v + t(p) + 2)
case("add_constant", 13, x, [node("Add", ["p", "x"], "y")], [raw("p", p[None])], lambda v: v + t(p))
case("sub_constant", 14, x, [node("Sub", ["x", "p"], "y")], [raw("p", p)], lambda v: v - t(p))
case("sub_from_constant", 14, x, [node("Sub", ["p", "x"], "y")], [raw("p", p)], lambda v: t(p) - v)
case("mul_constant", 7, x, [node("Mul", ["x", "p"], "y")], [raw("p", p)], lambda v: v * t(p))
case("div_constant", 13, x, [node("Div", ["x", "s"], "y")], [raw("s", np.array([4], np.float32))], lambda v: v / 4)
case("mul_folded", 13, rand(2, 4, 5), [node("Conv", ["x", "w", "b"], "c"), node("Mul", ["c", "p"], "m"), node("Add", ["m", "q"], "y")],
     [raw("w", w), raw("b", b), raw("p", p), raw("q", rand(3, 1, 1))], (lambda q: lambda v: F.conv2d(v, t(w), t(b)) * t(p) + t(q))(np.random.default_rng(seed[0]).uniform(-1, 1, (3, 1, 1)).astype(np.float32)))
case("concat", 13, x, two + [node("Concat", ["r", "l", "x"], "y", axis=-3)], [], lambda v: torch.cat([F.relu(v), F.leaky_relu(v, 0.5), v], 1))
case("concat_vectors", 7, x, two + [node("GlobalAveragePool", ["r"], "a"), node("Flatten", ["a"], "v"), node("Flatten", ["l"], "u"),
                                    node("Concat", ["v", "u"], "y", axis=1)], [],
     lambda v: torch.cat([F.relu(v).mean((2, 3)), flat(F.leaky_relu(v, 0.5))], 1))

# Shapes.
last = rand(60, 6)
product = node("MatMul", ["v", "last"], "y")
lin = lambda v: flat(v) @ t(last)
case("reshape", 7, x, [node("Reshape", ["x", "s"], "v"), product], [raw("s", np.array([0, -1])), raw("last", last)], lin)
case("reshape_open_batch", 14, x, [node("Reshape", ["x", "s"], "v"), product], [raw("s", np.array([-1, 60])), raw("last", last)], lin, dims=["N", 3, 4, 5])
case("reshape_back", 13, x, [node("Reshape", ["x", "s"], "v"), node("Reshape", ["v", "m"], "z"), node("Relu", ["z"], "r"),
                               node("MaxPool", ["r"], "y", kernel_shape=[1, 2])],
     [raw("s", np.array([1, 60])), raw("m", np.array([1, 5, 3, 4]))], lambda v: F.max_pool2d(F.relu(v.reshape(1, 5, 3, 4)), (1, 2), 1))
for opset in (11, 13):
    unsqueezed = [node("Unsqueeze", ["n"], "n1", axes=[0])] if opset < 13 else [node("Unsqueeze", ["n", "zero1"], "n1")]
    case("reshape_dynamic_%d" % opset, opset, x,
         [node("Relu", ["x"], "r"), node("Shape", ["r"], "shape"), node("Gather", ["shape", "zero"], "n", axis=0)] + unsqueezed
         + [node("Concat", ["n1", "minus"], "s", axis=0), node("Reshape", ["r", "s"], "v"), product],
         [raw("zero", np.array(0)), raw("zero1", np.array([0])), raw("minus", np.array([-1])), raw("last", last)], lambda v: lin(F.relu(v)),
         dims=["batch", 3, 4, 5])
case("squeeze_attributes", 11, x, [node("GlobalAveragePool", ["x"], "a"), node("Squeeze", ["a"], "y", axes=[2, 3])], [], lambda v: v.mean((2, 3)))
case("squeeze_inputs", 13, x, [node("GlobalAveragePool", ["x"], "a"), node("Squeeze", ["a", "i"], "s"), node("Relu", ["s"], "y")],
     [raw("i", np.array([-1, 2]))], lambda v: F.relu(v.mean((2, 3))))
case("squeeze_twice", 13, x, [node("GlobalAveragePool", ["x"], "a"), node("Squeeze", ["a", "i"], "s"), node("Squeeze", ["s", "j"], "u"),
                              node("MatMul", ["u", "h"], "y")], [raw("i", np.array([3])), raw("j", np.array([2])), raw("h", rand(3, 2))],
     (lambda h: lambda v: v.mean((2, 3)) @ t(h))(np.random.default_rng(seed[0]).uniform(-1, 1, (3, 2)).astype(np.float32)))
small = rand(5, 3, 1, 1)
case("unsqueeze", 13, x, [node("GlobalAveragePool", ["x"], "a"), node("Flatten", ["a"], "f"), node("Unsqueeze", ["f", "i"], "u"),
                          node("Conv", ["u", "small"], "y")], [raw("i", np.array([2, 3])), raw("small", small)],
     lambda v: F.conv2d(v.mean((2, 3), keepdim=True), t(small)))
case("transpose_ones", 13, x, [node("GlobalAveragePool", ["x"], "a"), node("Transpose", ["a"], "t", perm=[0, 2, 3, 1]), node("Reshape", ["t", "s"], "y")],
     [raw("s", np.array([1, 3]))], lambda v: v.mean((2, 3)))

# Whole classifiers, with an end that is cut off.
fc, first = rand(4, 16), rand(4, 3, 3, 3)


def classifier(name, opset, end, props=None, dims=None, **attributes):
    case(name, opset, rand(3, 8, 8), [node("Conv", ["x", "first"], "c", name="/features/features.0/Conv", pads=[1, 1, 1, 1]),
                                      node("Relu", ["c"], "r", name="/features/features.1/Relu"),
                                      node("MaxPool", ["r"], "m", name="/features/features.2/MaxPool", kernel_shape=[4, 4], strides=[4, 4]),
                                      node("Flatten", ["m"], "f", name="/Flatten"),
                                      node("Gemm", ["f", "fc"], "g", name="/classifier/classifier.6/Gemm", transB=1)] + end,
         [raw("first", first), raw("fc", fc)],
         lambda v: flat(F.max_pool2d(F.relu(F.conv2d(v, t(first), padding=1)), 4)) @ t(fc).T, props=props, dims=dims)


classifier("classifier_softmax", 13, [node("Softmax", ["g"], "y", axis=-1)])
classifier("classifier_softmax_9", 9, [node("Softmax", ["g"], "y")], {"mean": "123,117,104", "scale": "255", "order": "RGB", "source": "by hand"})
classifier("classifier_log_softmax", 13, [node("LogSoftmax", ["g"], "s", axis=1), node("Identity", ["s"], "y")])
classifier("classifier_sigmoid", 13, [node("Sigmoid", ["g"], "y")], {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255"})
classifier("classifier_open", 17, [node("Identity", ["g"], "y")], {"sectional.mean": "0.5,0.25,0.125", "sectional.std": "1,2,4",
                                                                  "sectional.labels": json.dumps(["a", "b", "c", "d"])}, ["N", 3, "H", "W"])

# Activations of newer networks, alone and spelled out.
classic, expected = expected, {}
x = 3 * rand(3, 4, 5)
sp = lambda v: torch.log1p(torch.exp(v))
for name, opset, op, attributes, reference in [
        ("hard_sigmoid", 11, "HardSigmoid", dict(alpha=0.25, beta=0.5), lambda v: torch.clamp(0.25 * v + 0.5, 0, 1)),
        ("hard_swish", 14, "HardSwish", {}, F.hardswish), ("tanh", 13, "Tanh", {}, torch.tanh),
        ("softplus", 13, "Softplus", {}, sp), ("softsign", 13, "Softsign", {}, F.softsign),
        ("elu", 13, "Elu", dict(alpha=0.5), lambda v: F.elu(v, 0.5)), ("selu", 13, "Selu", {}, F.selu),
        ("celu", 12, "Celu", dict(alpha=0.5), lambda v: F.celu(v, 0.5)), ("erf", 13, "Erf", {}, torch.erf),
        ("exp", 13, "Exp", {}, torch.exp), ("abs", 13, "Abs", {}, torch.abs), ("neg", 13, "Neg", {}, torch.neg),
        ("mish", 18, "Mish", {}, F.mish), ("gelu", 20, "Gelu", {}, F.gelu),
        ("gelu_tanh", 20, "Gelu", dict(approximate="tanh"), lambda v: F.gelu(v, approximate="tanh")),
        ("thresholded", 13, "ThresholdedRelu", dict(alpha=0.5), lambda v: F.threshold(v, 0.5, 0))]:
    case("activation_" + name, opset, x, [node(op, ["x"], "y", **attributes)], [], reference)
positive = [node("Abs", ["x"], "a"), node("Add", ["a", "half"], "p")]
half = raw("half", np.float32(0.5))
for op, reference in [("Log", torch.log), ("Sqrt", torch.sqrt), ("Reciprocal", torch.reciprocal)]:
    case("activation_" + op.lower(), 13, x, positive + [node(op, ["p"], "y")], [half], (lambda f: lambda v: f(v.abs() + 0.5))(reference))
case("power", 13, x, [node("Pow", ["x", "two"], "y")], [raw("two", np.float32(2))], lambda v: v ** 2)
case("prelu", 16, x, [node("PRelu", ["x", "s"], "y")], [raw("s", np.array([0.5, -0.25, 2], np.float32)[:, None, None])],
     lambda v: F.prelu(v, t(np.array([0.5, -0.25, 2]))))
case("silu", 13, x, [node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"], "y")], [], F.silu)
case("hard_swish_spelled", 13, x, [node("Add", ["x", "three"], "a"), node("Clip", ["a", "zero", "six"], "c"), node("Mul", ["x", "c"], "m"),
                                   node("Div", ["m", "six"], "y")],
     [raw("three", np.float32(3)), raw("zero", np.float32(0)), raw("six", np.float32(6))], F.hardswish)
case("mish_spelled", 13, x, [node("Softplus", ["x"], "s"), node("Tanh", ["s"], "h"), node("Mul", ["x", "h"], "y")], [], F.mish)
case("gelu_spelled", 13, x, [node("Div", ["x", "r"], "d"), node("Erf", ["d"], "e"), node("Add", ["e", "one"], "a"), node("Mul", ["x", "a"], "m"),
                             node("Mul", ["m", "half"], "y")],
     [raw("r", np.float32(2 ** 0.5)), raw("one", np.float32(1)), half], F.gelu)
case("gelu_tanh_spelled", 13, x,
     [node("Mul", ["x", "x"], "xx"), node("Mul", ["x", "xx"], "xxx"), node("Mul", ["k", "xxx"], "c"), node("Add", ["x", "c"], "s"),
      node("Mul", ["r", "s"], "u"), node("Tanh", ["u"], "h"), node("Add", ["h", "one"], "a"), node("Mul", ["x", "half"], "b"), node("Mul", ["b", "a"], "y")],
     [raw("k", np.float32(0.044715)), raw("r", np.float32((2 / np.pi) ** 0.5)), raw("one", np.float32(1)), half], lambda v: F.gelu(v, approximate="tanh"))

# Two values, with every way of broadcasting.
gate = [node("GlobalAveragePool", ["x"], "a"), node("Sigmoid", ["a"], "g")]
sg = lambda v: torch.sigmoid(v.mean((2, 3), keepdim=True))
case("gate", 13, x, gate + [node("Mul", ["g", "x"], "y")], [], lambda v: v * sg(v))
case("divide_values", 13, x, gate + [node("Div", ["x", "g"], "y")], [], lambda v: v / sg(v))
case("subtract_values", 13, x, gate + [node("Sub", ["g", "x"], "y")], [], lambda v: sg(v) - v)
case("maximum", 13, x, two + [node("Max", ["l", "r"], "y")], [], lambda v: torch.maximum(F.relu(v), F.leaky_relu(v, 0.5)))
case("minimum_constant", 13, x, [node("Min", ["x", "p"], "y")], [raw("p", p)], lambda v: torch.minimum(v, t(p)))
case("position_gate", 13, x, [node("ReduceMean", ["x"], "m", axes=[1]), node("Sigmoid", ["m"], "g"), node("Mul", ["x", "g"], "y")], [],
     lambda v: v * torch.sigmoid(v.mean(1, keepdim=True)))
grid = rand(4, 5)
case("add_positions", 13, x, [node("Add", ["x", "grid"], "y")], [raw("grid", grid)], lambda v: v + t(grid))
case("where_masked", 16, x, [node("Where", ["m", "x", "low"], "w"), node("Softmax", ["w"], "s", axis=-1), node("Mul", ["s", "two"], "y")],
     [raw("m", grid > 0), raw("low", np.float32("-inf")), raw("two", np.float32(2))],
     lambda v: 2 * torch.softmax(v.masked_fill(t(grid) <= 0, float("-inf")), -1))

# Layouts: transposes, reshapes between 2 and 6 dimensions, selections.
w1 = rand(6, 12)
case("nhwc", 13, x, [node("Transpose", ["x"], "h", perm=[0, 2, 3, 1]), node("MatMul", ["h", "m3"], "p"), node("Add", ["p", "b7"], "q"),
                     node("Transpose", ["q"], "t", perm=[0, 3, 1, 2]), node("MaxPool", ["t"], "y", kernel_shape=[2, 2])],
     [raw("m3", (m3 := rand(3, 7))), raw("b7", (b7 := rand(7)))], lambda v: F.max_pool2d((v.permute(0, 2, 3, 1) @ t(m3) + t(b7)).permute(0, 3, 1, 2), 2, 1))
case("transposed_flatten", 13, x, [node("Transpose", ["x"], "h", perm=[0, 3, 1, 2]), node("Flatten", ["h"], "v"), product], [raw("last", last)],
     lambda v: v.permute(0, 3, 1, 2).flatten(1) @ t(last))
shuffled = rand(6, 3, 4)
case("channel_shuffle", 13, shuffled, [node("Reshape", ["x", "s"], "r"), node("Transpose", ["r"], "t", perm=[0, 2, 1, 3, 4]), node("Reshape", ["t", "u"], "f"),
                                       node("MaxPool", ["f"], "y", kernel_shape=[2, 1])],
     [raw("s", np.array([1, 2, 3, 3, 4])), raw("u", np.array([1, -1, 3, 4]))],
     lambda v: F.max_pool2d(v.reshape(1, 2, 3, 3, 4).transpose(1, 2).reshape(1, 6, 3, 4), (2, 1), 1))
case("windows", 13, rand(2, 4, 6), [node("Reshape", ["x", "s"], "r"), node("Transpose", ["r"], "t", perm=[0, 2, 4, 3, 5, 1]), node("Reshape", ["t", "u"], "f"),
                                    node("MatMul", ["f", "m2"], "p"), node("Softmax", ["p"], "q", axis=1), node("Reshape", ["q", "back"], "b"),
                                    node("Transpose", ["b"], "y", perm=[0, 5, 1, 3, 2, 4])],
     [raw("s", np.array([1, 2, 2, 2, 3, 2])), raw("u", np.array([6, 4, 2])), raw("m2", (m2 := rand(2, 2))), raw("back", np.array([1, 2, 3, 2, 2, 2]))],
     lambda v: torch.softmax(v.reshape(1, 2, 2, 2, 3, 2).permute(0, 2, 4, 3, 5, 1).reshape(6, 4, 2) @ t(m2), 1).reshape(1, 2, 3, 2, 2, 2).permute(0, 5, 1, 3, 2, 4))
case("depth_to_space", 13, rand(8, 2, 3), [node("DepthToSpace", ["x"], "y", blocksize=2)], [],
     lambda v: v.reshape(1, 2, 2, 2, 2, 3).permute(0, 3, 4, 1, 5, 2).reshape(1, 2, 4, 6))
case("depth_to_space_crd", 13, rand(8, 2, 3), [node("DepthToSpace", ["x"], "y", blocksize=2, mode="CRD")], [], lambda v: F.pixel_shuffle(v, 2))
case("space_to_depth", 13, rand(2, 4, 6), [node("SpaceToDepth", ["x"], "y", blocksize=2)], [],
     lambda v: v.reshape(1, 2, 2, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(1, 8, 2, 3))
case("slice", 13, x, [node("Slice", ["x", "from", "to", "axes", "steps"], "s"), node("Relu", ["s"], "y")],
     [raw("from", np.array([1, -1])), raw("to", np.array([2**63 - 1, -(2**63)])), raw("axes", np.array([1, 3])), raw("steps", np.array([1, -2]))],
     lambda v: F.relu(v[:, 1:, :, [4, 2, 0]]))
case("slice_attributes", 9, x, [node("Slice", ["x"], "y", starts=[1], ends=[100], axes=[2])], [], lambda v: v[:, :, 1:])
case("split", 13, rand(5, 2, 3), [helper.make_node("Split", ["x", "parts"], ["a", "b"], axis=1), node("Relu", ["a"], "r"), node("Concat", ["b", "r"], "y", axis=1)],
     [raw("parts", np.array([2, 3]))], lambda v: torch.cat([v[:, 2:], F.relu(v[:, :2])], 1))
case("split_even", 18, rand(6, 2, 3), [helper.make_node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2), node("Mul", ["a", "b"], "y")], [],
     lambda v: v[:, :3] * v[:, 3:])
case("gather", 13, rand(5, 2, 3), [node("Gather", ["x", "i"], "y", axis=1)], [raw("i", np.array([4, 0, 0, -2]))], lambda v: v[:, [4, 0, 0, 3]])
case("gather_one", 13, rand(5, 2, 3), [node("Gather", ["x", "i"], "g", axis=2), node("Softmax", ["g"], "s", axis=1), node("Mul", ["s", "two"], "y")],
     [raw("i", np.array(1)), raw("two", np.float32(2))], lambda v: 2 * torch.softmax(v[:, :, 1], 1))
case("transform_input", 13, x, [node("Gather", ["x", "i0"], "g0", axis=1), node("Unsqueeze", ["g0", "one"], "u0"), node("Mul", ["u0", "half"], "a0"),
                                node("Gather", ["x", "i2"], "g2", axis=1), node("Unsqueeze", ["g2", "one"], "u2"), node("Add", ["u2", "half"], "a2"),
                                node("Concat", ["a2", "a0"], "y", axis=1)],
     [raw("i0", np.array(0)), raw("i2", np.array(2)), raw("one", np.array([1])), half], lambda v: torch.cat([v[:, 2:] + 0.5, v[:, :1] * 0.5], 1))
case("tile", 13, rand(2, 2, 3), [node("Tile", ["x", "n"], "y")], [raw("n", np.array([1, 1, 2, 3]))], lambda v: v.repeat(1, 1, 2, 3))
case("expand", 13, rand(3, 4, 5), [node("GlobalAveragePool", ["x"], "a"), node("Shape", ["x"], "s"), node("Expand", ["a", "s"], "e"), node("Sub", ["x", "e"], "y")], [],
     lambda v: v - v.mean((2, 3), keepdim=True))
case("concat_constant", 13, rand(3, 4, 5), [node("Reshape", ["x", "s"], "r"), node("Transpose", ["r"], "t", perm=[0, 2, 1]), node("Concat", ["cls", "t"], "c", axis=1),
                                            node("Add", ["c", "pos"], "y")],
     [raw("s", np.array([0, 3, -1])), raw("cls", (cls := rand(1, 1, 3))), raw("pos", (pos := rand(1, 21, 3)))],
     lambda v: torch.cat([t(cls), v.flatten(2).transpose(1, 2)], 1) + t(pos))
case("shapes_computed", 13, rand(4, 3, 5),
     [node("Shape", ["x"], "s"), node("Gather", ["s", "i"], "c", axis=0), node("Cast", ["c"], "f", to=TensorProto.FLOAT), node("Div", ["f", "twof"], "d"),
      node("Floor", ["d"], "g"), node("Cast", ["g"], "n", to=TensorProto.INT64), node("Mul", ["n", "two1"], "all"), node("Equal", ["all", "c"], "same"),
      node("Where", ["same", "n", "one1"], "k"), node("ConstantOfShape", ["k"], "z", value=raw("v", np.array([3]))), node("Range", ["zero", "end", "step"], "range"),
      node("Concat", ["first", "k", "two1", "rest"], "to", axis=0), node("Reshape", ["x", "to"], "r"), node("Transpose", ["r"], "t", perm=[0, 2, 1, 3]),
      node("Reshape", ["t", "s"], "u"), node("Gather", ["u", "range"], "y", axis=1)],
     [raw("i", np.array([1])), raw("twof", np.float32(2)), raw("two1", np.array([2])), raw("one1", np.array([1])), raw("zero", np.array(3)), raw("end", np.array(-1)),
      raw("step", np.array(-2)), raw("first", np.array([1])), raw("rest", np.array([-1]))],
     lambda v: v.reshape(1, 2, 2, 15).transpose(1, 2).reshape(1, 4, 3, 5)[:, [3, 1]])
yes = helper.make_graph([node("Neg", ["x"], "yes")], "yes", [], [helper.make_tensor_value_info("yes", TensorProto.FLOAT, None)])
no = helper.make_graph([node("Identity", ["x"], "no")], "no", [], [helper.make_tensor_value_info("no", TensorProto.FLOAT, None)])
case("if_constant", 13, x, [node("Size", ["x"], "n"), node("Greater", ["n", "ten"], "c"), node("If", ["c"], "r", then_branch=yes, else_branch=no), node("Relu", ["r"], "y")],
     [raw("ten", np.array(10))], lambda v: F.relu(-v))

# Reductions and norms.
case("reduce_channels", 13, x, [node("ReduceMax", ["x"], "y", axes=[1])], [], lambda v: v.amax(1, keepdim=True))
case("reduce_sum", 13, x, [node("ReduceSum", ["x", "a"], "y", keepdims=0)], [raw("a", np.array([2]))], lambda v: v.sum(2))
case("reduce_l2", 18, x, [node("ReduceL2", ["x", "a"], "y")], [raw("a", np.array([1]))], lambda v: v.norm(2, 1, keepdim=True))
case("layer_norm", 17, x, [node("LayerNormalization", ["x", "g5", "b5"], "y", axis=-1, epsilon=1e-3)], [raw("g5", (g5 := rand(5))), raw("b5", (b5 := rand(5)))],
     lambda v: F.layer_norm(v, (5,), t(g5), t(b5), float(np.float32(1e-3))))
case("layer_norm_channels", 17, x, [node("Transpose", ["x"], "h", perm=[0, 2, 3, 1]), node("LayerNormalization", ["h", "g", "beta"], "n"),
                                    node("Transpose", ["n"], "y", perm=[0, 3, 1, 2])], norms[:2],
     lambda v: F.layer_norm(v.permute(0, 2, 3, 1), (3,), t(g), t(beta)).permute(0, 3, 1, 2))
case("layer_norm_spelled", 13, x, [node("ReduceMean", ["x"], "m", axes=[1]), node("Sub", ["x", "m"], "d"), node("Pow", ["d", "two"], "q"), node("ReduceMean", ["q"], "v", axes=[1]),
                                   node("Add", ["v", "eps"], "e"), node("Sqrt", ["e"], "r"), node("Div", ["d", "r"], "n"), node("Mul", ["n", "gc"], "s"),
                                   node("Add", ["s", "bc"], "y")],
     [raw("two", np.float32(2)), raw("eps", np.float32(1e-3)), raw("gc", g[:, None, None]), raw("bc", beta[:, None, None])],
     lambda v: F.layer_norm(v.permute(0, 2, 3, 1), (3,), t(g), t(beta), float(np.float32(1e-3))).permute(0, 3, 1, 2))
case("rms_norm", 23, x, [node("RMSNormalization", ["x", "g5"], "y", epsilon=1e-3)], [raw("g5", g5)], lambda v: F.rms_norm(v, (5,), t(g5), float(np.float32(1e-3))))
case("instance_norm", 13, x, [node("InstanceNormalization", ["x", "g", "beta"], "y", epsilon=1e-3)], norms[:2],
     lambda v: F.instance_norm(v, weight=t(g), bias=t(beta), eps=float(np.float32(1e-3))))
g6, b6 = rand(6), rand(6)
case("group_norm", 21, rand(6, 3, 4), [node("GroupNormalization", ["x", "g6", "b6"], "y", num_groups=2, epsilon=1e-3)], [raw("g6", g6), raw("b6", b6)],
     lambda v: F.group_norm(v, 2, t(g6), t(b6), float(np.float32(1e-3))))
case("group_norm_spelled", 13, rand(6, 3, 4), [node("Reshape", ["x", "s"], "r"), node("InstanceNormalization", ["r", "one2", "zero2"], "n", epsilon=1e-3), node("Shape", ["x"], "sh"),
                                               node("Reshape", ["n", "sh"], "b"), node("Mul", ["b", "gc"], "m"), node("Add", ["m", "bc"], "y")],
     [raw("s", np.array([0, 2, -1])), raw("one2", np.ones(2, np.float32)), raw("zero2", np.zeros(2, np.float32)), raw("gc", g6[:, None, None]), raw("bc", b6[:, None, None])],
     lambda v: F.group_norm(v, 2, t(g6), t(b6), float(np.float32(1e-3))))
case("lp_norm", 13, x, [node("LpNormalization", ["x"], "y", axis=1, p=2)], [], lambda v: F.normalize(v, 2, 1, 0))
case("batch_norm_line", 13, rand(3, 4, 5), [node("Reshape", ["x", "s"], "r"), node("BatchNormalization", ["r"] + names, "y")], norms + [raw("s", np.array([0, 3, -1]))],
     lambda v: F.batch_norm(v.flatten(2), t(mean), t(var), t(g), t(beta), False, 0, float(np.float32(1e-5))))

# Windows of other kinds: sequences, transposed, padded, resized.
case("conv_line", 13, x, [node("GlobalAveragePool", ["x"], "a"), node("Reshape", ["a", "s"], "r"), node("Conv", ["r", "k3"], "c", pads=[1, 1]), node("Sigmoid", ["c"], "g"),
                          node("Reshape", ["g", "back"], "b"), node("Mul", ["x", "b"], "y")],
     [raw("s", np.array([1, 1, -1])), raw("k3", (k3 := rand(1, 1, 3))), raw("back", np.array([1, -1, 1, 1]))],
     lambda v: v * torch.sigmoid(F.conv1d(v.mean((2, 3))[:, None], t(k3), padding=1)).reshape(1, 3, 1, 1))
wt, bt = rand(4, 3, 3, 2), rand(6)
case("conv_transpose", 13, rand(4, 3, 4), [node("ConvTranspose", ["x", "wt", "bt"], "y", strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 0], group=2)],
     [raw("wt", wt), raw("bt", bt)], lambda v: F.conv_transpose2d(v, t(wt), t(bt), (2, 3), 0, (1, 0), 2)[:, :, 1:, :-1])
case("conv_transpose_same", 13, rand(4, 3, 4), [node("ConvTranspose", ["x", "wt"], "y", strides=[2, 2], auto_pad="SAME_UPPER")], [raw("wt", wt)],
     lambda v: F.conv_transpose2d(v, t(wt), None, 2)[:, :, :6, :8])
case("pad_reflect", 13, x, [node("Pad", ["x", "p"], "y", mode="reflect")], [raw("p", np.array([0, 0, 1, 2, 0, 0, 2, 0]))], lambda v: F.pad(v, (2, 0, 1, 2), "reflect"))
case("pad_edge", 13, x, [node("Pad", ["x", "p"], "y", mode="edge")], [raw("p", np.array([0, 0, 1, 2, 0, 0, 2, 0]))], lambda v: F.pad(v, (2, 0, 1, 2), "replicate"))
case("pad_value", 13, x, [node("Pad", ["x", "p", "v"], "y")], [raw("p", np.array([0, 1, 0, 2, 0, 0, 2, 0])), raw("v", np.float32(1.5))],
     lambda v: F.pad(v, (2, 0, 0, 2, 1, 0), value=1.5))
case("pad_crop", 13, x, [node("Pad", ["x", "p"], "y")], [raw("p", np.array([0, 0, -1, 2, 0, 0, 0, -2]))], lambda v: F.pad(v, (2, -2, -1, 0)))
for name, opset, attributes, torch_mode in [("nearest", 11, dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), dict(mode="nearest")),
                                            ("linear", 13, dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"), dict(mode="bilinear")),
                                            ("corners", 13, dict(mode="linear", coordinate_transformation_mode="align_corners"), dict(mode="bilinear", align_corners=True)),
                                            ("cubic", 18, dict(mode="cubic", coordinate_transformation_mode="half_pixel"), dict(mode="bicubic"))]:
    case("resize_" + name, opset, x, [node("Resize", ["x", "", "", "size"], "y", **attributes)], [raw("size", np.array([1, 3, 7, 6]))],
         (lambda m: lambda v: F.interpolate(v, (7, 6), **m))(torch_mode))
case("resize_scales", 13, x, [node("Resize", ["x", "", "scales"], "y", mode="linear")], [raw("scales", np.array([1, 1, 2, 2], np.float32))],
     lambda v: F.interpolate(v, scale_factor=2, mode="bilinear"))
case("upsample", 9, x, [node("Upsample", ["x", "scales"], "y", mode="nearest")], [raw("scales", np.array([1, 1, 2, 2], np.float32))], lambda v: F.interpolate(v, scale_factor=2))

# Attention, and products of values.
ax = rand(6, 2, 2)
tokens = [node("Reshape", ["x", "ts"], "r"), node("Transpose", ["r"], "t", perm=[0, 2, 1])]
tok = lambda v: v.flatten(2).transpose(1, 2)
w18 = rand(6, 18)
qkv = lambda v: (tok(v) @ t(w18)).reshape(1, 4, 3, 2, 3).permute(2, 0, 3, 1, 4)
sdpa = lambda v: torch.softmax(qkv(v)[0] @ qkv(v)[1].transpose(-2, -1) * 0.5, -1) @ qkv(v)[2]
case("attention", 13, ax, tokens + [node("MatMul", ["t", "w18"], "a"), node("Reshape", ["a", "hs"], "b"), node("Transpose", ["b"], "c", perm=[2, 0, 3, 1, 4])]
     + [n for i in range(3) for n in [node("Gather", ["c", "i%d" % i], "q%d" % i, axis=0)]]
     + [node("Transpose", ["q1"], "kt", perm=[0, 1, 3, 2]), node("MatMul", ["q0", "kt"], "s"), node("Mul", ["s", "half"], "z"), node("Softmax", ["z"], "p", axis=-1),
        node("MatMul", ["p", "q2"], "o"), node("Transpose", ["o"], "y", perm=[0, 2, 1, 3])],
     [raw("ts", np.array([0, 6, -1])), raw("w18", w18), raw("hs", np.array([1, 4, 3, 2, 3])), half] + [raw("i%d" % i, np.array(i)) for i in range(3)],
     lambda v: sdpa(v).transpose(1, 2))
case("attention_fused", 23, ax, tokens + [helper.make_node("Split", ["w18", "parts"], ["wq", "wk", "wv"], axis=1), node("MatMul", ["t", "wq"], "q"), node("MatMul", ["t", "wk"], "k"),
                                          node("MatMul", ["t", "wv"], "v"), node("Attention", ["q", "k", "v"], "y", q_num_heads=2, kv_num_heads=2, scale=0.5)],
     [raw("ts", np.array([0, 6, -1])), raw("w18", w18), raw("parts", np.array([6, 6, 6]))], lambda v: sdpa(v).transpose(1, 2).reshape(1, 4, 6))
case("einsum", 13, ax, tokens + [node("Einsum", ["t", "t"], "e", equation="btc,bsc->bst"), node("Relu", ["e"], "y")], [raw("ts", np.array([0, 6, -1]))],
     lambda v: F.relu(torch.einsum("btc,bsc->bst", tok(v), tok(v))))
case("mat_mul_left", 13, ax, [node("Reshape", ["x", "ts"], "r"), node("MatMul", ["w25", "r"], "y")], [raw("ts", np.array([0, 6, -1])), raw("w25", (w25 := rand(5, 6)))],
     lambda v: t(w25) @ v.flatten(2))
case("weight_norm", 18, rand(2, 4, 5), [node("ReduceL2", ["w", "wa"], "n"), node("Div", ["w", "n"], "u"), node("Mul", ["u", "gain"], "wn"), node("Conv", ["x", "wn"], "y")],
     [raw("w", w), raw("gain", rand(3, 1, 1, 1))] + [raw("wa", np.array([1, 2, 3]))],
     (lambda q: lambda v: F.conv2d(v, t(w) / t(w).flatten(1).norm(2, 1)[:, None, None, None] * t(q)))(np.random.default_rng(seed[0]).uniform(-1, 1, (3, 1, 1, 1)).astype(np.float32)))

# Operator set 28, and quantisation.
def asymmetric(v, scale):
    """Linear interpolation between positions i / scale, as Upsample defines it."""
    for axis in (2, 3):
        at = torch.arange(v.shape[axis] * scale, dtype=v.dtype) / scale
        low = at.floor().long()
        high = (low + 1).clamp(max=v.shape[axis] - 1)
        part = (at - low).reshape([-1 if i == axis else 1 for i in range(4)])
        v = v.index_select(axis, low) * (1 - part) + v.index_select(axis, high) * part
    return v


case("swiglu", 28, rand(3, 4, 5), [node("Tanh", ["x"], "t"), node("SwiGLU", ["x", "t"], "y", alpha=1.5)], [], lambda v: v * torch.sigmoid(1.5 * v) * torch.tanh(v))
case("space_to_depth_crd", 28, rand(2, 4, 6), [node("SpaceToDepth", ["x"], "y", blocksize=2, mode="CRD")], [], lambda v: F.pixel_unshuffle(v, 2))
fx = rand(8, 2, 3)   # 2 channels in blocks of 2x2
case("fold", 18, fx, [node("Reshape", ["x", "s"], "r"), node("Col2Im", ["r", "i", "b"], "y", strides=[2, 1], pads=[0, 1, 0, 1])],
     [raw("s", np.array([1, 8, 6])), raw("i", np.array([5, 2])), raw("b", np.array([2, 2]))], lambda v: F.fold(v.reshape(1, 8, 6), (5, 2), 2, 1, (0, 1), (2, 1)))
qx, qs, qz = rand(3, 4, 5), np.array([0.01, 0.02, 0.005], np.float32), np.array([0, 3, -100], np.int8)
steps = lambda v, s, z: (torch.clamp(torch.round((v.float() / s).double()) + z, -128, 127) - z) * s.double()
case("quantize_channels", 13, qx, [node("QuantizeLinear", ["x", "s", "z"], "q", axis=1), node("DequantizeLinear", ["q", "s", "z"], "y", axis=1)], [raw("s", qs), raw("z", qz)],
     lambda v: steps(v, torch.from_numpy(qs)[:, None, None], t(qz)[:, None, None]))
case("quantize_moved", 13, qx, [node("QuantizeLinear", ["x", "s", "z"], "q"), node("Transpose", ["q"], "m", perm=[0, 2, 3, 1]), node("DequantizeLinear", ["m", "s", "z"], "y")],
     [raw("s", np.float32(0.01)), raw("z", np.uint8(100))],
     lambda v: ((torch.clamp(torch.round((v.float() / np.float32(0.01)).double()) + 100, 0, 255) - 100) * float(np.float32(0.01))).permute(0, 2, 3, 1))
qw = rand(4, 3, 2, 2)
case("quantize_weights", 13, qx, [node("QuantizeLinear", ["w", "s", "z"], "q", axis=0), node("DequantizeLinear", ["q", "s", "z"], "d", axis=0), node("Conv", ["x", "d"], "y")],
     [raw("w", qw), raw("s", (qws := np.array([0.01, 0.02, 0.005, 0.03], np.float32))), raw("z", (qwz := np.array([0, 3, -10, 5], np.int8)))],
     lambda v: F.conv2d(v, steps(t(qw), torch.from_numpy(qws)[:, None, None, None], t(qwz)[:, None, None, None])))

case("upsample_attributes", 7, rand(2, 3, 4), [node("Upsample", ["x"], "y", mode="nearest", scales=[1.0, 1.0, 2.0, 3.0])], [], lambda v: F.interpolate(v, scale_factor=(2, 3)))
case("upsample_linear", 8, rand(2, 3, 4), [node("Upsample", ["x"], "y", mode="linear", scales=[1.0, 1.0, 2.0, 2.0])], [],
     lambda v: asymmetric(v, 2))

# Elements put in place of others.
def put(v, at, updates):
    y = v.clone()
    for i, u in zip(at, updates):
        y[tuple(i)] = u
    return y


sx, at = rand(3, 4, 5), np.array([[0, 2], [0, 0]])
halves = np.array([[[[0, 1, i, j] for j in range(1, 5)] for i in (0, -2)]])
case("scatter_channels", 16, sx, [node("Tanh", ["x"], "t"), node("Gather", ["t", "two"], "g", axis=1), node("Squeeze", ["g", "zero"], "u"), node("ScatterND", ["x", "at", "u"], "y")],
     [raw("two", np.array([1, 2])), raw("zero", np.array([0])), raw("at", at)], lambda v: put(v, at, torch.tanh(v)[0, 1:3]))
case("scatter_slice", 18, sx, [node("Tanh", ["x"], "t"), node("Slice", ["t", "from", "to", "axes"], "s"), node("ScatterND", ["x", "at", "s"], "y")],
     [raw("from", np.array([0, 1, 0])), raw("to", np.array([1, 3, 4])), raw("axes", np.array([1, 2, 3])), raw("at", halves[None])],
     lambda v: put(v, halves.reshape(-1, 4), torch.tanh(v)[0, 0, 1:3, :4].flatten()))
case("scatter_zeros", 13, sx, [node("ConstantOfShape", ["size"], "z"), node("Squeeze", ["x", "zero"], "u"), node("ScatterND", ["z", "at", "u"], "y")],
     [raw("size", np.array([1, 5, 4, 5])), raw("zero", np.array([0])), raw("at", np.array([[0, 4], [0, 1], [0, 2]]))],
     lambda v: put(torch.zeros(1, 5, 4, 5, dtype=v.dtype), [(0, 4), (0, 1), (0, 2)], v[0]))
case("scatter_constant", 16, sx, [node("ScatterND", ["x", "at", "u"], "y")], [raw("at", at), raw("u", (su := rand(2, 4, 5)))], lambda v: put(v, at, t(su)))
columns = np.broadcast_to(np.array([4, 1, -2]), (1, 3, 4, 3)).copy()
case("scatter_elements", 18, sx, [node("Tanh", ["x"], "t"), node("Slice", ["t", "from", "to", "axes"], "s"), node("ScatterElements", ["x", "at", "s"], "y", axis=-1)],
     [raw("from", np.array([0])), raw("to", np.array([3])), raw("axes", np.array([3])), raw("at", columns)], lambda v: v.scatter(3, torch.from_numpy(columns) % 5, torch.tanh(v)[..., :3]))
fixed, changes = rand(1, 3, 4, 5), rand(1, 3, 4, 3)
case("scatter_elements_constant", 18, sx, [node("ScatterElements", ["zeros", "at", "u"], "c", axis=3), node("Mul", ["x", "c"], "y")],
     [raw("zeros", fixed), raw("at", columns), raw("u", changes)], lambda v: v * t(fixed).scatter(3, torch.from_numpy(columns) % 5, t(changes)))
case("scatter_whole", 16, sx, [node("Tanh", ["x"], "t"), node("ScatterND", ["x", "all", "t"], "y")],
     [raw("all", np.stack(np.meshgrid(*[np.arange(n) for n in (1, 3, 4, 5)], indexing="ij"), -1))], lambda v: torch.tanh(v))


# Convolutions of windows: of 2 x 2 windows of 4 x 3 positions each.
def windows(name, w, b, **how):
    cut = lambda v: v.reshape(1, 4, 2, 4, 2, 3).permute(0, 2, 4, 1, 3, 5).reshape(4, 4, 4, 3)
    pads = how.get("pads", [0, 0, 0, 0])
    def reference(v):
        y = F.conv2d(F.pad(cut(v), (pads[1], pads[3], pads[0], pads[2])), t(w), t(b), how.get("strides", 1), 0, how.get("dilations", 1), how.get("group", 1))
        return y.reshape(1, 4 * w.shape[0], *y.shape[2:])
    probe = reference(torch.zeros(1, 4, 8, 6, dtype=torch.float64))
    case(name, 16, wx, [node("Reshape", ["x", "s"], "r"), node("Transpose", ["r"], "p", perm=[0, 2, 4, 1, 3, 5]), node("Reshape", ["p", "n"], "q"), node("Conv", ["q", "w", "b"], "c", **how),
         node("Reshape", ["c", "joined"], "y")],
         [raw("s", np.array([1, 4, 2, 4, 2, 3])), raw("n", np.array([4, 4, 4, 3])), raw("w", w), raw("b", b), raw("joined", np.array(probe.shape))], reference)


wx = rand(4, 8, 6)
windows("windows_same", rand(5, 4, 3, 3), rand(5), pads=[1, 1, 1, 1])
windows("windows_stride", rand(5, 4, 3, 2), rand(5), pads=[1, 0, 0, 1], strides=[2, 1])
windows("windows_small_kernel", rand(5, 4, 1, 1), rand(5), strides=[3, 2])
windows("windows_depthwise", rand(4, 1, 2, 2), rand(4), group=4, dilations=[2, 1])

# A mask of attention that is added, as PyTorch's MultiheadAttention exports it.
hidden = np.where(grid > 0, grid, -np.inf).astype(np.float32)
case("add_hidden", 13, x, [node("Add", ["x", "mask"], "a"), node("Softmax", ["a"], "s", axis=-1), node("Mul", ["s", "two"], "y")],
     [raw("mask", hidden), raw("two", np.float32(2))], lambda v: 2 * torch.softmax(v + t(hidden), -1))

# Padding as timm's MaxPool2dSame exports it.
case("pad_before_max", 13, x, [node("Pad", ["x", "by", "low"], "p"), node("MaxPool", ["p"], "y", kernel_shape=[3, 2], strides=[2, 1])],
     [raw("by", np.array([0, 0, 1, 0, 0, 0, 0, 1])), raw("low", np.float32("-inf"))],
     lambda v: F.max_pool2d(F.pad(v, (0, 1, 1, 0), value=float("-inf")), (3, 2), (2, 1)))


# Pooling of windows, as in Hiera.
def pooled_windows(name, op, reference, **how):
    case(name, 16, wx, [node("Reshape", ["x", "s"], "r"), node("Transpose", ["r"], "p", perm=[0, 2, 4, 1, 3, 5]), node("Reshape", ["p", "n"], "q"), node(op, ["q"], "c", **how),
         node("Reshape", ["c", "joined"], "y")],
         [raw("s", np.array([1, 4, 2, 4, 2, 3])), raw("n", np.array([4, 4, 4, 3])), raw("joined", np.array([1, 16, 2, 2]))],
         lambda v: reference(v.reshape(1, 4, 2, 4, 2, 3).permute(0, 2, 4, 1, 3, 5).reshape(4, 4, 4, 3)).reshape(1, 16, 2, 2))


pooled_windows("windows_max_pool", "MaxPool", lambda v: F.max_pool2d(v, 2, (2, 1)), kernel_shape=[2, 2], strides=[2, 1])
pooled_windows("windows_average_pool", "AveragePool", lambda v: F.avg_pool2d(v, 2, (2, 1)), kernel_shape=[2, 2], strides=[2, 1])


# Written by the reference's layout: 8 bytes of length, a JSON header, the values.
def write(file, expected):
    header, offset = {}, 0
    for key in expected:
        array = expected[key]
        header[key] = {"dtype": "F64" if array.dtype == np.float64 else "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(OUT, file), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(expected[key].tobytes() for key in expected))
    print(len(expected) // 2, "cases")


write("expected.safetensors", classic)
write("expected_newer.safetensors", expected)
