package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * Sums of products in float64, with the error that the same sums may have in float32: n products, rounded or fused, and
 * added in any order, differ from the exact sum by at most {@code n u / (1 - n u)} times the sum of their absolute
 * values, {@code u = 2^-24} (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.1).
 * Products far below the least normal float may underflow, which adds less than {@code n * Float.MIN_VALUE}.
 */
public final class FloatSums {
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    private final Shape shape;
    private final double[] sums;
    private final double[] absolutes;
    private final int[] products;

    public FloatSums(Shape shape) {
        this.shape = shape;
        sums = new double[shape.size()];
        absolutes = new double[shape.size()];
        products = new int[shape.size()];
    }

    /** Returns the sums of a product of row-major matrices, {@code (rows, depth)} by {@code (depth, columns)}. */
    public static FloatSums product(float[] a, float[] b, int rows, int depth, int columns) {
        FloatSums c = new FloatSums(Shape.of(rows, columns));
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < depth; k++) {
                for (int j = 0; j < columns; j++) {
                    c.add(i * columns + j, a[i * depth + k], b[k * columns + j]);
                }
            }
        }
        return c;
    }

    /** Adds {@code a * b} to the sum with the given index. */
    public void add(int index, double a, double b) {
        sums[index] += a * b;
        absolutes[index] += Math.abs(a * b);
        products[index]++;
    }

    /** Fails, naming the element, unless every element is within the error bound of its sum. */
    public void require(String what, Tensor got) {
        assertEquals(shape, got.shape(), what);
        for (int i = 0; i < sums.length; i++) {
            double nu = products[i] * UNIT_ROUNDOFF;
            double bound = nu / (1 - nu) * absolutes[i] + products[i] * (double) Float.MIN_VALUE;
            assertEquals(sums[i], got.data()[i], bound, what + ", element " + i);
        }
    }
}
