"""Writes two graphs of open image size to src/test/resources/onnx_sizes: open_size.onnx, which holds for every size,
and computed_size.onnx, whose crop is computed from the size. python3 onnx_sizes.py (needs onnx and numpy)."""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUT = os.path.join(os.path.dirname(__file__), "../resources/onnx_sizes")
rng = np.random.default_rng(1)


def write(name, nodes, constants):
    weights = {"w": rng.normal(size=(4, 3, 3, 3)).astype("f4"), "v": rng.normal(size=(2, 4)).astype("f4"), **constants}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2], name="conv"), *nodes,
         helper.make_node("GlobalAveragePool", ["b"], ["p"], name="pool"),
         helper.make_node("Flatten", ["p"], ["f"], name="flatten"),
         helper.make_node("Gemm", ["f", "v"], ["y"], transB=1, name="head")],
        name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(value, key) for key, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(OUT, name + ".onnx"))


write("open_size", [helper.make_node("Relu", ["a"], ["b"], name="relu")], {})
write("computed_size", [
    helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Gather", ["s", "two"], ["h"]),
    helper.make_node("Div", ["h", "four"], ["q"]), helper.make_node("Unsqueeze", ["q", "zero"], ["end"]),
    helper.make_node("Slice", ["a", "zero", "end", "axis"], ["b"], name="crop")],
    {"two": np.array(2), "four": np.array(4), "zero": np.array([0]), "axis": np.array([2])})
