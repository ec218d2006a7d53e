package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Imports a few nodes that read the image {@code x} and constants, and computes their output {@code y}. */
final class GraphRunner {
    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Map<String, ConstantArray> constants = new LinkedHashMap<>();
    private final ByteBuffer elements = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    private final int[] dims;
    private int opset = 18;
    private GraphImporter.Result result;

    private GraphRunner(int... dims) {
        this.dims = dims;
    }

    /** Starts with an image of that shape, batch first. */
    static GraphRunner of(int... dims) {
        return new GraphRunner(dims);
    }

    GraphRunner opset(int version) {
        opset = version;
        return this;
    }

    GraphRunner constant(String name, ConstantArray value) {
        constants.put(name, value);
        return this;
    }

    GraphRunner floats(String name, int[] shape, double... values) {
        return constant(name, ConstantRunner.floats(shape, values));
    }

    GraphRunner number(String name, double value) {
        return floats(name, new int[0], value);
    }

    GraphRunner whole(String name, double... values) {
        return constant(name, ConstantRunner.list(values));
    }

    /** Adds a node that is named after its output. */
    GraphRunner node(String operator, String inputs, String output, AttributeProto... attributes) {
        graph.addNode(made(operator, inputs, output, attributes));
        return this;
    }

    /** Returns a node. Inputs are separated by spaces; {@code -} is a missing one. */
    static NodeProto made(String operator, String inputs, String outputs, AttributeProto... attributes) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).setName("n" + outputs.split(" ")[0])
                .addAllOutput(List.of(outputs.split(" "))).addAllAttribute(List.of(attributes));
        for (String input : inputs.split(" ")) {
            node.addInput(input.equals("-") ? "" : input);
        }
        return node.build();
    }

    /** Returns a tensor of float32 that a graph may hold. */
    TensorProto stored(String name, float... values) {
        int from = elements.position();
        for (float value : values) {
            elements.putFloat(value);
        }
        return ModelBuilder.tensor(name, 1, values.length).addSpan(Span.newBuilder()
                .setField(TensorProto.RAW_DATA_FIELD_NUMBER).setOffset(from).setLength(4L * values.length)).build();
    }

    GraphProto.Builder graph() {
        return graph;
    }

    GraphRunner run() {
        return run("y");
    }

    GraphRunner run(String output) {
        GraphImporter importer = new GraphImporter("file", graph.build(), opset,
                new TensorReader("file", elements, null, null), "x", dims, 1);
        constants.forEach((name, value) -> importer.put(name, value.toConstant()));
        result = importer.run(output);
        return this;
    }

    GraphImporter.Result result() {
        return result;
    }

    List<NodeSpec> nodes() {
        return result.nodes();
    }

    String kinds() {
        return String.join(", ", result.nodes().stream().map(NodeSpec::kind).toList());
    }

    NodeSpec only(String kind) {
        List<NodeSpec> found = result.nodes().stream().filter(each -> each.kind().equals(kind)).toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " nodes of kind " + kind + " in " + kinds());
        }
        return found.get(0);
    }

    /** Computes the output by the operators on constants, for an image whose elements follow from their index. */
    ConstantArray expected(IntToDoubleFunction element) {
        Map<String, ConstantArray> values = new HashMap<>(constants);
        values.put("x", ConstantArray.of(DType.F32, dims, i -> (float) element.applyAsDouble(i)));
        for (NodeProto node : graph.getNodeList()) {
            List<ConstantArray> inputs = new ArrayList<>();
            node.getInputList().forEach(input -> inputs.add(values.get(input)));
            List<ConstantArray> made = ConstantRunner.run(opset, node.getOpType(), node.getOutputCount(), inputs,
                    node.getAttributeList().toArray(AttributeProto[]::new));
            IntStream.range(0, made.size()).forEach(i -> values.put(node.getOutput(i), made.get(i)));
        }
        return values.get("y");
    }

    /** Computes the output, as it is stored, for an image whose elements follow from their index, channels first. */
    float[] values(Engine engine, IntToDoubleFunction element) {
        int[] own = Arrays.copyOfRange(dims, 1, dims.length);
        Tensor x = Tensor.zeros(Shape.of(own));
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = (float) element.applyAsDouble(i);
        }
        return ImportedGraphRunner.stored(result, x, engine).data();
    }

    /** Asserts that the nodes give of the image what they give of a constant with its elements. */
    void assertSame(Engine engine) {
        assertSame(engine, expected(GraphRunner::element));
    }

    /** Asserts that the nodes give these elements. */
    void assertSame(Engine engine, ConstantArray expected) {
        boolean map = expected.rank() == 4 && expected.dims()[0] == 1;
        double[] stored = (map ? expected.transposed(new int[] {0, 2, 3, 1}) : expected).values();
        float[] ours = run().values(engine, GraphRunner::element);
        assertEquals(stored.length, ours.length, kinds());
        for (int i = 0; i < ours.length; i++) {
            assertEquals(stored[i], ours[i], 1e-4 * Math.max(1, Math.abs(stored[i])), "element " + i + ": " + kinds());
        }
    }

    /** Returns a number that float32 holds, for each index another one. */
    static double element(int i) {
        return (i * 37 % 97) / 16.0 - 3;
    }
}
