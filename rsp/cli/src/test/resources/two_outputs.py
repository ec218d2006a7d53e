"""Writes two_outputs.onnx: a graph with two linear layers of ten classes, a and b, on one convolution."""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
weights = {name: (0.3 * random.standard_normal(shape)).astype(np.float32)
           for name, shape in {'w': (4, 3, 3, 3), 'wa': (10, 4), 'wb': (10, 4)}.items()}
nodes = [helper.make_node('Conv', ['x', 'w'], ['c'], pads=[1, 1, 1, 1]), helper.make_node('Relu', ['c'], ['r']),
         helper.make_node('GlobalAveragePool', ['r'], ['p']), helper.make_node('Flatten', ['p'], ['f']),
         helper.make_node('Gemm', ['f', 'wa'], ['a'], transB=1), helper.make_node('Gemm', ['f', 'wb'], ['b'], transB=1)]
graph = helper.make_graph(nodes, 'two outputs', [helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 3, 64, 64])],
                          [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 10]) for name in 'ab'],
                          [numpy_helper.from_array(values, name) for name, values in weights.items()])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)]),
          os.path.join(os.path.dirname(os.path.abspath(__file__)), 'two_outputs.onnx'))
