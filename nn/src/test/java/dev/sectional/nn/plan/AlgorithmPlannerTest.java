package dev.sectional.nn.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Window;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlgorithmPlannerTest {
    private static final AlgorithmPlanner SIMD = new AlgorithmPlanner(true);
    private static final AlgorithmPlanner SCALAR = new AlgorithmPlanner(false);
    private static final ConvolutionGeometry PADDED = ConvolutionGeometry.of(3, 3, 1, 1);
    private static final int[] PERCENT = {0, 1, 5, 10, 20, 35, 50, 75, 100};

    /** The lines of {@code choices.txt}, whose head names the columns. */
    private static List<String[]> choices() throws IOException {
        try (InputStream in = AlgorithmPlannerTest.class.getResourceAsStream("choices.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ")).toList();
        }
    }

    static List<String> networks() throws IOException {
        return choices().stream().map(columns -> columns[0]).distinct().toList();
    }

    @Test
    void theChoicesCoverEveryAlgorithm() throws IOException {
        List<String[]> all = choices();
        assertTrue(all.size() > 200, all.size() + " choices");
        for (ConvolutionAlgorithm algorithm : ConvolutionAlgorithm.values()) {
            assertTrue(all.stream().anyMatch(columns -> columns[9].equals(algorithm.name())), algorithm.name());
        }
        for (RelevanceAlgorithm algorithm : RelevanceAlgorithm.values()) {
            assertTrue(all.stream().anyMatch(columns ->
                    Arrays.asList(columns).subList(13, 22).contains(algorithm.name())), algorithm.name());
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void choosesAsBeforeThePlanner(String network) throws IOException {
        for (String[] columns : choices()) {
            if (columns[0].equals(network)) {
                requireChoices(columns);
            }
        }
    }

    private static void requireChoices(String[] columns) {
        String what = String.join(" ", Arrays.asList(columns).subList(0, 9));
        ConvolutionShape shape = shape(columns);
        assertEquals(columns[9], SIMD.forward(shape).name(), "forward on SIMD, " + what);
        assertEquals(columns[10], SCALAR.forward(shape).name(), "forward on scalar, " + what);
        for (AlgorithmPlanner planner : List.of(SIMD, SCALAR)) {
            assertEquals(columns[11], planner.inputGradient(shape).name(), "input gradient, " + what);
            assertEquals(columns[12], planner.layerWeights(shape, true).name(), "layer weights, " + what);
            assertEquals(RelevanceAlgorithm.DIRECT, planner.layerWeights(shape, false), what);
            long values = shape.output().size();
            for (int i = 0; i < PERCENT.length; i++) {
                assertEquals(columns[13 + i], planner.filterGradient(shape, values * PERCENT[i] / 100).name(),
                        PERCENT[i] + " % nonzero, " + what);
            }
        }
    }

    private static ConvolutionShape shape(String[] columns) {
        int[] kernel = numbers(columns[4], "x");
        int stride = Integer.parseInt(columns[5]);
        int[] padding = numbers(columns[6], ",");
        int dilation = Integer.parseInt(columns[7]);
        ConvolutionGeometry geometry = new ConvolutionGeometry(new Window(kernel[0], stride, padding[0], padding[1],
                dilation),
                new Window(kernel[1], stride, padding[0], padding[1], dilation));
        return new ConvolutionShape(geometry, Shape.of(numbers(columns[2], "x")), Integer.parseInt(columns[3]),
                Integer.parseInt(columns[8]));
    }

    private static int[] numbers(String text, String separator) {
        return Arrays.stream(text.split(separator)).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void exactProductsAreNeverWinograd() {
        ConvolutionShape large = new ConvolutionShape(PADDED, Shape.of(56, 56, 256), 256, 1);
        assertEquals(ConvolutionAlgorithm.WINOGRAD, SIMD.forward(large));
        assertEquals(ConvolutionAlgorithm.DIRECT, SIMD.exactForward(large));
        assertEquals(ConvolutionAlgorithm.DIRECT, SIMD.exactInputGradient(large));
    }

    @Test
    void largerKernelsAreSeveralOf3x3() {
        ConvolutionShape five = new ConvolutionShape(ConvolutionGeometry.of(5, 5, 1, 2), Shape.of(27, 27, 64), 192, 1);
        assertEquals(ConvolutionAlgorithm.WINOGRAD, SIMD.forward(five));
        assertEquals(7 * 7 * 36 * 4 * 64L * 192, SIMD.predict(five).multiplyAdds());
        assertEquals(ConvolutionAlgorithm.DIRECT, SIMD.inputGradient(five));
        for (ConvolutionGeometry geometry : List.of(ConvolutionGeometry.of(5, 5, 2, 2),
                ConvolutionGeometry.of(7, 7, 1, 3), ConvolutionGeometry.of(5, 1, 1, 2))) {
            ConvolutionShape other = new ConvolutionShape(geometry, Shape.of(27, 27, 64), 192, 1);
            assertEquals(ConvolutionAlgorithm.DIRECT, SIMD.forward(other), geometry.toString());
        }
        ConvolutionShape most = new ConvolutionShape(five.geometry(), Shape.of(27, 27, 512), 910, 1);
        assertEquals(ConvolutionAlgorithm.WINOGRAD, SIMD.forward(most));
        ConvolutionShape more = new ConvolutionShape(five.geometry(), Shape.of(27, 27, 512), 911, 1);
        assertEquals(ConvolutionAlgorithm.DIRECT, SIMD.forward(more), "its parts would take 64 MB");
    }

    @Test
    void winogradIsKeptUpToOneWeakOutputInFifty() {
        assertTrue(SIMD.keepsWinograd(20, 1000));
        assertFalse(SIMD.keepsWinograd(21, 1000));
    }

    @Test
    void predictsTheProductsOfEachAlgorithm() {
        LayerWork wide = SIMD.predict(new ConvolutionShape(PADDED, Shape.of(224, 224, 64), 64, 1));
        assertEquals(ConvolutionAlgorithm.WINOGRAD, wide.algorithm().orElseThrow());
        long winograd = 56 * 56 * 36 * 64L * 64;
        assertEquals(winograd, wide.multiplyAdds());
        assertEquals(9 * 64 * 64, wide.weights());
        assertEquals(new RelevanceWork(RuleFamily.LAYER_WEIGHTS, RelevanceAlgorithm.WINOGRAD, 2 * winograd),
                wide.relevance(RuleFamily.LAYER_WEIGHTS).orElseThrow());
        assertEquals(new RelevanceWork(RuleFamily.FILTER_GRADIENT, RelevanceAlgorithm.WINOGRAD, 6 * winograd),
                wide.relevance(RuleFamily.FILTER_GRADIENT).orElseThrow());

        LayerWork deep = SIMD.predict(new ConvolutionShape(PADDED, Shape.of(14, 14, 512), 512, 1));
        long pairs = 196 * 196 * 512;
        assertEquals(new RelevanceWork(RuleFamily.FILTER_GRADIENT, RelevanceAlgorithm.GRAM, 6 * pairs),
                deep.relevance(RuleFamily.FILTER_GRADIENT).orElseThrow());

        ConvolutionShape strided = new ConvolutionShape(ConvolutionGeometry.of(1, 1, 2, 0), Shape.of(28, 28, 512), 1024,
                1);
        assertEquals(196 * 196 * (2 * 512 + 4 * 1024L),
                SIMD.multiplyAdds(strided, RuleFamily.FILTER_GRADIENT, RelevanceAlgorithm.GRAM, 0));

        ConvolutionShape depthwise = new ConvolutionShape(PADDED, Shape.of(10, 12, 32), 64, 32);
        assertEquals(9 * 10 * 12 * 64, SIMD.predict(depthwise).multiplyAdds());
        assertEquals(9 * 64, SIMD.predict(depthwise).weights());
        assertEquals(27 * 5 * 32,
                SIMD.multiplyAdds(depthwise, RuleFamily.FILTER_GRADIENT, RelevanceAlgorithm.SPARSE, 5));
    }

    @Test
    void aConvolutionRefusesGroupsThatDoNotDivide() {
        assertThrows(IllegalArgumentException.class, () -> new ConvolutionShape(PADDED, Shape.of(8, 8, 6), 8, 4));
        assertThrows(IllegalArgumentException.class, () -> new ConvolutionShape(PADDED, Shape.of(8, 8, 6), 8, 3));
        assertThrows(IllegalArgumentException.class, () -> new ConvolutionShape(PADDED, Shape.of(8, 8, 6), 8, 0));
        assertThrows(IllegalArgumentException.class, () -> new ConvolutionShape(PADDED, Shape.of(8, 6), 8, 1));
    }
}
