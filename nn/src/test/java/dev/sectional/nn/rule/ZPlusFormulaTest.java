package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** z+ of 1x1 and depthwise convolutions, against loops over the formula in float64, on one thread and on two. */
class ZPlusFormulaTest {
    private static final double EPSILON = 1e-6;

    @Test
    void depthwiseLayersComputeTheFormula() {
        checkDepthwise(Shape.of(9, 7, 20));
        checkDepthwise(Shape.of(2, 3, 5));
        check(Shape.of(23, 21, 17), 5, 2, 4);
        check(Shape.of(23, 21, 17), 5, 3, 0);
    }

    @Tag("exhaustive")
    @Test
    void largeDepthwiseLayersComputeTheFormula() {
        checkDepthwise(Shape.of(70, 70, 20));
    }

    private static void checkDepthwise(Shape input) {
        check(input, 3, 1, 1);
        check(input, 3, 2, 1);
        check(input, 2, 3, 0);
        check(input, 1, 1, 2);
    }

    private static void check(Shape input, int kernel, int stride, int padding) {
        int channels = input.dim(2);
        Conv2d layer = Conv2d.of(random(Shape.of(channels, 1, kernel, kernel), 1)).groups(channels).stride(stride)
                .padding(padding).bias(random(Shape.of(channels), 2));
        compare(layer, Modifier.POSITIVE.apply(random(input, 3)), kernel, stride, padding, true);
    }

    /** The weights of positive and of negative inputs differ: both are products of one pass over blocks. */
    @Test
    void pointwiseBlocksTakeInputsOfBothSigns() {
        for (int stride = 1; stride <= 2; stride++) {
            Conv2d layer = Conv2d.of(random(Shape.of(20, 12, 1, 1), 4)).stride(stride).bias(random(Shape.of(20), 5));
            compare(layer, random(Shape.of(44, 45, 12), 6), 1, stride, 0, false);
        }
    }

    private static void compare(Conv2d layer, Tensor x, int kernel, int stride, int padding, boolean depthwise) {
        Tensor r = random(layer.outputShape(x.shape()), 7);
        double[] wanted = new double[x.data().length];
        double[] weight = new double[layer.weightShape().size()];
        int outputs = r.shape().dim(2);
        for (int i = 0; i < weight.length; i++) {   // (O, C, k, k) from (k, k, C, O)
            int column = i % (kernel * kernel);
            int row = i / (kernel * kernel);
            int group = layer.weightShape().dim(1);
            weight[i] = layer.weights().tensor().data()[(column * group + row % group) * outputs + row / group];
        }
        double bias = 0;
        for (int i = 0; i < r.data().length; i++) {
            bias += share(layer, x, r, i, weight, kernel, stride, padding, depthwise, wanted);
        }
        float[][] got = new float[2][];
        for (int threads = 1; threads <= 2; threads++) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Propagated propagated = Rules.zPlus().propagate(engine, layer, x, r);
                got[threads - 1] = propagated.relevance().data();
                assertEquals(bias, propagated.absorbed().bias(), 1e-4 * r.data().length, "bias of " + layer);
                assertEquals(r.sum(), propagated.sum() + propagated.absorbed().total(), 1e-5 * r.data().length);
            }
        }
        assertArrayEquals(got[0], got[1], "threads");
        for (int i = 0; i < wanted.length; i++) {
            assertEquals(wanted[i], got[0][i], 2e-5 * Math.max(1, Math.abs(wanted[i])), layer + ", element " + i);
        }
    }

    /** Adds what one output passes on to its inputs. Returns what its bias absorbs. */
    private static double share(Conv2d layer, Tensor x, Tensor r, int output, double[] weight, int kernel, int stride,
                                int padding, boolean depthwise, double[] wanted) {
        int channels = x.shape().dim(2);
        int o = output % r.shape().dim(2);
        int position = output / r.shape().dim(2);
        double b = Math.max(0, layer.bias().length == 0 ? 0 : layer.bias()[o]);
        double z = b;
        double s = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < kernel * kernel; k++) {
                int v = position / r.shape().dim(1) * stride - padding + k / kernel;
                int u = position % r.shape().dim(1) * stride - padding + k % kernel;
                if (v < 0 || u < 0 || v >= x.shape().dim(0) || u >= x.shape().dim(1)) {
                    continue;
                }
                for (int c = depthwise ? o : 0; c < (depthwise ? o + 1 : channels); c++) {
                    int at = (v * x.shape().dim(1) + u) * channels + c;
                    int group = depthwise ? 0 : c;
                    double product = x.data()[at]
                            * weight[(o * layer.weightShape().dim(1) + group) * kernel * kernel + k];
                    if (pass == 0) {
                        z += Math.max(0, product);
                    } else {
                        wanted[at] += Math.max(0, product) * s;
                    }
                }
            }
            s = r.data()[output] / (z + EPSILON);
        }
        return s * b;
    }

    private static Tensor random(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }
}
