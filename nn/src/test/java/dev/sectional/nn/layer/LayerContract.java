package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Float64Layers.Derivative;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Float64Layers;
import dev.sectional.nn.Layer;
import dev.sectional.nn.TestTensors;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of every layer with one input: its shape, its input, and outputs and gradients that agree with float64
 * loops. A subclass lists its examples in a static method {@code layers}.
 */
abstract class LayerContract {
    /**
     * One layer.
     *
     * @param reference the same in float64
     * @param input shape of an input
     * @param refused a shape that it does not accept; null if it accepts any
     * @param scale greatest distance of an input from {@code centre}
     * @param centre of the inputs
     */
    record Example(Layer layer, Reference reference, Shape input, Shape refused, float scale, float centre) {
        Example(Layer layer, Reference reference, Shape input, Shape refused) {
            this(layer, reference, input, refused, 1, 0);
        }

        Tensor random(int seed) {
            Tensor x = TestTensors.random(input, seed, scale);
            for (int i = 0; i < x.data().length; i++) {
                x.data()[i] += centre;
            }
            return x;
        }

        @Override
        public String toString() {
            return layer.kind() + " " + input;
        }
    }

    @ParameterizedTest
    @MethodSource("layers")
    void keepsItsContract(Example example) {
        Layer layer = example.layer();
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = example.random(7);
            float[] before = x.data().clone();
            Tensor y = layer.forward(engine, x);
            assertEquals(layer.outputShape(example.input()), y.shape());
            Tensor outputGradient = random(y.shape(), 8);
            Tensor gradient = layer.gradient(engine, x, y, outputGradient);
            assertArrayEquals(before, x.data(), "the input is unchanged");
            assertEquals(example.input(), gradient.shape());
            Tensor otherX = example.random(9);
            Tensor otherGradient = random(y.shape(), 10);
            assertArrayEquals(layer.forward(engine, otherX).data(), layer.forwardAll(engine, List.of(x, otherX)).get(1)
                    .data(),
                    "together as alone");
            assertArrayEquals(layer.gradient(engine, x, y, otherGradient).data(),
                    layer.gradients(engine, x, y, List.of(outputGradient, otherGradient)).get(1).data(),
                    "together as alone");
            if (example.refused() != null) {
                assertThrows(IllegalArgumentException.class, () -> layer.outputShape(example.refused()));
            }
        }
    }

    /** Rounding of a sum grows with the square root of its summands: a few halves of a unit in the last place each. */
    @ParameterizedTest
    @MethodSource("layers")
    void outputsAgreeWithFloat64(Example example) {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = example.random(7);
            float[] y = example.layer().forward(engine, x).data();
            double[] expected = example.reference().apply(Float64Layers.of(x));
            double greatest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            double tolerance = Math.scalb(4 + Math.sqrt(x.data().length), -24) * greatest;
            assertEquals(expected.length, y.length);
            for (int i = 0; i < y.length; i++) {
                assertEquals(expected[i], y[i], tolerance, "output " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layers")
    void gradientsAgreeWithFloat64(Example example) {
        Layer layer = example.layer();
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = example.random(7);
            Tensor y = layer.forward(engine, x);
            Tensor outputGradient = random(y.shape(), 8);
            float[] gradient = layer.gradient(engine, x, y, outputGradient).data();
            double[] exact = Float64Layers.of(x);
            double greatest = 0;
            for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / 50)) {
                Derivative expected = Derivative.of(example.reference(), exact, outputGradient, i);
                // Derivatives of smooth functions in float32 are sums of terms of about 1
                double terms = layer instanceof Pointwise ? Math.scalb(Math.abs(outputGradient.data()[i]), -24) : 0;
                assertEquals(expected.value(), gradient[i], expected.tolerance() + terms, "input " + i);
                greatest = Math.max(greatest, Math.abs(expected.value()));
            }
            assertTrue(greatest > 0, "some input has a gradient");
        }
    }
}
