package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Gemm;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * The matrix product that a convolution of 256 channels at 28x28 amounts to, and the peak that it is measured beside.
 */
final class Product implements AutoCloseable {
    static final int PLACES = 784;
    static final int DEPTH = 2304;
    static final int OUTPUTS = 512;
    /** Millions of floating-point operations. */
    static final double MFLOP = 2e-6 * OUTPUTS * DEPTH * PLACES;
    private static final int PRODUCTS = 5;
    private static final int PEAKS = 100;
    /** Calls after which the compiler is done with the peak's loop, however few rounds there are. */
    private static final int WARMUP = 500;
    /** Rows that are compared. */
    private static final int ROWS = 8;

    private final Engine engine;
    private final Tensor a = new Generated(1, 0, 1, Shape.of(PLACES, DEPTH)).tensor();
    private final Tensor b = new Generated(1, 1, 1, Shape.of(DEPTH, OUTPUTS)).tensor();
    private final PackedMatrix packed;
    private float factor = 0.999999f;

    Product(Provider provider, int threads) {
        engine = Engine.open(provider, threads);
        packed = PackedMatrix.of(Execution.of(engine), b.data(), DEPTH, OUTPUTS);
        for (int i = 0; i < WARMUP; i++) {
            factor = Math.max(factor, Peak.multiplyAdd(factor) * 0f);
        }
    }

    /** The product, a few times; its first rows. */
    Contender product() {
        return Contender.of("matrix product, 784x2304 by 2304x512", PRODUCTS * MFLOP, () -> {
            float[] last = new float[0];
            for (int i = 0; i < PRODUCTS; i++) {
                last = Gemm.multiply(Execution.of(engine), a, packed).data();
            }
            return Arrays.copyOf(last, ROWS * OUTPUTS);
        });
    }

    /**
     * The peak of all threads together; what it is told to have computed are the product's first rows, by plain loops
     * in float64.
     */
    Contender peak() {
        float[] expected = expected();
        int threads = Execution.of(engine).workers().threads();
        return Contender.of("FMA peak", threads * PEAKS * Peak.MFLOP, () -> {
            Execution.of(engine).workers().run(threads * PEAKS,
                    i -> factor = Math.max(factor, Peak.multiplyAdd(factor) * 0f));
            return expected;
        });
    }

    private float[] expected() {
        float[] rows = new float[ROWS * OUTPUTS];
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < OUTPUTS; column++) {
                double sum = 0;
                for (int k = 0; k < DEPTH; k++) {
                    sum += (double) a.data()[row * DEPTH + k] * b.data()[k * OUTPUTS + column];
                }
                rows[row * OUTPUTS + column] = (float) sum;
            }
        }
        return rows;
    }

    @Override
    public void close() {
        engine.close();
    }
}
