package dev.sectional.nn.model;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graphs that travel as text beside their weights. */
class GraphFormatTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static NodeSpec node(String name, String kind, Map<String, Object> settings, String... inputs) {
        return new NodeSpec(name, kind, settings, Map.of(), List.of(inputs));
    }

    private static NodeSpec plain(String name, String kind, String... inputs) {
        return node(name, kind, Map.of(), inputs);
    }

    /** A node of every kind. */
    private static List<NodeSpec> everyKind() {
        Map<String, TensorSource> norm = new LinkedHashMap<>();
        for (String key : List.of("weight", "bias", "running_mean", "running_var")) {
            norm.put(key, Tensor.of(Shape.of(4), 1, 0.5f, 2, 0.25f));
        }
        int[] ones = {1, 1};
        int[] none = {0, 0, 0, 0};
        Map<String, Object> conv = NodeSpec.settings("stride", ones, "padding", new int[] {1, 0, 1, 2},
                "dilation", new int[] {1, 2}, "groups", 1);
        Map<String, Object> grouped = NodeSpec.settings("stride", ones, "padding", none, "dilation", ones, "groups", 2);
        Map<String, Object> max = NodeSpec.settings("kernel", new int[] {3, 2}, "stride", new int[] {2, 2},
                "padding", new int[] {1, 0, 1, 0}, "dilation", ones, "ceil", true);
        Map<String, Object> lrn = NodeSpec.settings("size", 3, "alpha", 1e-4f, "beta", 0.75f, "k", 1f);
        Map<String, Object> average = NodeSpec.settings("kernel", new int[] {2, 2}, "stride", ones, "padding", none,
                "ceil", false, "count_padding", false);
        return List.of(
                node("pad", "Pad2d", NodeSpec.settings("padding", new int[] {0, 1, 1, 0}), "image"),
                node("conv", "Conv2d", conv, "pad")
                        .with(Map.of("weight", random(Shape.of(4, 3, 3, 2), 4), "bias", random(Shape.of(4), 1))),
                node("norm", "BatchNorm2d", NodeSpec.settings("epsilon", 1e-5f), "conv").with(norm),
                node("leaky", "LeakyReLU", NodeSpec.settings("slope", 0.01f), "norm"),
                node("max", "MaxPool2d", max, "leaky"),
                node("clip", "Clip", NodeSpec.settings("least", 0f, "greatest", 6f), "max"),
                node("lrn", "LocalResponseNorm", lrn, "max"),
                plain("both", "Concat", "clip", "lrn"),
                node("grouped", "Conv2d", grouped, "both").with(Map.of("weight", random(Shape.of(8, 4, 1, 1), 4))),
                plain("sum", "Add", "both", "grouped"),
                plain("relu", "ReLU", "sum"),
                node("avg", "AvgPool2d", average, "relu"),
                node("pool", "AdaptiveAvgPool2d", NodeSpec.settings("size", new int[] {2, 1}), "avg"),
                plain("flat", "Flatten", "pool"),
                node("unflat", "Unflatten", NodeSpec.settings("shape", new int[] {4, 2, 2}), "flat"),
                plain("flat2", "Flatten", "unflat"),
                plain("drop", "Dropout", "flat2"),
                plain("fc", "Linear", "drop")
                        .with(Map.of("weight", random(Shape.of(5, 16), 2), "bias", random(Shape.of(5), 1))));
    }

    private static NodeSpec valued(String name, String kind, String key, Shape shape, String input) {
        return plain(name, kind, input).with(Map.of(key, random(shape, 5)));
    }

    /** A node of every kind for values of any rank, one after the other on 2x3 values. */
    private static List<NodeSpec> everyTensorKind() {
        List<NodeSpec> specs = new ArrayList<>(List.of(
                node("same", "Conv2d", NodeSpec.settings("stride", new int[] {1, 1}, "padding", new int[4], "dilation",
                        new int[] {1, 1}, "groups", 1, "auto_pad", 1), "image")
                        .with(Map.of("weight", random(Shape.of(3, 3, 3, 3), 4))),
                node("up", "ConvTranspose2d", NodeSpec.settings("stride", new int[] {2, 2}, "padding", new int[4],
                        "dilation", new int[] {1, 1}, "groups", 1, "output_padding", new int[] {1, 0}), "same")
                        .with(Map.of("weight", random(Shape.of(3, 3, 2, 2), 4), "bias", random(Shape.of(3), 1))),
                node("down", "Resize", NodeSpec.settings("size", new int[] {9, 8}, "mode", 1, "scale",
                        new double[] {0.5, 0.5}), "up"),
                node("group", "GroupNorm", NodeSpec.settings("groups", 3, "epsilon", 1e-5), "down")
                        .with(Map.of("weight", random(Shape.of(3), 4), "bias", random(Shape.of(3), 1))),
                node("layer", "LayerNorm", NodeSpec.settings("axes", 1, "epsilon", 1e-5), "group")
                        .with(Map.of("weight", random(Shape.of(3), 4), "bias", random(Shape.of(3), 1))),
                node("rms", "RMSNorm", NodeSpec.settings("axes", 2, "epsilon", 1e-5), "layer")
                        .with(Map.of("weight", random(Shape.of(8, 3), 4))),
                node("unit", "LpNormalize", NodeSpec.settings("axis", 2, "p", 2), "rms"),
                valued("fc", "Linear", "weight", Shape.of(3, 3), "unit"),
                node("mean", "ReduceMean", NodeSpec.settings("axes", new int[] {1}, "keep", false), "fc"),
                node("slice", "Slice", NodeSpec.settings("axis", 0, "start", 8, "step", -4, "count", 2), "mean"),
                node("soft", "Softmax", NodeSpec.settings("axis", 1), "slice"),
                node("log", "LogSoftmax", NodeSpec.settings("axis", 0), "soft"),
                plain("constant", "Constant").with(Map.of("value", random(Shape.of(2, 3), 1))),
                valued("plus", "AddConstant", "value", Shape.of(3), "log"),
                valued("times", "MultiplyConstant", "value", Shape.of(2, 1), "plus"),
                valued("prelu", "PReLU", "weight", Shape.of(1), "times"),
                node("quantize", "Quantize", NodeSpec.settings("least", -128, "greatest", 127), "prelu")
                        .with(Map.of("scale", Tensor.of(Shape.of(1), 0.01f), "zero", Tensor.of(Shape.of(1), 3))),
                node("permute", "Permute", NodeSpec.settings("axes", new int[] {1, 0}), "quantize"),
                node("reshape", "Reshape", NodeSpec.settings("shape", new int[] {2, 3}), "permute"),
                node("gather", "Gather", NodeSpec.settings("axis", 0, "indices", new int[] {1, 0}, "drop", 0),
                        "reshape"),
                node("pad", "Pad", NodeSpec.settings("before", new int[] {1, 0}, "after", new int[] {0, 0}, "mode", 1),
                        "gather"),
                node("max", "ReduceMax", NodeSpec.settings("axes", new int[] {0}, "keep", true), "pad"),
                node("expand", "Expand", NodeSpec.settings("shape", new int[] {2, 3}), "max"),
                node("silu", "SiLU", NodeSpec.settings("beta", 1.702), "expand")));
        String last = "silu";
        for (String kind : List.of("Sigmoid", "GELU", "SELU")) {
            specs.add(plain(kind, kind, last));
            last = kind;
        }
        for (String kind : List.of("Subtract", "Multiply", "Maximum", "Minimum", "Divide")) {
            specs.add(plain(kind, kind, last, "constant"));
            last = kind;
        }
        specs.add(node("turned", "Permute", NodeSpec.settings("axes", new int[] {1, 0}), "constant"));
        specs.add(plain("square", "MatMul", last, "turned"));
        specs.add(plain("product", "MatMul", "square", "constant"));
        last = "product";
        specs.add(node("join", "Concat", NodeSpec.settings("axis", 1), last, "constant"));
        specs.add(node("l2", "ReduceL2", NodeSpec.settings("axes", new int[] {0}, "keep", false), "join"));
        return specs;
    }

    @Test
    void kindsForAnyRankComeBackTheSame() {
        List<NodeSpec> specs = everyTensorKind();
        Tensor image = random(Shape.of(3, 9, 8), 3);
        try (Network network = GraphFormat.network("memory", specs, Network.builder()
                .card(ModelCard.fromMetadata(metadata(""))).engine(engine));
             Network again = Models.of("file", GraphFormat.tensors(specs))
                     .metadata(metadata(GraphFormat.describe(specs))).engine(engine).load()) {
            assertEquals(6, network.classes());
            assertArrayEquals(network.logits(image).data(), again.forward(image).logits().data());
        }
    }

    /**
     * {@code graph-version-1.safetensors} was written by {@code convert} before files had a version, from a network
     * with batch norm, a grouped convolution, a sum, a concatenation, poolings and clipping. The logits are those of
     * the program that wrote it, whose rounding may differ.
     */
    @Test
    void aFileOfVersionOneLoads() throws Exception {
        Path file = Path.of(GraphFormatTest.class.getResource("graph-version-1.safetensors").toURI());
        try (Network network = Models.load(file)) {
            Tensor image = Tensor.zeros(Shape.of(3, 12, 14));
            for (int i = 0; i < image.data().length; i++) {
                image.data()[i] = (i % 7 - 3) / 4f;
            }
            assertArrayEquals(new float[] {0.22984165f, 0.12687397f, -0.349371f, 0.06463728f},
                    network.logits(image).data(), 1e-6f);
            assertEquals(12, network.nodes().size());
        }
    }

    /** Files of version 1 have no version; their kinds mean the same. */
    @Test
    void readsVersionOneAndRefusesALaterVersion() {
        List<NodeSpec> specs = everyKind();
        String text = GraphFormat.describe(specs);
        String version = "\"version\": " + GraphFormat.VERSION + ", ";
        assertTrue(text.contains(version), text);
        Models.of("file", GraphFormat.tensors(specs)).metadata(metadata(text.replace(version, ""))).engine(engine)
                .load().close();
        InputException e = assertThrows(InputException.class, () -> Models.of("file", GraphFormat.tensors(specs))
                .metadata(metadata(text.replace(version, "\"version\": 3, "))).engine(engine).load().close());
        assertTrue(e.getMessage().contains("version 3 of the format") && e.getMessage().contains("convert"),
                e.getMessage());
    }

    private static Map<String, String> metadata(String graph) {
        return new HashMap<>(Map.of("sectional.architecture", "graph", "sectional.input", "3,9,8", GraphFormat.KEY,
                graph));
    }

    @Test
    void everyKindComesBackTheSame() {
        List<NodeSpec> specs = everyKind();
        ModelCard card = ModelCard.fromMetadata(metadata(""));
        Tensor image = random(Shape.of(3, 9, 8), 3);
        try (Network network = GraphFormat.network("memory", specs, Network.builder().card(card).engine(engine));
             Network again = Models.of("file", GraphFormat.tensors(specs))
                     .metadata(metadata(GraphFormat.describe(specs))).engine(engine).load()) {
            assertEquals(5, network.classes());
            assertArrayEquals(network.forward(image).logits().data(), again.forward(image).logits().data());
            assertEquals(network.nodes().stream().map(Node::name).toList(), again.nodes().stream().map(Node::name)
                    .toList());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "Conv2d           | Conv9d             | there is no such kind",
        "\"groups\": 1    | \"groups\": 3       | file: ",
        "\"groups\": 1    | \"groups\": 1.5     | its groups is 1.5, wanted a whole number",
        "\"name\": \"pad\" | \"name\": \"conv\"   | conv",
        "\"image\"        | \"imago\"          | imago",
        "\"slope\": 0.0   | \"slope\": \"a\"0.0  | cannot be read",
        "\"inputs\"       | \"outputs\"        | a node has a name, a kind, inputs and settings"})
    void refusesInOneLineWhatIsNoGraph(String what, String instead, String expected) {
        List<NodeSpec> specs = everyKind();
        String text = GraphFormat.describe(specs);
        assertTrue(text.contains(what), text);
        String damaged = text.replace(what, instead);
        InputException e = assertThrows(InputException.class, () -> Models.of("file", GraphFormat.tensors(specs))
                .metadata(metadata(damaged)).engine(engine).load().close());
        assertTrue(e.getMessage().startsWith("file: ") && e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void refusesMissingUnknownAndInfiniteTensors() {
        List<NodeSpec> specs = everyKind();
        Map<String, String> metadata = metadata(GraphFormat.describe(specs));
        Map<String, TensorSource> missing = GraphFormat.tensors(specs);
        missing.remove("fc.weight");
        assertRefused(missing, metadata, "weight is missing");
        Map<String, TensorSource> unknown = GraphFormat.tensors(specs);
        unknown.put("fc.extra", Tensor.zeros(Shape.of(1)));
        assertRefused(unknown, metadata, "unknown tensor 'fc.extra'");
        Map<String, TensorSource> infinite = GraphFormat.tensors(specs);
        infinite.put("fc.bias", Tensor.of(Shape.of(5), 0, 0, Float.NaN, 0, 0));
        assertRefused(infinite, metadata, "tensor 'fc.bias' holds NaN at element 2");
        metadata.remove(GraphFormat.KEY);
        assertRefused(GraphFormat.tensors(specs), metadata, "has no sectional.graph");
    }

    private static void assertRefused(Map<String, TensorSource> tensors, Map<String, String> metadata,
            String expected) {
        InputException e = assertThrows(InputException.class, () -> Models.of("file", tensors).metadata(metadata)
                .engine(engine).load().close());
        assertTrue(e.getMessage().startsWith("file: ") && e.getMessage().contains(expected), e.getMessage());
    }
}
