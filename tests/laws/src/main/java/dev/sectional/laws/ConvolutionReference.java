package dev.sectional.laws;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.nn.layer.Conv2d;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Relevance rules of one convolution in float64 and plain loops, written from the formulas alone, for
 * the agreement property. Groups and dilation are not supported. Feature maps are channels last.
 *
 * @param input {@code (H, W, C)}
 * @param filters {@code (kh, kw, C, O)}
 */
public record ConvolutionReference(Shape input, Shape filters, int stride, int padding) {
    static final DoubleUnaryOperator ALL = v -> v;
    static final DoubleUnaryOperator UP = v -> Math.max(v, 0);
    static final DoubleUnaryOperator DOWN = v -> Math.min(v, 0);

    /**
     * {@return the reference of a case whose layer is a convolution of one group with equal steps and paddings}
     *
     * @param sample of a convolution
     */
    public static ConvolutionReference of(Case sample) {
        Conv2d conv = (Conv2d) sample.layer();
        ConvolutionGeometry geometry = conv.geometry();
        int stride = geometry.rows().stride();
        int padding = geometry.rows().before();
        if (conv.groups() != 1 || !geometry.equals(ConvolutionGeometry.of(geometry.rows().size(),
                geometry.columns().size(), stride, padding))) {
            throw new IllegalArgumentException("the reference knows convolutions of one group with one stride and one"
                    + " padding, got " + sample);
        }
        return new ConvolutionReference(sample.x().shape(), conv.weights().shape(), stride, padding);
    }

    private interface Product {
        void at(int x, int w, int y);
    }

    /** {@return the shape of the output, {@code (H', W', O)}} */
    public Shape output() {
        return Shape.of((input.dim(0) + 2 * padding - filters.dim(0)) / stride + 1,
                (input.dim(1) + 2 * padding - filters.dim(1)) / stride + 1, filters.dim(3));
    }

    private void products(Product product) {
        Shape output = output();
        int channels = input.dim(2);
        int outputs = filters.dim(3);
        for (int y = 0; y < output.dim(0) * output.dim(1); y++) {
            for (int k = 0; k < filters.dim(0) * filters.dim(1); k++) {
                int row = y / output.dim(1) * stride - padding + k / filters.dim(1);
                int column = y % output.dim(1) * stride - padding + k % filters.dim(1);
                if (row >= 0 && column >= 0 && row < input.dim(0) && column < input.dim(1)) {
                    for (int i = 0; i < channels * outputs; i++) {
                        product.at((row * input.dim(1) + column) * channels + i / outputs, k * channels * outputs + i,
                                y * outputs + i % outputs);
                    }
                }
            }
        }
    }

    /**
     * {@return the convolution without bias}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     */
    public double[] apply(double[] x, double[] w) {
        double[] y = new double[output().size()];
        products((i, f, o) -> y[o] += x[i] * w[f]);
        return y;
    }

    private double[] back(double[] w, double[] s) {
        double[] x = new double[input.size()];
        products((i, f, o) -> x[i] += s[o] * w[f]);
        return x;
    }

    /**
     * {@return the relevance of RSP's rule}
     *
     * @param signed the input, {@code (H, W, C)}; its positive part counts
     * @param r relevance at the output, {@code (H', W', O)}
     */
    public double[] rsp(double[] signed, double[] r) {
        double[] x = map(signed, UP);
        double[] c = new double[x.length];
        for (double sign : new double[] {1, -1}) {
            double[] q = map(r, v -> Math.max(0, sign * v));
            double[] g = new double[filters.size()];
            products((i, f, o) -> g[f] += x[i] * q[o]);
            double[] z = apply(x, g);
            double[] s = new double[q.length];
            Arrays.setAll(s, i -> q[i] != 0 && z[i] != 0 ? q[i] / z[i] : 0);
            double[] share = back(g, s);
            Arrays.setAll(c, i -> c[i] + sign * x[i] * share[i]);
        }
        if (filters.dim(0) * filters.dim(1) > 1) {
            double touched = Arrays.stream(c).filter(v -> v != 0).count();
            double excess = touched == 0 ? 0 : Arrays.stream(r).sum() / touched;
            Arrays.setAll(c, i -> c[i] == 0 ? 0 : 2 * c[i] - excess);
        }
        return c;
    }

    /**
     * {@return the relevance of z^B; the bounds are the least and the greatest element of x}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param r relevance at the output, {@code (H', W', O)}
     */
    public double[] zBox(double[] x, double[] w, double[] r) {
        double low = Arrays.stream(x).min().orElseThrow();
        double high = Arrays.stream(x).max().orElseThrow();
        double[] up = map(w, UP);
        double[] down = map(w, DOWN);
        double[] all = apply(x, w);
        double[] ofLow = apply(map(x, v -> low), up);
        double[] ofHigh = apply(map(x, v -> high), down);
        double[] s = new double[r.length];
        Arrays.setAll(s, i -> all[i] - ofLow[i] - ofHigh[i] == 0 ? 0 : r[i] / (all[i] - ofLow[i] - ofHigh[i]));
        double[] a = back(w, s);
        double[] b = back(up, s);
        double[] d = back(down, s);
        double[] c = new double[x.length];
        Arrays.setAll(c, i -> x[i] * a[i] - low * b[i] - high * d[i]);
        return c;
    }

    /**
     * {@return the relevance of LRP-epsilon}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param bias {@code (O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param epsilon of the stabiliser
     */
    public double[] epsilon(double[] x, double[] w, double[] bias, double[] r, double epsilon) {
        double[] z = withBias(apply(x, w), bias, ALL);
        double[] share = back(w, divide(r, z, epsilon));
        double[] c = new double[x.length];
        Arrays.setAll(c, i -> x[i] * share[i]);
        return c;
    }

    /**
     * {@return the relevance of alpha-beta with {@code beta = alpha - 1}; alpha 1 is z+}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param bias {@code (O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param alpha weight of the positive part
     */
    public double[] alphaBeta(double[] x, double[] w, double[] bias, double[] r, double alpha) {
        return alphaBeta(x, w, bias, r, alpha, alpha - 1);
    }

    /**
     * {@return the relevance of alpha-beta with independent alpha and beta}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param bias {@code (O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param alpha weight of the positive part
     * @param beta weight of the negative part
     */
    public double[] alphaBeta(double[] x, double[] w, double[] bias, double[] r, double alpha, double beta) {
        double[] raised = side(x, w, bias, r, UP, DOWN);
        double[] lowered = side(x, w, bias, r, DOWN, UP);
        double[] c = new double[x.length];
        Arrays.setAll(c, i -> alpha * raised[i] - beta * lowered[i]);
        return c;
    }

    /**
     * {@return the relevance of alpha-beta without bias or stabiliser, with a ratio for each sign of the input}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param alpha weight of the positive part
     */
    public double[] apart(double[] x, double[] w, double[] r, double alpha) {
        double[] c = new double[x.length];
        for (DoubleUnaryOperator sign : new DoubleUnaryOperator[] {UP, DOWN}) {
            double[] raised = share(map(x, sign), map(w, sign), r);
            double[] lowered = share(map(x, sign), map(w, sign == UP ? DOWN : UP), r);
            Arrays.setAll(c, i -> c[i] + alpha * raised[i] - (alpha - 1) * lowered[i]);
        }
        return c;
    }

    private double[] share(double[] x, double[] w, double[] r) {
        double[] back = back(w, divide(r, apply(x, w), 0));
        Arrays.setAll(back, i -> back[i] * x[i]);
        return back;
    }

    /**
     * {@return the relevance of flat or w^2, which depends on the weights alone}
     *
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param part function of a weight: 1 for flat, the square for w^2
     */
    public double[] byWeightsAlone(double[] w, double[] r, DoubleUnaryOperator part) {
        double[] ones = new double[input.size()];
        Arrays.fill(ones, 1);
        return back(map(w, part), divide(r, apply(ones, map(w, part)), 1e-6));
    }

    /**
     * {@return the relevance of RAP's rule for convolutions}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param r relevance at the output, {@code (H', W', O)}
     */
    public double[] rap(double[] x, double[] w, double[] r) {
        double[] c = new double[x.length];
        double total = Arrays.stream(r).sum();
        for (DoubleUnaryOperator sign : new DoubleUnaryOperator[] {UP, DOWN}) {
            double[] xs = map(x, sign);
            double[] wa = map(w, sign);
            double[] wb = map(w, v -> sign == UP ? -DOWN.applyAsDouble(v) : -UP.applyAsDouble(v));
            double[] za = apply(xs, wa);
            double[] zb = apply(xs, wb);
            double[] both = new double[za.length];
            Arrays.setAll(both, i -> za[i] + zb[i]);
            double[] up = divide(map(r, UP), za, 0);
            double[] all = divide(r, both, 0);
            double[] down = divide(map(r, DOWN), zb, 0);
            Arrays.setAll(down, i -> zb[i] == 0 ? 0 : down[i] + all[i]);
            double[] a = back(wa, up);
            double[] b = back(wb, down);
            double[] own = new double[x.length];
            Arrays.setAll(own, i -> xs[i] * (a[i] + b[i]));
            double touched = Arrays.stream(own).filter(v -> v != 0).count();
            double excess = touched == 0 ? 0 : (Arrays.stream(own).sum() - total) / touched;
            Arrays.setAll(c, i -> c[i] + (own[i] == 0 ? 0 : own[i] - excess));
        }
        return c;
    }

    /**
     * {@return the relevance of LRP-gamma, generalised to outputs of both signs}
     *
     * @param x the input, {@code (H, W, C)}
     * @param w the filters, {@code (kernel height, kernel width, C, O)}
     * @param bias {@code (O)}
     * @param r relevance at the output, {@code (H', W', O)}
     * @param gamma share of the positive weights that is added
     */
    public double[] gamma(double[] x, double[] w, double[] bias, double[] r, double gamma) {
        DoubleUnaryOperator up = v -> v + gamma * Math.max(v, 0);
        DoubleUnaryOperator down = v -> v + gamma * Math.min(v, 0);
        double[] y = withBias(apply(x, w), bias, ALL);
        double[] above = new double[r.length];
        double[] below = new double[r.length];
        Arrays.setAll(above, i -> y[i] > 0 ? r[i] : 0);
        Arrays.setAll(below, i -> y[i] < 0 ? r[i] : 0);
        double[] a = side(x, w, bias, above, up, down);
        double[] b = side(x, w, bias, below, down, up);
        Arrays.setAll(a, i -> a[i] + b[i]);
        return a;
    }

    private double[] side(double[] x, double[] w, double[] bias, double[] r, DoubleUnaryOperator forUp,
            DoubleUnaryOperator forDown) {
        double[] a = apply(map(x, UP), map(w, forUp));
        double[] b = apply(map(x, DOWN), map(w, forDown));
        Arrays.setAll(a, i -> a[i] + b[i]);
        double[] s = divide(r, withBias(a, bias, forUp), 1e-6);
        double[] up = back(map(w, forUp), s);
        double[] down = back(map(w, forDown), s);
        double[] c = new double[x.length];
        Arrays.setAll(c, i -> Math.max(x[i], 0) * up[i] + Math.min(x[i], 0) * down[i]);
        return c;
    }

    private static double[] withBias(double[] y, double[] bias, DoubleUnaryOperator part) {
        Arrays.setAll(y, i -> y[i] + part.applyAsDouble(bias[i % bias.length]));
        return y;
    }

    /**
     * {@return values as float64}
     *
     * @param values copied
     */
    public static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static double[] divide(double[] r, double[] z, double epsilon) {
        double[] s = new double[r.length];
        Arrays.setAll(s, i -> z[i] == 0 && epsilon == 0 ? 0 : r[i] / (z[i] + (z[i] < 0 ? -epsilon : epsilon)));
        return s;
    }

    private static double[] map(double[] values, DoubleUnaryOperator part) {
        return Arrays.stream(values).map(part).toArray();
    }
}
