package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.rule.Rules;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What activations and the layers that only rearrange compute, against plain loops. */
class ActivationTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void leakyReluScalesWhatIsNotAboveZero() {
        Tensor x = Tensor.of(Shape.of(4), -2f, 0f, 3f, -0f);
        Tensor y = new LeakyReLU(0.25f).forward(engine, x);
        assertArrayEquals(new float[] {-0.5f, 0f, 3f, -0f}, y.data());
        Tensor gradient = new LeakyReLU(0.25f).gradient(engine, x, y, Tensor.of(Shape.of(4), 1, 1, 1, 1));
        assertArrayEquals(new float[] {0.25f, 0.25f, 1f, 0.25f}, gradient.data());
        assertThrows(IllegalArgumentException.class, () -> new LeakyReLU(Float.NaN));
    }

    @Test
    void clipKeepsToItsBounds() {
        Tensor x = Tensor.of(Shape.of(5), -1f, 0f, 2f, 6f, 9f);
        Tensor y = new Clip(0, 6).forward(engine, x);
        assertArrayEquals(new float[] {0, 0, 2, 6, 6}, y.data());
        Tensor gradient = new Clip(0, 6).gradient(engine, x, y, Tensor.of(Shape.of(5), 1, 1, 1, 1, 1));
        assertArrayEquals(new float[] {0, 0, 1, 0, 0}, gradient.data());
        assertThrows(IllegalArgumentException.class, () -> new Clip(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Clip(0, Float.POSITIVE_INFINITY));
    }

    @ParameterizedTest
    @CsvSource({"5, 1e-4, 0.75, 1", "1, 2, 0.5, 2", "4, 0.5, 2, 0.5", "99, 1, 1, 1"})
    void localResponseNormIsItsFormula(int size, float alpha, float beta, float k) {
        Tensor x = random(Shape.of(3, 4, 7), 5, 4);
        Tensor y = new LocalResponseNorm(size, alpha, beta, k).forward(engine, x);
        for (int position = 0; position < 12; position++) {
            for (int c = 0; c < 7; c++) {
                double squares = 0;
                for (int i = c - (int) Math.floor((size - 1) / 2.0); i <= c + (int) Math.ceil((size - 1) / 2.0); i++) {
                    squares += i >= 0 && i < 7 ? Math.pow(x.data()[position * 7 + i], 2) : 0;
                }
                double expected = x.data()[position * 7 + c] / Math.pow(k + (double) alpha / size * squares, beta);
                assertEquals(expected, y.data()[position * 7 + c], 1e-6 * Math.abs(expected) + 1e-9, "position "
                        + position + " channel " + c);
            }
        }
    }

    @Test
    void unflattenUndoesFlatten() {
        Tensor x = random(Shape.of(3, 2, 4), 5, 4);
        Tensor flat = new Flatten().forward(engine, x);
        Tensor back = new Unflatten(4, 3, 2).forward(engine, flat);
        assertEquals(x.shape(), back.shape());
        assertArrayEquals(x.data(), back.data());
        assertThrows(IllegalArgumentException.class, () -> new Unflatten(0, 1, 1));
    }

    @Test
    void relevancePassesThem() {
        Tensor x = random(Shape.of(2, 2, 3), 5, 4);
        Tensor r = random(Shape.of(2, 2, 3), 5, 4);
        for (Layer layer : new Layer[] {new LeakyReLU(0.1f), new Clip(0, 6), new LocalResponseNorm(3, 1, 1, 1)}) {
            assertTrue(Rules.pass().fits(layer), layer.toString());
            assertSame(r, Rules.pass().propagate(engine, layer, x, r).relevance());
        }
        Unflatten unflatten = new Unflatten(3, 2, 2);
        Tensor vector = Tensor.zeros(Shape.of(12));
        assertArrayEquals(r.toChannelsFirst().data(), Rules.pass().propagate(engine, unflatten, vector, r).relevance()
                .data());
    }
}
