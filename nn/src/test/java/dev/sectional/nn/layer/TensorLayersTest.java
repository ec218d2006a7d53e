package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Float64Layers;
import dev.sectional.nn.Layer;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The layers for values of any rank, by the contract of every layer. */
class TensorLayersTest extends LayerContract {
    private static final Shape SMALL = Shape.of(2, 3, 4);

    static Stream<Example> layers() {
        return Stream.of(functions(), constants(), rearrangements(), reductions(), normalizations(), tokens())
                .flatMap(each -> each);
    }

    private static Example function(String kind, float scale, float centre, DoubleUnaryOperator expected,
                                    double... parameters) {
        ScalarFunction function = ScalarFunction.of(kind);
        Pointwise layer = parameters.length == 0 ? new Pointwise(function)
                : new Pointwise(function, parameters[0], parameters.length > 1 ? parameters[1] : 0);
        return new Example(layer, Float64Layers.each(expected), Shape.of(3, 2, 2, 9), null, scale, centre);
    }

    /** Returns the normal distribution up to x, by Simpson's rule. */
    private static double normal(double x) {
        int steps = 2000;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = x * i / steps;
            sum += Math.exp(-t * t / 2) * (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4);
        }
        return 0.5 + sum * x / steps / 3 / Math.sqrt(2 * Math.PI);
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static Stream<Example> functions() {
        return Stream.of(
                function("Sigmoid", 6, 0, x -> logistic(x)),
                function("HardSigmoid", 5, 0, x -> Math.min(1, Math.max(0, x / 6 + 0.5))),
                function("HardSigmoid", 5, 0, x -> Math.min(1, Math.max(0, 0.2 * x + 0.4)), 0.2, 0.4),
                function("HardSwish", 5, 0, x -> x < -3 ? 0 : x > 3 ? x : x * (x + 3) / 6),
                function("SiLU", 5, 0, x -> x * logistic(x)),
                function("SiLU", 5, 0, x -> x * logistic(1.702 * x), 1.702),
                function("Tanh", 3, 0, Math::tanh),
                function("Softplus", 5, 0, x -> Math.log(1 + Math.exp(x))),
                function("Softsign", 2, 0, x -> x / (1 + Math.abs(x))),
                function("ELU", 2, 0, x -> x > 0 ? x : 0.7 * (Math.exp(x) - 1), 0.7),
                function("SELU", 2, 0, x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))),
                function("CELU", 2, 0, x -> x > 0 ? x : 1.5 * (Math.exp(x / 1.5) - 1), 1.5),
                function("Mish", 4, 0, x -> x * Math.tanh(Math.log(1 + Math.exp(x)))),
                function("GELU", 5, 0, x -> x * normal(x)),
                function("GELU", 4, 0, x ->
                        x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), 1),
                function("Erf", 3, 0, x -> 2 * normal(x * Math.sqrt(2)) - 1),
                function("Exp", 2, 0, Math::exp),
                function("Log", 1, 1.25f, Math::log),
                function("Sqrt", 1, 1.25f, Math::sqrt),
                function("Reciprocal", 1, -1.5f, x -> 1 / x),
                function("Abs", 1, 0, Math::abs),
                function("Neg", 1, 0, x -> -x),
                function("Power", 1, 0, x -> x * x),
                function("Power", 1, 2, x -> Math.pow(x, -0.5), -0.5),
                function("ThresholdedReLU", 1, 0, x -> x > 0.3 ? x : 0, 0.3));
    }

    private static Stream<Example> constants() {
        Tensor channel = random(Shape.of(4), 1);
        Tensor rows = random(Shape.of(3, 1), 2);
        Tensor slopes = random(Shape.of(1, 1, 4), 3);
        Tensor taller = random(Shape.of(2, 3, 4), 4);
        return Stream.of(
                new Example(new AddConstant(channel), indexed(24, (x, i) -> x[i] + channel.data()[i % 4]), SMALL,
                        Shape.of(2, 3, 5)),
                new Example(new AddConstant(taller), indexed(24, (x, i) -> x[i % 4] + taller.data()[i]),
                        Shape.of(1, 4), Shape.of(2, 4)),
                new Example(new MultiplyConstant(rows), indexed(24, (x, i) -> x[i] * rows.data()[i / 4 % 3]), SMALL,
                        Shape.of(2, 2, 4)),
                new Example(new MultiplyConstant(taller), indexed(24, (x, i) -> x[i % 4] * taller.data()[i]),
                        Shape.of(1, 4), Shape.of(2, 4)),
                new Example(new PReLU(slopes), indexed(24, (x, i) -> x[i] > 0 ? x[i] : x[i] * slopes.data()[i % 4]),
                        SMALL, Shape.of(2, 3, 1)),
                new Example(new Softmax(1, false), softmax(3, 4, false), SMALL, Shape.of(4)),
                new Example(new Softmax(), softmax(4, 1, false), SMALL, Shape.of()),
                new Example(new Softmax(0, true), softmax(2, 12, true), SMALL, Shape.of()));
    }

    private interface Element {
        double at(double[] x, int i);
    }

    private static Reference indexed(int count, Element element) {
        return x -> IntStream.range(0, count).mapToDouble(i -> element.at(x, i)).toArray();
    }

    private static Reference softmax(int length, int inner, boolean logarithm) {
        return indexed(24, (x, i) -> {
            int first = i / (length * inner) * length * inner + i % inner;
            double sum = IntStream.range(0, length).mapToDouble(k -> Math.exp(x[first + k * inner])).sum();
            return logarithm ? x[i] - Math.log(sum) : Math.exp(x[i]) / sum;
        });
    }

    /** Each output copies the input of an index; -1 is the number 0.5. */
    private static Example copying(Layer layer, int count, IntUnaryOperator source, Shape refused) {
        return new Example(layer, indexed(count, (x, i) -> source.applyAsInt(i) < 0 ? 0.5 : x[source.applyAsInt(i)]),
                SMALL, refused);
    }

    private static int at(int row, int column, int channel) {
        return row < 0 ? -1 : (row * 3 + column) * 4 + channel;
    }

    private static Stream<Example> rearrangements() {
        int[] reversed = {2, 1, 0};
        int[] edge = {0, 0, 1, 1, 1};
        return Stream.of(
                copying(new Permute(2, 0, 1), 24, i -> at(i / 3 % 2, i % 3, i / 6), Shape.of(2, 3)),
                copying(new Permute(1, 0, 2), 24, i -> at(i / 4 % 2, i / 8, i % 4), Shape.of(2, 3, 4, 1)),
                copying(new Reshape(Shape.of(6, 2, 2)), 24, i -> i, Shape.of(2, 3, 5)),
                copying(new Slice(1, 2, -2, 2), 16, i -> at(i / 8, 2 - 2 * (i / 4 % 2), i % 4), Shape.of(2, 2, 4)),
                copying(new Slice(2, 1, 2, 2), 12, i -> at(i / 6, i / 2 % 3, 1 + 2 * (i % 2)), Shape.of(2, 3)),
                copying(new Gather(1, new int[] {2, 0, 2, 1}, false), 32, i ->
                        at(i / 16, new int[] {2, 0, 2, 1}[i / 4 % 4], i % 4), Shape.of(2, 2, 4)),
                copying(new Gather(0, new int[] {1}, true), 12, i -> 12 + i, Shape.of(1, 3, 4)),
                copying(new Expand(Shape.of(5, 2, 3, 4)), 120, i -> i % 24, Shape.of(2, 4, 4)),
                copying(new Pad(new int[] {0, 1, 0}, new int[] {1, 0, 0}, Pad.Mode.CONSTANT, 0.5f), 48,
                        i -> at(i >= 32 || i / 4 % 4 == 0 ? -1 : i / 16, i / 4 % 4 - 1, i % 4), Shape.of(2, 3)),
                copying(new Pad(new int[] {0, 0, 1}, new int[] {0, -1, 2}, Pad.Mode.REFLECT, 0), 28,
                        i -> at(i / 14, i / 7 % 2, new int[] {1, 0, 1, 2, 3, 2, 1}[i % 7]), Shape.of(2, 3, 2)),
                copying(new Pad(new int[] {1, 0, 0}, new int[] {2, 0, 0}, Pad.Mode.EDGE, 0), 60,
                        i -> at(edge[i / 12], i / 4 % 3, i % 4), Shape.of(2, 3)),
                copying(new Concat(0), 24, i -> i, Shape.of()));
    }

    private static Stream<Example> reductions() {
        return Stream.of(
                new Example(new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, false), indexed(4, (x, i) ->
                        each(x, i, 6, 4).average().orElseThrow()), SMALL, Shape.of(3)),
                new Example(new Reduce(Reduce.Operation.SUM, new int[] {2}, true), indexed(6, (x, i) ->
                        each(x, i * 4, 4, 1).sum()), SMALL, Shape.of(3, 3)),
                new Example(new Reduce(Reduce.Operation.MAX, new int[] {1}, false), indexed(8, (x, i) ->
                        each(x, i / 4 * 12 + i % 4, 3, 4).max().orElseThrow()), SMALL, Shape.of(3)),
                new Example(new Reduce(Reduce.Operation.MIN, new int[] {0, 2}, true), indexed(3, (x, i) ->
                        Math.min(each(x, i * 4, 4, 1).min().orElseThrow(), each(x, 12 + i * 4, 4, 1).min()
                                .orElseThrow())), SMALL, Shape.of(3)),
                new Example(new Reduce(Reduce.Operation.L2, new int[] {0, 1, 2}, false), indexed(1, (x, i) ->
                        Math.sqrt(Arrays.stream(x).map(v -> v * v).sum())), SMALL, Shape.of(3)));
    }

    private static Stream<Example> normalizations() {
        Tensor weight = random(Shape.of(3, 4), 1);
        Tensor bias = random(Shape.of(3, 4), 2);
        Tensor channels = random(Shape.of(4), 3);
        return Stream.of(
                new Example(Normalization.layerNorm(2, 1e-3).weight(weight).bias(bias), normalised(i -> i / 12, true,
                        1e-3, i -> weight.data()[i % 12], i -> bias.data()[i % 12]), SMALL, Shape.of(3, 5)),
                new Example(Normalization.layerNorm(1, 0.1), normalised(i -> i / 4, true, 0.1, i -> 1, i -> 0), SMALL,
                        Shape.of()),
                new Example(Normalization.rmsNorm(1, 1e-2).weight(channels), normalised(i -> i / 4, false, 1e-2,
                        i -> channels.data()[i % 4], i -> 0), SMALL, Shape.of(2, 3)),
                new Example(Normalization.groupNorm(2, 1e-3).weight(channels).bias(channels), normalised(i -> i / 2 % 2,
                        true, 1e-3, i -> channels.data()[i % 4], i -> channels.data()[i % 4]), SMALL, Shape.of(2, 3)),
                new Example(Normalization.groupNorm(4, 1e-3), normalised(i -> i % 4, true, 1e-3, i -> 1, i -> 0), SMALL,
                        Shape.of(2, 3)),
                new Example(Normalization.lpNormalize(1, 2, 0), indexed(24, (x, i) -> x[i] / Math.sqrt(
                        each(x, i / 12 * 12 + i % 4, 3, 4).map(v -> v * v).sum())), SMALL, Shape.of(3)),
                new Example(Normalization.lpNormalize(1, 1, 0), indexed(24, (x, i) -> x[i]
                        / each(x, i / 12 * 12 + i % 4, 3, 4).map(Math::abs).sum()), SMALL, Shape.of(3)));
    }

    /** Normalises the values of each group of 24. */
    private static Reference normalised(IntUnaryOperator group, boolean centred, double epsilon,
                                        IntToDoubleFunction weight, IntToDoubleFunction bias) {
        return indexed(24, (x, i) -> {
            int[] members = IntStream.range(0, 24).filter(k -> group.applyAsInt(k) == group.applyAsInt(i)).toArray();
            double mean = centred ? Arrays.stream(members).mapToDouble(k -> x[k]).average().orElseThrow() : 0;
            double square = Arrays.stream(members).mapToDouble(k -> (x[k] - mean) * (x[k] - mean)).average()
                    .orElseThrow();
            return (x[i] - mean) / Math.sqrt(square + epsilon) * weight.applyAsDouble(i) + bias.applyAsDouble(i);
        });
    }

    /** A linear layer maps the last axis of a value of any rank. */
    private static Stream<Example> tokens() {
        Tensor weight = random(Shape.of(5, 4), 1);
        Tensor bias = random(Shape.of(5), 2);
        Reference reference = indexed(30, (x, i) -> bias.data()[i % 5] + IntStream.range(0, 4).mapToDouble(k ->
                weight.get(i % 5, k) * x[i / 5 * 4 + k]).sum());
        return Stream.of(new Example(Linear.of(weight).bias(bias), reference, SMALL, Shape.of(2, 3, 5)),
                new Example(Linear.of(weight).bias(bias), reference, Shape.of(6, 4), Shape.of(4, 6)));
    }

    private static DoubleStream each(double[] x, int first, int count, int step) {
        return IntStream.range(0, count).mapToDouble(k -> x[first + k * step]);
    }

    /** Quantisation is a staircase: its gradient is that of the clipped identity, which differences do not show. */
    @Test
    void quantisationPassesGradientsWithinTheType() {
        Tensor x = Tensor.of(Shape.of(4), -3f, -0.3f, 0.26f, 3f);
        Quantize layer = new Quantize(Tensor.of(Shape.of(1), 0.5f), Tensor.of(Shape.of(1), 0), -2, 2);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor y = layer.forward(engine, x);
            assertArrayEquals(new float[] {-1, -0.5f, 0.5f, 1}, y.data());
            Tensor ones = Tensor.of(Shape.of(4), 1, 2, 3, 4);
            assertArrayEquals(new float[] {0, 2, 3, 0}, layer.gradient(engine, x, y, ones).data());
        }
    }

    @Test
    void aConstantIgnoresTheImageAndKeepsItsValue() {
        Constant layer = new Constant(Tensor.of(Shape.of(1, 2), 3, 4));
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor x = random(SMALL, 1);
            Tensor y = layer.forward(engine, x);
            y.data()[0] = 9;
            assertArrayEquals(new float[] {3, 4}, layer.forward(engine, x).data());
            assertArrayEquals(new float[24], layer.gradient(engine, x, y, y).data());
        }
    }

    @Test
    void refusesSettingsThatMakeNoLayer() {
        assertThrows(IllegalArgumentException.class, () -> new Permute(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Slice(0, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Gather(0, new int[] {1, 2}, true));
        assertThrows(IllegalArgumentException.class, () -> new Reduce(Reduce.Operation.SUM, new int[] {1, 1}, true));
        assertThrows(IllegalArgumentException.class, () -> new Pad(new int[1], new int[2], Pad.Mode.EDGE, 0));
        assertThrows(IllegalArgumentException.class, () -> new Concat(-1));
        assertThrows(IllegalArgumentException.class, () -> new Pointwise(ScalarFunction.ELU, Double.NaN, 0));
        assertThrows(IllegalArgumentException.class, () -> ScalarFunction.of("Sine"));
        Tensor half = Tensor.of(Shape.of(1), -0.5f);
        assertThrows(IllegalArgumentException.class, () -> new Quantize(half, half, 0, 1));
    }
}
