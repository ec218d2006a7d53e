package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Random;

/** The kernels as plain loops in float64, and tensors to try them on. */
public final class Loops {
    private Loops() {
    }

    public static Tensor random(long seed, Shape shape) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextFloat() * 2 - 1;
        }
        return tensor;
    }

    public static double[] product(float[] a, float[] b, int rows, int depth, int columns) {
        double[] c = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < depth; k++) {
                for (int j = 0; j < columns; j++) {
                    c[i * columns + j] += (double) a[i * depth + k] * b[k * columns + j];
                }
            }
        }
        return c;
    }

    /** What to do with one product of a convolution: the indices of x, of the filters and of y. */
    public interface Product {
        void at(int x, int filter, int y);
    }

    /** Visits every product of a convolution of x (H, W, C) with filters (kh, kw, C, O). */
    public static void convolve(ConvolutionGeometry convolution, Shape x, Shape filters, Shape y, Product product) {
        for (int row = 0; row < y.dim(0); row++) {
            for (int column = 0; column < y.dim(1); column++) {
                for (int tap = 0; tap < filters.dim(0) * filters.dim(1); tap++) {
                    int v = row * convolution.rows().stride() - convolution.rows().before() + tap / filters.dim(1) * convolution.rows().dilation();
                    int u = column * convolution.columns().stride() - convolution.columns().before()
                            + tap % filters.dim(1) * convolution.columns().dilation();
                    if (v < 0 || u < 0 || v >= x.dim(0) || u >= x.dim(1)) {
                        continue;
                    }
                    for (int c = 0; c < x.dim(2); c++) {
                        for (int o = 0; o < y.dim(2); o++) {
                            product.at((v * x.dim(1) + u) * x.dim(2) + c, (tap * x.dim(2) + c) * y.dim(2) + o,
                                    (row * y.dim(1) + column) * y.dim(2) + o);
                        }
                    }
                }
            }
        }
    }

    /** Fails with the place of the greatest difference when it exceeds {@code tolerance} of the greatest value. */
    public static void requireClose(String what, double[] wanted, float[] got, double tolerance) {
        if (wanted.length != got.length) {
            throw new AssertionError(what + ": wanted " + wanted.length + " values, got " + got.length);
        }
        double scale = 1e-30;
        for (double value : wanted) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < got.length; i++) {
            if (!(Math.abs(wanted[i] - got[i]) <= tolerance * scale)) {
                throw new AssertionError(what + " at " + i + ": wanted " + wanted[i] + ", got " + got[i]);
            }
        }
    }
}
