"""`python damage_weight.py MODEL OUT NODE`: a copy of an ONNX model in which one weight of the node is wrong."""
import sys

import numpy
import onnx
from onnx import numpy_helper

source, target, wanted = sys.argv[1:]
model = onnx.load(source)
node = next(node for node in model.graph.node if node.name == wanted)
weight = next(tensor for tensor in model.graph.initializer if tensor.name == node.input[1])
values = numpy_helper.to_array(weight).copy()
values.flat[values.size // 2] = 8
weight.CopyFrom(numpy_helper.from_array(values.astype(values.dtype), weight.name))
onnx.save(model, target)
