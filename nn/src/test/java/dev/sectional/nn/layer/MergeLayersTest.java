package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Float64Layers.Derivative;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Float64Layers;
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
                concatenations(), products()).flatMap(each -> each);
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

    private static Stream<Example> products() {
        return Stream.of(product(Shape.of(3, 4), Shape.of(4, 2)), product(Shape.of(2, 3, 4), Shape.of(2, 4, 5)),
                product(Shape.of(2, 1, 20, 3), Shape.of(3, 3, 2)), product(Shape.of(5, 3), Shape.of(2, 3, 4)));
    }

    /** The leading axes of the examples broadcast like those of the batch: each matrix is read by its index. */
    private static Example product(Shape a, Shape b) {
        MatMul layer = new MatMul();
        Shape y = layer.outputShape(List.of(a, b));
        int inner = a.dim(a.rank() - 1);
        int columns = b.dim(b.rank() - 1);
        int rows = a.dim(a.rank() - 2);
        int matricesOfB = b.size() / inner / columns;
        boolean outer = a.rank() == 4;   // (2, 1) beside (3): a by batch / 3, b by batch % 3
        return new Example(layer, a, b, x -> IntStream.range(0, y.size()).mapToDouble(i -> {
            int batch = i / rows / columns;
            int first = a.rank() == 2 ? 0 : outer ? batch / matricesOfB : batch;
            int second = b.rank() == 2 ? 0 : batch % matricesOfB;
            double sum = 0;
            for (int k = 0; k < inner; k++) {
                sum += x[(first * rows + i / columns % rows) * inner + k]
                        * x[a.size() + (second * inner + k) * columns + i % columns];
            }
            return sum;
        }).toArray());
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
            for (int i = 0; i < expected.length; i++) {   // sums of up to four products below 1.5
                boolean product = example.layer() instanceof MatMul;
                double tolerance = product ? 8 * Math.ulp(1.5f) : Math.ulp((float) expected[i]);
                assertEquals(expected[i], y.data()[i], tolerance, "output " + i);
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
        for (Shape other : List.of(Shape.of(3, 4), Shape.of(4), Shape.of(3, 4, 2))) {
            assertThrows(IllegalArgumentException.class, () -> new MatMul().outputShape(List.of(MAP, other)));
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
