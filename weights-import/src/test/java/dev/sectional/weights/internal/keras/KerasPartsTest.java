package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of a layer, the JSON around them, layouts of weights, and batch norms that become part of a layer. */
class KerasPartsTest {
    private static LayerConfig config(Object... keysAndValues) {
        Map<String, Object> settings = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            settings.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return new LayerConfig("Class", "module", "layer", settings, true);
    }

    private static void refused(String said, Executable reading) {
        String message = assertThrows(IllegalArgumentException.class, reading).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void aSettingHasTheFirstNameThatIsThere() {
        LayerConfig config = config("new", null, "old", "value", "oldest", "other");
        assertEquals("value", config.text("missing", "new", "old", "oldest"));
        assertEquals("missing", config.text("missing", "new"));
        assertTrue(config.has("new", "old"));
        assertFalse(config.has("new"));
        refused("its number is 3, wanted a text", () -> config("number", 3L).text("", "number"));
        LayerConfig other = config.as("Other", Map.of("a", "b"));
        assertEquals(new LayerConfig("Other", "module", "layer", Map.of("a", "b"), true), other);
    }

    @Test
    void numbersOfNumpyAreNumbers() {
        assertEquals(0.5, config("a", Map.of("type", "ndarray", "value", 0.5)).number(0, "a"));
        assertEquals(0.25, config("a", Map.of("config", Map.of("value", 0.25))).number(0, "a"));
        refused("wanted a finite number", () -> config("a", Map.of("type", "list", "value", 0.5)).number(0, "a"));
        refused("wanted a finite number", () -> config("a", Map.of("config", Map.of())).number(0, "a"));
        refused("wanted a finite number", () -> config("a", Double.NaN).number(0, "a"));
        refused("wanted a finite number", () -> config("a", "text").number(0, "a"));
        assertEquals(7, config().number(7, "a"));
        assertEquals(3, config("a", 3L).number(7, "a"));
    }

    @Test
    void flagsAndWholeNumbersAreNothingElse() {
        assertTrue(config("a", true).flag(false, "a") && config("a", 1L).flag(false, "a") && config().flag(true, "a"));
        assertFalse(config("a", false).flag(true, "a") || config("a", 0L).flag(true, "a") || config().flag(false, "a"));
        refused("wanted true or false", () -> config("a", 2L).flag(true, "a"));
        refused("wanted true or false", () -> config("a", "true").flag(true, "a"));
        assertEquals(5, config("a", 5.0).whole(0, "a"));
        assertEquals(4, config().whole(4, "a"));
        refused("its a is 5.5, wanted whole numbers", () -> config("a", 5.5).whole(0, "a"));
        refused("wanted whole numbers", () -> config("a", 1L << 31).whole(0, "a"));
        assertArrayEquals(new int[] {2, 3}, config("a", List.of(2L, 3L)).pair(1, "a"));
        assertArrayEquals(new int[] {2, 2}, config("a", List.of(2L)).pair(1, "a"));
        assertArrayEquals(new int[] {2, 2}, config("a", 2L).pair(1, "a"));
        assertArrayEquals(new int[] {1, 1}, config().pair(1, "a"));
        refused("wanted whole numbers", () -> config("a", List.of(1L, 2L, 3L)).pair(1, "a"));
        assertArrayEquals(new int[] {1, 2, 3}, config("a", List.of(1L, 2L, 3L)).wholes("a"));
        assertArrayEquals(new int[] {9}, config("a", 9L).wholes("a"));
        assertNull(config().wholes("a"));
    }

    @Test
    void numbersOfListsAreFlat() {
        assertArrayEquals(new double[] {1, 2.5, 3}, config("a", List.of(List.of(1L, 2.5), 3L)).numbers("a"));
        assertArrayEquals(new double[] {4}, config("a", 4L).numbers("a"));
        assertArrayEquals(new double[] {1, 2},
                config("a", Map.of("config", Map.of("value", List.of(1L, 2L)))).numbers("a"));
        assertNull(config().numbers("a"));
        refused("wanted numbers", () -> config("a", List.of("1")).numbers("a"));
        refused("wanted numbers", () -> config("a", List.of(Double.POSITIVE_INFINITY)).numbers("a"));
    }

    @Test
    void vectorsLieAlongTheLastAxis() {
        assertArrayEquals(new double[] {1, 2.5}, config("a", List.of(List.of(List.of(1L, 2.5)))).vector("a"));
        assertArrayEquals(new double[] {4}, config("a", 4L).vector("a"));
        assertNull(config().vector("a"));
        List<?> column = List.of(List.of(1L), List.of(2L));
        refused("its a is [[1], [2]], wanted numbers along one axis", () -> config("a", column).vector("a"));
        refused("wanted numbers along one axis", () -> config("a", List.of(column)).vector("a"));
        refused("wanted numbers along one axis",
                () -> config("a", Map.of("config", Map.of("value", column))).vector("a"));
        assertArrayEquals(new double[] {1, 2}, config("a", Map.of("config", Map.of("value", List.of(List.of(1L, 2L)))))
                .vector("a"));
    }

    @Test
    void everySettingIsKnownOrOff() {
        LayerConfig config = config("name", "x", "kernel_initializer", "zeros", "off", false, "none", null, "empty",
                List.of(), "used", "yes");
        refused("its used is yes, and this setting is not known", config::requireKnownSettings);
        config.get("used");
        config.requireKnownSettings();
        refused("its list is [1], and", () -> config("list", List.of(1L)).requireKnownSettings());
        config("a", "x").require("a", "y", "x");
        config().require("a", "y");
        refused("its a is x, which is not supported", () -> config("a", "x").require("a", "y"));
        assertEquals("x".repeat(60), LayerConfig.brief("x".repeat(60)));
        assertEquals("x".repeat(60) + "...", LayerConfig.brief("x".repeat(61)));
    }

    @Test
    void readsEveryKindOfValue() {
        assertEquals("{a=[1, -2.5, true, false, null, text, {b=[]}], c=1.0E20, d=NaN, e=-Infinity}",
                ConfigJson.object("{\"a\": [1, -2.5, true, false, null, \"text\", {\"b\": []}],"
                        + " \"c\": 100000000000000000000, \"d\": NaN, \"e\": -Infinity}").toString());
        assertEquals(1L, ConfigJson.object("{\"a\": 1}").get("a"));
        refused("it is not a JSON object", () -> ConfigJson.object("[1]"));
        refused("it is not JSON: ", () -> ConfigJson.object("{\"a\": "));
        refused("it is not JSON: Unrecognized token 'x'", () -> ConfigJson.object("{\"a\": x}"));
        String deep = "{\"a\": " + "[".repeat(199) + "]".repeat(199) + "}";
        assertEquals(1, ConfigJson.object(deep).size());
        refused("it is not JSON: ", () -> ConfigJson.object("{\"a\": " + "[".repeat(200) + "]".repeat(200) + "}"));
        refused("more than " + ConfigJson.LONGEST, () -> ConfigJson.object(" ".repeat(ConfigJson.LONGEST + 1)));
    }

    @Test
    void aConfigurationHasFourMillionValues() {
        String values = "1,".repeat((4 << 20) - 2);
        assertEquals((4 << 20) - 1, ((List<?>) ConfigJson.object("{\"a\":[" + values + "1]}").get("a")).size());
        refused("it has more than 4194304 values", () -> ConfigJson.object("{\"a\":[1," + values + "1]}"));
    }

    private static Tensor counted(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = i;
        }
        return tensor;
    }

    private static float[] read(TensorSource source, int from, int count) {
        float[] values = new float[count + 2];
        source.read(from, values, 1, count);
        return Arrays.copyOfRange(values, 1, count + 1);
    }

    private static void assertReads(float[] expected, TensorSource source) {
        for (int from = 0; from <= expected.length; from++) {
            assertArrayEquals(Arrays.copyOfRange(expected, from, expected.length),
                    read(source, from, expected.length - from));
        }
        assertArrayEquals(expected, source.tensor().data());
        assertThrows(IndexOutOfBoundsException.class, () -> read(source, 1, expected.length));
        assertThrows(IndexOutOfBoundsException.class, () -> source.read(0, new float[2], 1, 2));
    }

    @Test
    void kernelsAndMatricesGetTheirOutputsFirst() {
        TensorSource kernel = PermutedTensor.kernel(counted(2, 1, 3, 2));
        assertEquals(Shape.of(2, 3, 2, 1), kernel.shape());
        assertReads(new float[] {0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}, kernel);
        TensorSource plain = PermutedTensor.matrix(counted(4, 2), 1);
        assertEquals(Shape.of(2, 4), plain.shape());
        assertReads(new float[] {0, 2, 4, 6, 1, 3, 5, 7}, plain);
        assertReads(new float[] {0, 4, 2, 6, 1, 5, 3, 7}, PermutedTensor.matrix(counted(4, 2), 2));
        assertReads(new float[] {0, 2, 4, 6, 1, 3, 5, 7}, PermutedTensor.matrix(counted(4, 2), 3));
        assertReads(new float[] {0, 2, 4, 6, 1, 3, 5, 7}, PermutedTensor.matrix(counted(4, 2), 0));
        assertEquals(Shape.of(0, 4), PermutedTensor.matrix(counted(4, 0), 1).tensor().shape());
    }

    /** More than a million elements are gathered in blocks of whole outputs. */
    @Test
    void largeMatricesAreGatheredInBlocks() {
        Tensor source = counted(300_000, 8);   // blocks of three outputs
        TensorSource matrix = PermutedTensor.matrix(source, 1);
        float[] whole = matrix.tensor().data();
        for (int i = 0; i < whole.length; i += 9_973) {
            assertEquals(i % 300_000 * 8 + i / 300_000, whole[i]);
        }
        float[] across = read(matrix, 899_990, 20);
        assertArrayEquals(Arrays.copyOfRange(whole, 899_990, 900_010), across);
        assertArrayEquals(Arrays.copyOfRange(whole, 2_399_990, 2_400_000), read(matrix, 2_399_990, 10));
    }

    @ParameterizedTest
    @CsvSource({"same,3,1,1,1", "SAME,1,2,1,1", "valid,3,1,1,0", "Valid,0,0,0,0", "same,1048576,1,1,1",
        "same,524288,1,2,1"})
    void samePaddingIsAutomatic(String mode, int kernel, int stride, int dilation, int automatic) {
        int[] own = {kernel, 2};
        assertEquals(automatic, SamePadding.automatic(mode, own, new int[] {stride, 1}, new int[] {dilation, 1}));
    }

    @Test
    void impossibleKernelsAreRefused() {
        int[][] wrong = {{0, 1, 1}, {3, 0, 1}, {3, 1, 0}, {1048577, 1, 1}, {524290, 1, 2}};
        for (int[] each : wrong) {
            refused("its kernel has " + each[0] + " positions, stride " + each[1] + " and dilation " + each[2],
                    () -> SamePadding.automatic("same", new int[] {1, each[0]}, new int[] {1, each[1]},
                            new int[] {1, each[2]}));
        }
        refused("its padding is causal", () -> SamePadding.isSame("causal"));
    }

    private static NodeSpec node(String name, String kind, Map<String, TensorSource> tensors, String... inputs) {
        return new NodeSpec(name, kind, kind.equals("BatchNorm2d") ? Map.of("epsilon", 0.0) : Map.of(), tensors,
                List.of(inputs));
    }

    private static NodeSpec norm(String name, String input) {
        return node(name, "BatchNorm2d", Map.of("weight", Tensor.of(Shape.of(2), 2, 3), "bias",
                Tensor.of(Shape.of(2), 10, 20), "running_mean", Tensor.of(Shape.of(2), 1, 2), "running_var",
                Tensor.of(Shape.of(2), 4, 0.25f)), input);
    }

    private static String names(List<NodeSpec> nodes) {
        return String.join(" ", nodes.stream().map(each -> each.name() + each.inputs()).toList());
    }

    @ParameterizedTest
    @CsvSource({"Conv2d,true", "Linear,false"})
    void aBatchNormBecomesPartOfTheLayerBefore(String kind, boolean biased) {
        Map<String, TensorSource> tensors = new HashMap<>(Map.of("weight", counted(2, 2)));
        if (biased) {
            tensors.put("bias", Tensor.of(Shape.of(2), 5, 6));
        }
        List<NodeSpec> folded = BatchNormFolding.fold(List.of(node("a", kind, tensors, Network.IMAGE), norm("n", "a"),
                node("r", "ReLU", Map.of(), "n"), node("s", "Add", Map.of(), "n", "r")), "s");
        assertEquals("a[" + Network.IMAGE + "] r[a] s[a, r]", names(folded));
        assertArrayEquals(new float[] {0, 1, 12, 18}, folded.get(0).tensors().get("weight").tensor().data());
        float[] bias = folded.get(0).tensors().get("bias").tensor().data();
        assertArrayEquals(biased ? new float[] {1 * (5 - 1) + 10, 6 * (6 - 2) + 20} : new float[] {9, 8}, bias);
    }

    /** The epsilon keeps a variance of 0 from dividing by 0. */
    @Test
    void theEpsilonIsAddedToTheVariance() {
        NodeSpec layer = node("a", "Linear", Map.of("weight", counted(2, 2)), Network.IMAGE);
        NodeSpec norm = new NodeSpec("n", "BatchNorm2d", Map.of("epsilon", 3.0), norm("n", "a").tensors(),
                List.of("a"));
        float[] weight = BatchNormFolding.fold(List.of(layer, norm, node("r", "ReLU", Map.of(), "n")), "r").get(0)
                .tensors().get("weight").tensor().data();
        assertArrayEquals(new float[] {0, (float) (2 / Math.sqrt(7)), (float) (6 / Math.sqrt(3.25)),
            (float) (9 / Math.sqrt(3.25))}, weight, 1e-6f);
    }

    @Test
    void aBatchNormStaysWhereItIsNotTheOnlyReader() {
        Map<String, TensorSource> tensors = Map.of("weight", counted(2, 2));
        NodeSpec layer = node("a", "Linear", tensors, Network.IMAGE);
        List<NodeSpec> shared = List.of(layer, norm("n", "a"), node("s", "Add", Map.of(), "n", "a"));
        assertEquals("a[" + Network.IMAGE + "] n[a] s[n, a]", names(BatchNormFolding.fold(shared, "s")));
        List<NodeSpec> last = List.of(layer, norm("n", "a"));
        assertEquals("a[" + Network.IMAGE + "] n[a]", names(BatchNormFolding.fold(last, "n")));
        List<NodeSpec> first = List.of(norm("n", Network.IMAGE), node("r", "ReLU", Map.of(), "n"), norm("m", "r"),
                node("e", "ReLU", Map.of(), "m"));
        assertEquals("n[" + Network.IMAGE + "] r[n] m[r] e[m]", names(BatchNormFolding.fold(first, "e")));
        List<NodeSpec> end = List.of(layer, norm("n", "a"), node("r", "ReLU", Map.of(), "n"));
        assertEquals("a[" + Network.IMAGE + "] n[a] r[n]", names(BatchNormFolding.fold(end, "a")),
                "the network ends with the layer's own output");
        List<NodeSpec> twice = List.of(layer, norm("n", "a"), norm("m", "n"), node("r", "ReLU", Map.of(), "m"));
        assertEquals("a[" + Network.IMAGE + "] r[a]", names(BatchNormFolding.fold(twice, "r")));
    }
}
