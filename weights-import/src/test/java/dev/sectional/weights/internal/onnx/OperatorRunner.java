package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.List;

/** Imports one node that reads the image {@code x} and constants, and tells the layers that it becomes. */
final class OperatorRunner {
    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final NodeProto.Builder node;
    private final List<ConstantArray> constants = new ArrayList<>();
    private int[] dims = {1, 3, 8, 8};
    private int opset = 18;
    private GraphImporter.Result result;

    private OperatorRunner(String operator) {
        node = NodeProto.newBuilder().setOpType(operator).setName("node").addOutput("y");
    }

    /** Starts with an operator whose first input is the image. */
    static OperatorRunner of(String operator) {
        return bare(operator).image();
    }

    static OperatorRunner bare(String operator) {
        return new OperatorRunner(operator);
    }

    OperatorRunner dims(int... others) {
        dims = others;
        return this;
    }

    OperatorRunner opset(int version) {
        opset = version;
        return this;
    }

    OperatorRunner image() {
        node.addInput("x");
        return this;
    }

    OperatorRunner missing() {
        node.addInput("");
        return this;
    }

    OperatorRunner constant(ConstantArray value) {
        node.addInput("c" + constants.size());
        constants.add(value);
        return this;
    }

    OperatorRunner whole(double... values) {
        return constant(ConstantRunner.list(values));
    }

    OperatorRunner floats(int[] dims, double... values) {
        return constant(ConstantRunner.floats(dims, values));
    }

    /** Gives the node a weight whose elements count from 0. */
    OperatorRunner weight(int... shape) {
        double[] values = new double[Shape.of(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return floats(shape, values);
    }

    /** Gives the node the image under another shape. */
    OperatorRunner reshaped(int... shape) {
        graph.addNode(NodeProto.newBuilder().setOpType("Reshape").setName("other" + graph.getNodeCount()).addInput("x")
                .addInput("shape" + constants.size()).addOutput("r" + graph.getNodeCount()));
        node.addInput("r" + (graph.getNodeCount() - 1));
        double[] values = new double[shape.length];
        for (int i = 0; i < shape.length; i++) {
            values[i] = shape[i];
        }
        graph.setNode(graph.getNodeCount() - 1, graph.getNode(graph.getNodeCount() - 1).toBuilder()
                .setInput(1, "c" + constants.size()));
        constants.add(ConstantRunner.list(values));
        return this;
    }

    OperatorRunner with(AttributeProto attribute) {
        node.addAttribute(attribute);
        return this;
    }

    OperatorRunner numbers(String name, long... values) {
        return with(ModelBuilder.ints(name, values));
    }

    OperatorRunner number(String name, long value) {
        return with(ConstantRunner.number(name, value));
    }

    OperatorRunner real(String name, double value) {
        return with(ConstantRunner.real(name, (float) value));
    }

    OperatorRunner text(String name, String value) {
        return with(ModelBuilder.text(name, value));
    }

    OperatorRunner run() {
        GraphImporter importer = new GraphImporter("file", graph.addNode(node).build(), opset, null, "x", dims, 1);
        for (int i = 0; i < constants.size(); i++) {
            importer.put("c" + i, constants.get(i).toConstant());
        }
        result = importer.run("y");
        return this;
    }

    Shape shape() {
        return result.shape();
    }

    NodeSpec last() {
        return result.nodes().get(result.nodes().size() - 1);
    }

    NodeSpec first(String kind) {
        return result.nodes().stream().filter(each -> each.kind().equals(kind)).findFirst().orElseThrow();
    }

    Object setting(String key) {
        return last().settings().get(key);
    }

    float[] tensor(String name) {
        return last().tensors().get(name).tensor().data();
    }

    String kinds() {
        return String.join(", ", result.nodes().stream().map(NodeSpec::kind).toList());
    }

    GraphImporter.Result result() {
        return result;
    }
}
