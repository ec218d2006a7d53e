package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.nn.Network;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs of models: what their configuration may be, in which order their layers run, and the limits. */
class KerasGraphTest {
    private static final String INPUT = "{\"class_name\": \"InputLayer\", \"name\": \"in\", \"config\":"
            + " {\"batch_shape\": [null, 4, 4, 2]}, \"inbound_nodes\": []}";

    private static final KerasWeights NONE = new KerasWeights() {
        @Override
        public List<StoredTensor> of(int layer, String... parts) {
            return List.of();
        }

        @Override
        public KerasWeights nested(int layer, KerasModel nested) {
            return this;
        }
    };

    private static void refused(String said, Executable reading) {
        String message = assertThrows(IllegalArgumentException.class, reading).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static KerasModel read(String className, String config) {
        return KerasModel.read(className, ConfigJson.object("{\"config\": " + config + "}").get("config"), true);
    }

    private static String layer(String className, String name, String... from) {
        String refs = Arrays.stream(from).map(each -> "[\"" + each + "\", 0, 0, {}]").collect(Collectors.joining(", "));
        return "{\"class_name\": \"" + className + "\", \"name\": \"" + name
                + "\", \"config\": {}, \"inbound_nodes\": [[" + refs + "]]}";
    }

    private static KerasModel functional(String output, String... layers) {
        return read("Functional", "{\"name\": \"m\", \"layers\": [" + INPUT + ", " + String.join(", ", layers)
                + "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"" + output + "\", 0, 0]]}");
    }

    private static String run(KerasModel model) {
        GraphNodes nodes = new GraphNodes();
        List<KerasValue> outputs = new GraphBuilder(nodes).run(model, NONE, List.of(nodes.image(Shape.of(4, 4, 2))));
        return outputs.stream().map(KerasValue::node).collect(Collectors.joining(",")) + ": "
                + nodes.leadingTo(outputs.get(0).node()).stream().map(spec -> spec.name() + spec.inputs())
                        .collect(Collectors.joining(" "));
    }

    /** Only layers that lead to the output run, each after those that it reads, else in the order of the file. */
    @Test
    void layersRunWhenTheirInputsAreThere() {
        assertEquals("sum: a[" + Network.IMAGE + "] b[a] c[a] sum[b, c]", run(functional("sum",
                layer("Add", "sum", "b", "c"), layer("ReLU", "a", "in"), layer("ReLU", "b", "a"),
                layer("ReLU", "c", "a"), layer("Lambda", "unused", "in"))));
        assertEquals("a: a[" + Network.IMAGE + "]", run(functional("a", layer("ReLU", "a", "in"),
                layer("ReLU", "b", "a"))));
        refused("the layers of model 'm' form a circle", () -> run(functional("a", layer("ReLU", "a", "b"),
                layer("ReLU", "b", "a"))));
        refused("a call takes [absent, 0, 0, {}], which is no layer's result",
                () -> functional("a", layer("ReLU", "a", "absent")));
        refused("layer 2: layer 'a' (Lambda): ", () -> run(functional("a", layer("Lambda", "a", "in"))));
        refused("two layers are named 'a'", () -> functional("a", layer("ReLU", "a", "in"), layer("ReLU", "a", "in")));
    }

    private static String nested(int depth) {
        String inner = "{\"class_name\": \"ReLU\", \"config\": {\"name\": \"r\"}}";
        for (int i = 0; i < depth; i++) {
            inner = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [" + inner + "]}}";
        }
        return "{\"layers\": [" + inner + "]}";
    }

    @Test
    void modelsNest32Deep() {
        assertEquals("r: r[" + Network.IMAGE + "]", run(read("Sequential", nested(32))));
        refused("its models nest deeper than 32", () -> run(read("Sequential", nested(33))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"a\", 1, 0]", "[\"a\", 0, 1]", "[\"a\", -1, 0]", "[\"a\", 0, -1]", "[\"a\", 20001, 0]",
        "[\"a\", 0]", "[\"b\", 0, 0]", "[\"a\", \"0\", 0]", "\"a\"", "3"})
    void outputsAreResultsOfLayers(String output) {
        String model = "{\"name\": \"m\", \"layers\": [" + INPUT + ", " + layer("ReLU", "a", "in")
                + "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [" + output + "]}";
        assertThrows(IllegalArgumentException.class, () -> run(read("Functional", model)));
    }

    @Test
    void modelsTakeAndReturnOneOrSeveralValues() {
        String two = "{\"name\": \"m\", \"layers\": [" + INPUT + ", " + layer("ReLU", "a", "in")
                + "], \"input_layers\": [\"in\", 0, 0], \"output_layers\": {\"x\": [\"a\", 0, 0],"
                + " \"y\": [[\"in\", 0, 0]]}}";
        assertEquals("a," + Network.IMAGE + ": a[" + Network.IMAGE + "]", run(read("Functional", two)));
        String inputs = two.replace("\"input_layers\": [\"in\", 0, 0]",
                "\"input_layers\": [[\"in\", 0, 0], [\"a\", 0, 0]]");
        refused("model 'm' takes 2 inputs and is given 1", () -> run(read("Functional", inputs)));
        assertNull(read("Functional", inputs).inputShape());
        refused("its inputs or outputs are null", () -> read("Functional", two.replace("input_layers", "other")));
    }

    @Test
    void aSequentialModelIsAChain() {
        KerasModel chain = read("Sequential", "{\"layers\": [{\"class_name\": \"ReLU\", \"config\": {\"name\": \"r\","
                + " \"batch_input_shape\": [null, 4.0, 0, 2.5]}}, {\"class_name\": \"Softmax\", \"config\": {}}]}");
        assertEquals("softmax_2: r[" + Network.IMAGE + "] softmax_2[r]", run(chain));
        assertArrayEquals(new int[] {-1, 4, -1, -1}, chain.inputShape());
        assertEquals("model_input", chain.layers().get(0).name());
        assertEquals("softmax_2", chain.layers().get(2).name());
        KerasModel built = read("Sequential", "{\"build_input_shape\": {\"items\": [null, 5, 6, 3]}, \"layers\":"
                + " [{\"class_name\": \"ReLU\", \"config\": {}}]}");
        assertArrayEquals(new int[] {-1, 5, 6, 3}, built.inputShape());
        KerasModel inside = read("Sequential", "{\"layers\": [{\"class_name\": \"Sequential\", \"config\":"
                + " {\"layers\": [" + INPUT + "]}}]}");
        assertArrayEquals(new int[] {-1, 4, 4, 2}, inside.inputShape());
        KerasModel input = read("Sequential", "{\"layers\": [" + INPUT + "]}");
        assertEquals(1, input.layers().size());
        assertNull(read("Sequential", "{\"layers\": [{\"class_name\": \"ReLU\"}]}").inputShape());
        KerasModel old = read("Sequential", "[{\"class_name\": \"ReLU\", \"config\": {}}]");
        assertEquals(2, old.layers().size());
    }

    @Test
    void configurationsHoldLayersWithAClass() {
        refused("class Sequential has no list of layers", () -> read("Sequential", "{}"));
        refused("class Sequential has no list of layers", () -> read("Sequential", "{\"layers\": []}"));
        refused("class Sequential has no list of layers", () -> read("Sequential", "null"));
        refused("class Subclassed has no list of layers", () -> read("Subclassed", "{\"layers\": [" + INPUT + "]}"));
        refused("layer 2 has no class", () -> read("Sequential", "{\"layers\": [" + INPUT + ", {\"name\": \"x\"}]}"));
        refused("layer 1 has no class", () -> read("Sequential", "{\"layers\": [3]}"));
        Map<String, Object> relu = Map.of("class_name", "ReLU");
        assertEquals(20_001, KerasModel.read("Sequential", Collections.nCopies(20_000, relu), true).layers().size());
        refused("it has more than 20000 layers",
                () -> KerasModel.read("Sequential", Collections.nCopies(20_001, relu), true));
        LayerConfig layer = KerasModel.layer(Map.of("class_name", "ReLU", "name", "outer", "module", "keras.layers",
                "config", Map.of("name", "inner"), "build_config", Map.of("input_shape", List.of(1L))), true, 0);
        assertEquals(List.of("ReLU", "keras.layers", "outer"), List.of(layer.className(), layer.module(),
                layer.name()));
        assertEquals(List.of(1L), layer.get("build_input_shape"));
    }

    /** Keras counts a nested model's own graph as its first call in some releases. */
    @Test
    void callsOfNestedModelsCountFromTheFirstOneThatIsRead() {
        String inner = "{\"class_name\": \"Sequential\", \"name\": \"s\", \"config\": {\"layers\": [{\"class_name\":"
                + " \"ReLU\", \"config\": {\"name\": \"r\"}}]}, \"inbound_nodes\": [[[\"in\", 0, 0, {}]]]}";
        for (int first = 0; first <= 1; first++) {
            String model = "{\"name\": \"m\", \"layers\": [" + INPUT + ", " + inner + ", "
                    + layer("Softmax", "e", "s").replace("\"s\", 0", "\"s\", " + first)
                    + "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"e\", 0, 0]]}";
            assertEquals("e: r[" + Network.IMAGE + "] e[r]", run(read("Functional", model)));
            String output = "{\"layers\": [" + INPUT + ", " + inner + "], \"input_layers\": [[\"in\", 0, 0]],"
                    + " \"output_layers\": [[\"s\", " + first + ", 0]]}";
            assertEquals("r: r[" + Network.IMAGE + "]", run(read("Functional", output)));
        }
    }

    /** Values lie in lists and have names, in calls of Keras 3 and of Keras 2. */
    @Test
    void argumentsAreResultsOfLayers() {
        String add = layer("Add", "s", "in").replace("[[[\"in\", 0, 0, {}]]]", "NODE");
        String list = "[{\"args\": [[[\"a\", 0, 0], [\"in\", 0, 0], 3]]}]";
        assertEquals("s: a[" + Network.IMAGE + "] s[a, " + Network.IMAGE + "]", run(functional("s",
                layer("ReLU", "a", "in"), add.replace("NODE", list))));
        String named = "[[[\"in\", 0, 0, {\"y\": [\"a\", 0, 0]}]]]";
        assertEquals("s: a[" + Network.IMAGE + "] s[" + Network.IMAGE + ", a]", run(functional("s",
                layer("ReLU", "a", "in"), add.replace("NODE", named))));
        refused("layer 'a' is called 1 times, and its call 3 is read", () -> run(functional("s",
                layer("ReLU", "a", "in"), layer("ReLU", "s", "a").replace("\"a\", 0", "\"a\", 2"))));
        refused("output 4 of layer 'a' is not computed", () -> run(functional("s", layer("ReLU", "a", "in"),
                layer("ReLU", "s", "a").replace("\"a\", 0, 0", "\"a\", 0, 3"))));
    }

    private static GraphNodes nodes(KerasModel model) {
        GraphNodes nodes = new GraphNodes();
        new GraphBuilder(nodes).run(model, NONE, List.of(nodes.image(Shape.of(4, 4, 2))));
        return nodes;
    }

    @Test
    void othersTypesThanFloat32AreStated() {
        String relu = "{\"layers\": [{\"class_name\": \"ReLU\", \"config\": {\"dtype\": \"TYPE\"}}]}";
        assertEquals(Set.of("float32 for what the model computes in mixed_float16"),
                nodes(read("Sequential", relu.replace("TYPE", "mixed_float16"))).assumed());
        assertEquals(Set.of(), nodes(read("Sequential", relu.replace("TYPE", "float32"))).assumed());
    }

    /** Keras 3 runs a nested model as predict does, whatever its call records; Keras 2 trains it. */
    @Test
    void nestedModelsDoNotTrain() {
        String inner = "{\"class_name\": \"Sequential\", \"name\": \"s\", \"config\": {\"layers\": [{\"class_name\":"
                + " \"ReLU\", \"config\": {}}]}, \"inbound_nodes\": [[[\"in\", 0, 0, {\"training\": true}]]]}";
        assertEquals(1, nodes(functional("s", inner)).assumed().size());
        Object config = ConfigJson.object("{\"c\": {\"layers\": [" + INPUT + ", " + inner + "], \"input_layers\":"
                + " [\"in\", 0, 0], \"output_layers\": [\"s\", 0, 0]}}").get("c");
        refused("it is called with training=True, which predict of Keras 2",
                () -> nodes(KerasModel.read("Functional", config, false)));
    }
}
