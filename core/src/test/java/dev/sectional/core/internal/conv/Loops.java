package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import java.util.Random;

/** Convolutions as plain loops, and random tensors. */
public final class Loops {
    private Loops() {
    }

    /** Returns a tensor of uniform random elements in -1 .. 1. */
    public static Tensor random(long seed, Shape shape) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextFloat() * 2 - 1;
        }
        return tensor;
    }

    /** Receives the indices of one product of a convolution: of x, of the filters and of y. */
    public interface Product {
        void at(int x, int filter, int y);
    }

    /**
     * Visits every product of a convolution of x {@code (H, W, C)} with filters {@code (kh, kw, C, O)} to y
     * {@code (H', W', O)}.
     */
    public static void convolve(ConvolutionGeometry convolution, Shape x, Shape filters, Shape y, Product product) {
        Window rows = convolution.rows();
        Window columns = convolution.columns();
        for (int row = 0; row < y.dim(0); row++) {
            for (int column = 0; column < y.dim(1); column++) {
                for (int offset = 0; offset < filters.dim(0) * filters.dim(1); offset++) {
                    int v = row * rows.stride() - rows.before() + offset / filters.dim(1) * rows.dilation();
                    int u = column * columns.stride() - columns.before() + offset % filters.dim(1) * columns.dilation();
                    if (v < 0 || u < 0 || v >= x.dim(0) || u >= x.dim(1)) {
                        continue;
                    }
                    for (int c = 0; c < x.dim(2); c++) {
                        for (int o = 0; o < y.dim(2); o++) {
                            product.at((v * x.dim(1) + u) * x.dim(2) + c, (offset * x.dim(2) + c) * y.dim(2) + o,
                                    (row * y.dim(1) + column) * y.dim(2) + o);
                        }
                    }
                }
            }
        }
    }
}
