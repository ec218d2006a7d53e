package dev.sectional.weights.internal.onnx;

import com.google.protobuf.ByteString;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.OperatorSetIdProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.TensorShapeProto;
import dev.sectional.weights.internal.onnx.proto.TypeProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Small ONNX models, right ones and wrong ones: input {@code x} of shape (1, 3, 8, 8), output {@code y}. */
final class ModelBuilder {
    private static final int FLOAT = 1;
    private static final int BOOL = 9;
    private static final int INT64 = 7;

    private final GraphProto.Builder graph = GraphProto.newBuilder().addInput(value("x", 1, 3, 8, 8))
            .addOutput(ValueInfoProto.newBuilder().setName("y"));
    private long opset = 13;

    static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        Arrays.stream(dims).forEach(dim -> shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim)));
        return ValueInfoProto.newBuilder().setName(name)
                .setType(TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(FLOAT)
                        .setShape(shape))).build();
    }

    ModelBuilder opset(long version) {
        opset = version;
        return this;
    }

    GraphProto.Builder graph() {
        return graph;
    }

    ModelBuilder node(String operator, List<String> inputs, String output, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder().setOpType(operator).setName("the " + operator).addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return this;
    }

    /** Float values 0, 1/8, 2/8 and so on, raw. */
    ModelBuilder floats(String name, long... dims) {
        int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putFloat(i % 16 / 8f - 0.5f);
        }
        graph.addInitializer(tensor(name, FLOAT, dims).setRawData(ByteString.copyFrom(bytes.array())));
        return this;
    }

    ModelBuilder whole(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(bytes::putLong);
        graph.addInitializer(tensor(name, INT64, values.length).setRawData(ByteString.copyFrom(bytes.array())));
        return this;
    }

    /** Minus infinity everywhere. */
    ModelBuilder hidden(String name, long... dims) {
        int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat(Float.NEGATIVE_INFINITY);
        }
        graph.addInitializer(tensor(name, FLOAT, dims).setRawData(ByteString.copyFrom(bytes.array())));
        return this;
    }

    /** Flags that are all false. */
    ModelBuilder flags(String name, long... dims) {
        int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        graph.addInitializer(tensor(name, BOOL, dims).setRawData(ByteString.copyFrom(new byte[count])));
        return this;
    }

    static TensorProto.Builder tensor(String name, int type, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type);
        Arrays.stream(dims).forEach(tensor::addDims);
        return tensor;
    }

    /** A convolution to 4 channels, a global average, and one value per class. */
    static ModelBuilder classifier() {
        return new ModelBuilder().floats("w", 4, 3, 3, 3).node("Conv", List.of("x", "w"), "c")
                .node("GlobalAveragePool", List.of("c"), "a")
                .node("Flatten", List.of("a"), "y");
    }

    static AttributeProto ints(String name, long... values) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
        Arrays.stream(values).forEach(attribute::addInts);
        return attribute.build();
    }

    static AttributeProto whole(String name, long value, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setI(value).setType(type).build();
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder().setName(name).setS(ByteString.copyFromUtf8(value))
                .setType(AttributeType.STRING).build();
    }

    ModelProto model() {
        return ModelProto.newBuilder().setIrVersion(8).addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph).build();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, model().toByteArray());
    }
}
