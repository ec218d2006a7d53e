"""Writes graphs to src/test/resources/onnx_sizes: open_size.onnx, which holds for every size of the image,
computed_size.onnx, whose crop is computed from the size, and same_padding.onnx, whose padding is, as timm's Conv2dSame
computes it: the same for all even sizes. python3 onnx_sizes.py (needs onnx and numpy)."""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUT = os.path.join(os.path.dirname(__file__), "../resources/onnx_sizes")
rng = np.random.default_rng(1)
node = helper.make_node


def write(name, nodes, constants, first=None):
    weights = {"w": rng.normal(size=(4, 3, 3, 3)).astype("f4"), "v": rng.normal(size=(2, 4)).astype("f4"), **constants}
    graph = helper.make_graph(
        [*(first or [node("Conv", ["x", "w"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2], name="conv")]), *nodes,
         node("GlobalAveragePool", ["b"], ["p"], name="pool"),
         node("Flatten", ["p"], ["f"], name="flatten"),
         node("Gemm", ["f", "v"], ["y"], transB=1, name="head")],
        name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(value, key) for key, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(OUT, name + ".onnx"))


write("open_size", [node("Relu", ["a"], ["b"], name="relu")], {})
write("computed_size", [
    node("Shape", ["x"], ["s"]), node("Gather", ["s", "two"], ["h"]),
    node("Div", ["h", "four"], ["q"]), node("Unsqueeze", ["q", "zero"], ["end"]),
    node("Slice", ["a", "zero", "end", "axis"], ["b"], name="crop")],
    {"two": np.array(2), "four": np.array(4), "zero": np.array([0]), "axis": np.array([2])})
# A kernel of 3 at a stride of 2: one more row and column for even sizes, two for odd ones.
write("same_padding", [node("Relu", ["a"], ["b"], name="relu")],
      {"two": np.array(2), "one": np.array([1]), "sides": np.array([2, 3]), "none": np.zeros(2, "i8"),
       "batch": np.zeros(2, "i8")},
      [node("Shape", ["x"], ["s"]), node("Gather", ["s", "sides"], ["hw"]), node("Mod", ["hw", "two"], ["odd"]),
       node("Add", ["odd", "one"], ["all"]), node("Div", ["all", "two"], ["before"]),
       node("Sub", ["all", "before"], ["after"]),
       node("Concat", ["batch", "before", "none", "after"], ["pads"], axis=0),
       node("Pad", ["x", "pads"], ["padded"]),
       node("Conv", ["padded", "w"], ["a"], strides=[2, 2], name="conv")])
