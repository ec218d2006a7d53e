package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.randomWithZeros;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedTensor;
import dev.sectional.nn.model.named.FiniteTensorSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A linear layer whose weights lie in a buffer. */
class LinearTest {
    /** Neither a multiple of the rows that are read side by side, nor of a vector, nor of a block. */
    private static final int OUTPUTS = 83;
    private static final int INPUTS = 2711;
    private final Tensor weights = randomWithZeros(Shape.of(OUTPUTS, INPUTS), 1);

    private TensorSource stored() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES * weights.data().length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(weights.data());
        return FiniteTensorSource.of("f", "w", new MappedTensor(weights.shape(), DType.F32, bytes));
    }

    @Test
    void isTheProductAndItsTranspose() {
        Tensor x = randomWithZeros(Shape.of(INPUTS), 2);
        Tensor s = randomWithZeros(Shape.of(OUTPUTS), 3);
        double[] y = new double[OUTPUTS];
        double[] back = new double[INPUTS];
        double[] magnitudes = new double[OUTPUTS];
        double[] backMagnitudes = new double[INPUTS];
        for (int i = 0; i < OUTPUTS; i++) {
            for (int k = 0; k < INPUTS; k++) {
                double forward = (double) weights.data()[i * INPUTS + k] * x.data()[k];
                double transposed = (double) weights.data()[i * INPUTS + k] * s.data()[i];
                y[i] += forward;
                back[k] += transposed;
                magnitudes[i] += Math.abs(forward);
                backMagnitudes[k] += Math.abs(transposed);
            }
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Linear linear = Linear.of(stored());
            for (int pass = 0; pass < 2; pass++) {
                requireClose(y, magnitudes, INPUTS, linear.forward(engine, x).data());
                requireClose(back, backMagnitudes, OUTPUTS, linear.gradient(engine, x, null, s).data());
            }
        }
    }

    /** A sum of n products in float32, in any order, errs by n 2^-24 of the sum of their magnitudes at most. */
    private static void requireClose(double[] wanted, double[] magnitudes, int products, float[] got) {
        assertEquals(wanted.length, got.length);
        for (int i = 0; i < got.length; i++) {
            assertEquals(wanted[i], got[i], products * 0x1p-24 * magnitudes[i], "element " + i);
        }
    }

    /** The first pass looks at the weights and copies them, later ones read them where they lie. */
    @Test
    void givesTheSameBitsInEachPassWithAnyThreadsAloneAndTogether() {
        List<Tensor> xs = List.of(randomWithZeros(Shape.of(INPUTS), 2), randomWithZeros(Shape.of(INPUTS), 3),
                randomWithZeros(Shape.of(INPUTS), 4));
        List<Tensor> ss = List.of(randomWithZeros(Shape.of(OUTPUTS), 5), randomWithZeros(Shape.of(OUTPUTS), 6));
        Tensor y = null;
        Tensor back = null;
        for (int threads : new int[] {1, 3}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Linear linear = Linear.of(stored());
                for (int pass = 0; pass < 3; pass++) {
                    y = y == null ? linear.forward(engine, xs.get(1)) : y;
                    back = back == null ? linear.gradient(engine, xs.get(0), null, ss.get(1)) : back;
                    assertArrayEquals(y.data(), linear.forward(engine, xs.get(1)).data());
                    assertArrayEquals(y.data(), linear.forwardAll(engine, xs).get(1).data());
                    assertArrayEquals(back.data(), linear.gradient(engine, xs.get(0), null, ss.get(1)).data());
                    assertArrayEquals(back.data(), linear.gradients(engine, xs.get(0), null, ss).get(1).data());
                }
            }
        }
    }

    /** Rules pass changed weights through the layer, for one vector and for several, whose filters are kept. */
    @Test
    void changedWeightsGiveWhatALayerOfThoseGives() {
        UnaryOperator<TensorSource> change = own -> {
            Tensor tensor = own.tensor().copy();
            for (int i = 0; i < tensor.data().length; i++) {
                tensor.data()[i] = Math.max(0, tensor.data()[i]);
            }
            return tensor;
        };
        Linear linear = Linear.of(stored());
        Linear changed = Linear.of(change.apply(weights));
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            for (Shape shape : List.of(Shape.of(INPUTS), Shape.of(2, 3, INPUTS))) {
                Tensor x = randomWithZeros(shape, 2);
                Tensor s = randomWithZeros(linear.outputShape(shape), 3);
                for (int pass = 0; pass < 2; pass++) {
                    TensorSource own = linear.weights("positive", change);
                    assertArrayEquals(changed.forward(engine, x).data(), linear.forward(engine, x, own).data());
                    assertArrayEquals(changed.gradient(engine, x, null, s).data(),
                            linear.inputGradient(engine, s, own, shape).data());
                    assertArrayEquals(changed.weights().tensor().data(), own.tensor().data());
                }
                TensorSource same = linear.weights("own", UnaryOperator.identity());
                assertArrayEquals(linear.gradient(engine, x, null, s).data(),
                        linear.inputGradient(engine, s, same, shape).data());
            }
        }
    }

    @Test
    void weightsAreHandedOutOnceAllOfThemAreKnownToBeFinite() {
        TensorSource source = stored();
        float[] row = new float[INPUTS];
        for (int i = 0; i < OUTPUTS; i++) {
            assertFalse(source.inPlace(bytes -> { }), "before row " + i);
            source.read(i * INPUTS, row, 0, INPUTS);
            source.read(0, row, 0, INPUTS);   // a second look at the same does not count
        }
        assertTrue(source.inPlace(bytes -> assertEquals(weights.data()[7], bytes.getFloat(7 * Float.BYTES))));
    }
}
