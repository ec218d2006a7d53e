package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every layer keeps: its shape, its input, and a gradient that agrees with differences. */
class LayerGradientTest {
    static Stream<Arguments> layers() {
        return Stream.of(
                Arguments.of(Conv2d.of(random(Shape.of(5, 3, 3, 3), 1)).bias(random(Shape.of(5), 2)).padding(1), Shape.of(7, 6, 3), Shape.of(7, 6, 4)),
                Arguments.of(Conv2d.of(random(Shape.of(4, 2, 5, 3), 3)).stride(2).padding(1), Shape.of(9, 8, 2), Shape.of(9, 8)),
                Arguments.of(Conv2d.of(random(Shape.of(6, 2, 3, 2), 9)).bias(random(Shape.of(6), 2)).geometry(new ConvolutionGeometry(new Window(3, 1, 2, 0, 2), new Window(2, 2, 0, 1, 3))).groups(3), Shape.of(8, 9, 6), Shape.of(8, 9, 2)),
                Arguments.of(BatchNorm2d.of(random(Shape.of(3), 3), Tensor.of(Shape.of(3), 0.5f, 2, 1)).weight(random(Shape.of(3), 1)).bias(random(Shape.of(3), 2)).epsilon(1e-3), Shape.of(4, 5, 3), Shape.of(4, 5, 4)),
                Arguments.of(new Pad2d(1, 0, 2, 3), Shape.of(3, 4, 2), Shape.of(4)),
                Arguments.of(AvgPool2d.of(Window.of(3, 2, 1), Window.of(2, 1, 0)).ceil(true), Shape.of(6, 5, 3), Shape.of(4)),
                Arguments.of(AvgPool2d.of(Window.of(3, 2, 1), Window.of(3, 3, 1)).ceil(true).countPadding(false), Shape.of(6, 5, 3), Shape.of(1, 0, 3)),
                Arguments.of(new Add(), Shape.of(3, 4, 2), null),
                Arguments.of(new Concat(), Shape.of(3, 4, 2), Shape.of(3, 4)),
                Arguments.of(Linear.of(random(Shape.of(6, 11), 4)).bias(random(Shape.of(6), 5)), Shape.of(11), Shape.of(12)),
                Arguments.of(Linear.of(random(Shape.of(3, 40000), 6)), Shape.of(40000), Shape.of(4)),
                Arguments.of(new ReLU(), Shape.of(4, 4, 3), null),
                Arguments.of(MaxPool2d.of(2), Shape.of(6, 5, 3), Shape.of(1, 1, 3)),
                Arguments.of(MaxPool2d.of(3).stride(2).padding(1).ceil(true), Shape.of(6, 5, 3), Shape.of(4)),
                Arguments.of(new AdaptiveAvgPool2d(3, 2), Shape.of(7, 5, 4), Shape.of(4)),
                Arguments.of(new AdaptiveAvgPool2d(2, 2), Shape.of(2, 2, 4), Shape.of(4)),
                Arguments.of(new Flatten(), Shape.of(3, 2, 4), Shape.of(4)),
                Arguments.of(new Unflatten(4, 3, 2), Shape.of(24), Shape.of(23)),
                Arguments.of(new LeakyReLU(0.2f), Shape.of(4, 4, 3), null),
                Arguments.of(new Clip(-0.4f, 0.3f), Shape.of(4, 4, 3), null),
                Arguments.of(new LocalResponseNorm(5, 0.7f, 0.75f, 1f), Shape.of(3, 2, 9), Shape.of(9)),
                Arguments.of(new LocalResponseNorm(4, 2f, 1.5f, 0.5f), Shape.of(2, 3, 3), Shape.of(4)),
                Arguments.of(new Dropout(), Shape.of(9), null));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void keepsItsContract(Layer layer, Shape input, Shape refused) {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = random(input, 7);
            float[] before = x.data().clone();
            Tensor y = layer.forward(engine, x);
            assertEquals(layer.outputShape(input), y.shape());
            Tensor outputGradient = random(y.shape(), 8);
            Tensor gradient = layer.gradient(engine, x, y, outputGradient);
            assertArrayEquals(before, x.data(), "the input is left alone");
            assertEquals(input, gradient.shape());
            Tensor otherX = random(input, 9);
            Tensor otherGradient = random(y.shape(), 10);
            assertArrayEquals(layer.forward(engine, otherX).data(), layer.forwardAll(engine, List.of(x, otherX)).get(1).data(), "together as alone");
            assertArrayEquals(layer.gradient(engine, x, y, otherGradient).data(),
                    layer.gradients(engine, x, y, List.of(outputGradient, otherGradient)).get(1).data(), "together as alone");
            for (int i = 0; i < x.data().length; i += Math.max(1, x.data().length / 50)) {
                assertEquals(difference(engine, layer, x, outputGradient, i), gradient.data()[i], 2e-2, "input " + i);
            }
            if (refused != null) {
                assertThrows(IllegalArgumentException.class, () -> layer.outputShape(refused));
            }
        }
    }

    private static double difference(Engine engine, Layer layer, Tensor x, Tensor outputGradient, int i) {
        float step = 1f / 1024;
        double[] sums = new double[2];
        for (int side = 0; side < 2; side++) {
            Tensor moved = x.copy();
            moved.data()[i] += side == 0 ? -step : step;
            float[] y = layer.forward(engine, moved).data();
            for (int j = 0; j < y.length; j++) {
                sums[side] += (double) y[j] * outputGradient.data()[j];
            }
        }
        return (sums[1] - sums[0]) / (2 * step);
    }
}
