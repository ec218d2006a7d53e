package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * VGG16 as an ONNX file beside its weights. The file holds the graph only; the values are external data that lie in the
 * safetensors file, so both engines read the same bytes. Field numbers are those of {@code onnx.proto3}.
 */
final class OnnxModel {
    static final String INPUT = "image";
    static final String OUTPUT = "logits";
    private static final int IR_VERSION = 8;
    private static final int OPSET = 13;
    private static final int FLOAT = 1;
    private static final int EXTERNAL = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;

    private final Protobuf graph = new Protobuf();
    private String last = INPUT;

    private OnnxModel() {
    }

    /** Writes the file; it is small, so each run writes it anew. */
    static Path write(Path weights) throws IOException {
        Path file = weights.resolveSibling("vgg16-generated.onnx");
        Files.write(file, new OnnxModel().model(weights).toBytes());
        return file;
    }

    private Protobuf model(Path weights) throws IOException {
        int index = 0;
        for (String layer : Vgg16.LAYERS) {
            if (layer.equals("M")) {
                node("MaxPool", "pool" + index, List.of(), ints("kernel_shape", 2, 2), ints("strides", 2, 2));
                index++;
            } else {
                parameterNode("Conv", "features." + index, ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1),
                        ints("strides", 1, 1));
                node("Relu", "relu" + index, List.of());
                index += 2;
            }
        }
        node("Flatten", "flatten", List.of());
        for (int i = 0; i <= 6; i += 3) {
            parameterNode("Gemm", "classifier." + i, integer("transB", 1));
            if (i < 6) {
                node("Relu", "relu.classifier" + i, List.of());
            }
        }
        node("Identity", OUTPUT, List.of());
        graph.text(2, "vgg16");
        Map<String, Long> offsets = Vgg16.offsets(weights);
        Vgg16.parameters().forEach((name, shape) ->
                graph.message(5, initializer(name, shape, weights.getFileName().toString(), offsets.get(name))));
        graph.message(11, value(INPUT, 1, 3, Vgg16.SIZE, Vgg16.SIZE));
        graph.message(12, value(OUTPUT, 1, Vgg16.CLASSES));
        return new Protobuf().number(1, IR_VERSION).message(7, graph)
                .message(8, new Protobuf().text(1, "").number(2, OPSET));
    }

    private void parameterNode(String operator, String name, Protobuf... attributes) {
        node(operator, name, List.of(name + ".weight", name + ".bias"), attributes);
    }

    /** A node that takes the last one's output and then the given inputs; its output has its name. */
    private void node(String operator, String name, List<String> inputs, Protobuf... attributes) {
        Protobuf node = new Protobuf().text(1, last);
        inputs.forEach(input -> node.text(1, input));
        node.text(2, name).text(3, name).text(4, operator);
        for (Protobuf attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        last = name;
    }

    private static Protobuf integer(String name, int value) {
        return new Protobuf().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
    }

    private static Protobuf ints(String name, int... values) {
        Protobuf attribute = new Protobuf().text(1, name);
        for (int value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, ATTRIBUTE_INTS);
    }

    private static Protobuf initializer(String name, Shape shape, String file, long offset) {
        Protobuf tensor = new Protobuf();
        for (int dim : shape.dims()) {
            tensor.number(1, dim);
        }
        return tensor.number(2, FLOAT).text(8, name)
                .message(13, entry("location", file))
                .message(13, entry("offset", String.valueOf(offset)))
                .message(13, entry("length", String.valueOf((long) shape.size() * Float.BYTES)))
                .number(14, EXTERNAL);
    }

    private static Protobuf entry(String key, String value) {
        return new Protobuf().text(1, key).text(2, value);
    }

    private static Protobuf value(String name, int... dims) {
        Protobuf shape = new Protobuf();
        for (int dim : dims) {
            shape.message(1, new Protobuf().number(1, dim));
        }
        Protobuf tensorType = new Protobuf().number(1, FLOAT).message(2, shape);
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensorType));
    }
}
