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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graphs that travel as text beside their weights. */
class GraphFormatTest {
    private static final Engine ENGINE = Engine.open(Provider.configured(), 2);

    @AfterAll
    static void close() {
        ENGINE.close();
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

    private static Map<String, String> metadata(String graph) {
        return new HashMap<>(Map.of("sectional.architecture", "graph", "sectional.input", "3,9,8", GraphFormat.KEY,
                graph));
    }

    @Test
    void everyKindComesBackTheSame() {
        List<NodeSpec> specs = everyKind();
        ModelCard card = ModelCard.fromMetadata(metadata(""));
        Tensor image = random(Shape.of(3, 9, 8), 3);
        try (Network network = GraphFormat.network("memory", specs, Network.builder().card(card).engine(ENGINE));
             Network again = Models.of("file", GraphFormat.tensors(specs))
                     .metadata(metadata(GraphFormat.describe(specs))).engine(ENGINE).load()) {
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
                .metadata(metadata(damaged)).engine(ENGINE).load().close());
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
                .engine(ENGINE).load().close());
        assertTrue(e.getMessage().startsWith("file: ") && e.getMessage().contains(expected), e.getMessage());
    }
}
