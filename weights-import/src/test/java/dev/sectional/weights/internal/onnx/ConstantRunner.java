package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.List;
import java.util.stream.IntStream;

/** Runs one node on constants, as the importer does for what a graph computes before it sees an image. */
final class ConstantRunner {
    private ConstantRunner() {}

    static int[] dims(int... dims) {
        return dims;
    }

    static ConstantArray floats(int[] dims, double... values) {
        return new ConstantArray(DType.F32, dims, values);
    }

    static ConstantArray whole(int[] dims, double... values) {
        return new ConstantArray(DType.I64, dims, values);
    }

    static ConstantArray typed(DType type, double... values) {
        return new ConstantArray(type, dims(values.length), values);
    }

    static ConstantArray list(double... values) {
        return typed(DType.I64, values);
    }

    static AttributeProto number(String name, long value) {
        return ModelBuilder.whole(name, value, AttributeType.INT);
    }

    static AttributeProto real(String name, float value) {
        return AttributeProto.newBuilder().setName(name).setF(value).setType(AttributeType.FLOAT).build();
    }

    static ConstantArray run(int opset, String operator, List<ConstantArray> inputs, AttributeProto... attributes) {
        return run(opset, operator, 1, inputs, attributes).get(0);
    }

    /** Returns the outputs of a node; an input that is null is left out. */
    static List<ConstantArray> run(int opset, String operator, int outputs, List<ConstantArray> inputs,
                                   AttributeProto... attributes) {
        GraphImporter importer = new GraphImporter("file", GraphProto.getDefaultInstance(), opset, null, "x",
                new int[] {1, 3, 8, 8}, 1);
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).setName("node")
                .addAllAttribute(List.of(attributes));
        for (int i = 0; i < inputs.size(); i++) {
            node.addInput(inputs.get(i) == null ? "" : "in" + i);
            if (inputs.get(i) != null) {
                importer.put("in" + i, inputs.get(i).toConstant());
            }
        }
        IntStream.range(0, outputs).forEach(i -> node.addOutput("out" + i));
        OperatorTable.run(new OperatorCall(importer, node.build(), "node"));
        return IntStream.range(0, outputs)
                .mapToObj(i -> ConstantArray.of((ConstantValue) importer.value("out" + i))).toList();
    }
}
