package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Float64Layers;
import dev.sectional.nn.Float64Layers.Derivative;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Merge;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers with two inputs: outputs and gradients that agree with float64 loops, for shapes that broadcast. */
class MergeLayersTest {
    /** The reference takes both inputs, one after the other. */
    private record Example(Merge layer, Shape a, Shape b, Reference reference) {
        @Override
        public String toString() {
            return layer.kind() + " " + a + " " + b;
        }
    }

    private static final Shape MAP = Shape.of(2, 3, 4);

    static Stream<Example> layers() {
        return Stream.of(arithmetic(new Add(), (a, b) -> a + b),
                arithmetic(new Arithmetic(Arithmetic.Operation.SUBTRACT), (a, b) -> a - b),
                arithmetic(new Arithmetic(Arithmetic.Operation.MULTIPLY), (a, b) -> a * b),
                arithmetic(new Arithmetic(Arithmetic.Operation.DIVIDE), (a, b) -> a / b),
                arithmetic(new Arithmetic(Arithmetic.Operation.MAXIMUM), Math::max),
                arithmetic(new Arithmetic(Arithmetic.Operation.MINIMUM), Math::min),
                concatenations()).flatMap(each -> each);
    }

    /** Both of one shape; a gate per channel; a map of one channel first; a vector beside columns; a number. */
    private static Stream<Example> arithmetic(Merge layer, DoubleBinaryOperator f) {
        return Stream.of(
                example(layer, MAP, MAP, f, i -> i, i -> i, 24),
                example(layer, MAP, Shape.of(1, 1, 4), f, i -> i, i -> i % 4, 24),
                example(layer, Shape.of(2, 3, 1), MAP, f, i -> i / 4, i -> i, 24),
                example(layer, Shape.of(3, 1), Shape.of(4), f, i -> i / 4, i -> i % 4, 12),
                example(layer, Shape.of(2, 1, 4), Shape.of(3, 1), f, i -> i / 12 * 4 + i % 4, i -> i / 4 % 3, 24),
                example(layer, MAP, Shape.of(), f, i -> i, i -> 0, 24));
    }

    private static Example example(Merge layer, Shape a, Shape b, DoubleBinaryOperator f, Index first, Index second,
                                   int count) {
        return new Example(layer, a, b, x -> IntStream.range(0, count).mapToDouble(i ->
                f.applyAsDouble(x[first.of(i)], x[a.size() + second.of(i)])).toArray());
    }

    private interface Index {
        int of(int i);
    }

    private static Stream<Example> concatenations() {
        return Stream.of(
                new Example(new Concat(), MAP, Shape.of(2, 3, 1), x -> IntStream.range(0, 30).mapToDouble(i ->
                        x[i % 5 < 4 ? i / 5 * 4 + i % 5 : 24 + i / 5]).toArray()),
                new Example(new Concat(0), Shape.of(1, 3), Shape.of(2, 3), x -> x),
                new Example(new Concat(1), MAP, Shape.of(2, 1, 4), x -> IntStream.range(0, 32).mapToDouble(i ->
                        x[i % 16 < 12 ? i / 16 * 12 + i % 16 : 24 + i / 16 * 4 + i % 4]).toArray()));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void agreeWithFloat64(Example example) {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor a = random(example.a(), 1);
            Tensor b = random(example.b(), 2);
            for (int i = 0; i < b.data().length; i++) {
                b.data()[i] += Math.copySign(0.5f, b.data()[i]);   // quotients of moderate size
            }
            double[] x = DoubleStream.concat(DoubleStream.of(Float64Layers.of(a)),
                    DoubleStream.of(Float64Layers.of(b))).toArray();
            Tensor y = example.layer().forward(engine, List.of(a, b));
            assertEquals(example.layer().outputShape(List.of(example.a(), example.b())), y.shape());
            double[] expected = example.reference().apply(x);
            assertEquals(expected.length, y.data().length);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], y.data()[i], Math.ulp((float) expected[i]), "output " + i);
            }
            Tensor outputGradient = random(y.shape(), 3);
            List<Tensor> gradients = example.layer().gradient(engine, List.of(a, b), y, outputGradient);
            assertEquals(example.a(), gradients.get(0).shape());
            assertEquals(example.b(), gradients.get(1).shape());
            for (int i = 0; i < x.length; i++) {
                Derivative derivative = Derivative.of(example.reference(), x, outputGradient, i);
                float gradient = i < example.a().size() ? gradients.get(0).data()[i]
                        : gradients.get(1).data()[i - example.a().size()];
                assertEquals(derivative.value(), gradient, derivative.tolerance(), "input " + i);
            }
        }
    }

    @Test
    void refuseShapesThatDoNotFit() {
        for (Merge each : new Merge[] {new Add(), new Arithmetic(Arithmetic.Operation.MULTIPLY)}) {
            assertThrows(IllegalArgumentException.class, () -> each.outputShape(List.of(MAP, Shape.of(3))));
        }
        Arithmetic divide = new Arithmetic(Arithmetic.Operation.DIVIDE);
        assertThrows(IllegalArgumentException.class, () -> divide.outputShape(List.of(MAP)));
        assertThrows(IllegalArgumentException.class, () -> new Concat().outputShape(List.of(MAP, Shape.of(3, 4))));
        assertThrows(IllegalArgumentException.class, () -> new Concat(1).outputShape(List.of(MAP, Shape.of(3, 3, 4))));
    }

    @Test
    void ofEqualValuesTheFirstReceivesTheGradient() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor two = Tensor.of(Shape.of(1), 2);
            List<Tensor> gradients = new Arithmetic(Arithmetic.Operation.MAXIMUM).gradient(engine, List.of(two, two),
                    two, Tensor.of(Shape.of(1), 5));
            assertEquals(5, gradients.get(0).data()[0]);
            assertEquals(0, gradients.get(1).data()[0]);
        }
    }
}
