package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Conv2d;
import dev.sectional.nn.Layer;

/**
 * The convolution rule of Relative Sectional Propagation (Nam, Choi, Lee, AAAI 2021). Positive and negative relevance
 * travel apart. Each part q has filters of its own, its filter gradient
 * {@code G[o,c,k] = sum over p of q[o,p] x[c,p+k]}; {@code z = conv(x, G)} where q is not 0;
 * {@code part = x conv^T(q / z, G)}. For a kernel larger than 1x1, {@code c = 2 (part+ - part-)}, and
 * {@code sum(r) / #{c != 0}} is taken off wherever c is not 0 (uniform shift); for 1x1, {@code c = part+ - part-}.
 * Negative inputs count as 0. The layer's weights take no part. Where places are few, {@link GramForm} computes the same
 * without G.
 *
 * <p>Law: a place is dead when its window holds no value above 0. {@code sum(c) = 2 sum(r over live) - sum(r)} when some
 * c is not 0, so twice the relevance of dead places is lost; for 1x1 once. If every c is 0, all is lost.
 */
final class RspRule implements Rule {
    /** Exponents beyond this are scaled back to 1, so that products of three values neither vanish nor overflow. */
    private static final int MODERATE = 16;

    @Override
    public String name() {
        return "rsp";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Conv2d;
    }

    @Override
    public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        Conv2d conv = Rules.require(this, layer, Conv2d.class);
        Tensor active = moderate(Part.POSITIVE.of(x));
        Tensor scaled = moderate(r);
        Tensor positive = part(scaled, 1);
        Tensor negative = part(scaled, -1);
        int taps = conv.convolution().taps();
        double[] deadParts = new double[2];
        Tensor c = conv.groups() == 1 && GramForm.pays(conv.convolution(), x.shape(), r.shape())
                ? new GramForm(engine, active, r.shape(), conv.convolution()).shares(positive, negative, deadParts)
                : byFilters(engine, conv, active, positive, negative, deadParts);
        double dead = deadParts[0] - deadParts[1];
        engine.kernels().multiply(active.data(), 0, c.data(), 0, c.data().length);
        double lost = taps == 1 ? dead : 2 * dead + shift(c, scaled.sum(), dead);
        int exponent = exponent(r) - exponent(scaled);
        if (exponent != 0) {
            scale(c, exponent);
        }
        return new Handed(c, Lost.dead(Math.scalb(lost, exponent)));
    }

    private static Tensor part(Tensor r, float sign) {
        Tensor q = Tensor.zeros(r.shape());
        for (int i = 0; i < q.data().length; i++) {
            q.data()[i] = Math.max(0f, sign * r.data()[i]);
        }
        return q;
    }

    /** {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)}; {@code dead} receives the sums of q where z is 0. */
    private static Tensor byFilters(Engine engine, Conv2d conv, Tensor x, Tensor positive, Tensor negative, double[] dead) {
        Tensor c = Tensor.zeros(x.shape());
        dead[0] = addShare(engine, conv, x, positive, 1, c);
        dead[1] = addShare(engine, conv, x, negative, -1, c);
        return c;
    }

    /** Adds {@code sign conv^T(q / z, G)} to c; returns the sum of q where z is 0. */
    private static double addShare(Engine engine, Conv2d conv, Tensor x, Tensor q, float sign, Tensor c) {
        if (q.sum() == 0) {
            return 0;
        }
        Tensor filters = conv.filterGradient(engine, x, q);
        Tensor z = conv.apply(engine, x, filters);
        double dead = 0;
        for (int i = 0; i < q.data().length; i++) {
            dead += z.data()[i] == 0 ? q.data()[i] : 0;
        }
        engine.kernels().divide(q.data(), z.data(), q.data(), 0, q.data().length);
        Tensor share = conv.transposed(engine, q, filters, x.shape());
        engine.kernels().addScaled(sign, share.data(), 0, c.data(), 0, c.data().length);
        return dead;
    }

    /** Doubles c and takes the excess off every touched unit alike; returns what is lost beyond the dead places. */
    private static double shift(Tensor c, double total, double dead) {
        int touched = 0;
        for (float value : c.data()) {
            touched += value != 0 ? 1 : 0;
        }
        if (touched == 0) {
            return total - 2 * dead;
        }
        float excess = (float) (total / touched);
        for (int i = 0; i < c.data().length; i++) {
            float value = c.data()[i];
            c.data()[i] = value != 0 ? 2 * value - excess : 0f;
        }
        return 0;
    }

    private static int exponent(Tensor values) {
        float greatest = 0;
        for (float value : values.data()) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        return greatest == 0 ? 0 : Math.getExponent(greatest);
    }

    /** The values times a power of two, where they are very small or very large: the rule does not depend on it. */
    private static Tensor moderate(Tensor values) {
        int exponent = exponent(values);
        if (Math.abs(exponent) <= MODERATE) {
            return values;
        }
        Tensor scaled = values.copy();
        scale(scaled, -exponent);
        return scaled;
    }

    private static void scale(Tensor values, int exponent) {
        for (int i = 0; i < values.data().length; i++) {
            values.data()[i] = Math.scalb(values.data()[i], exponent);
        }
    }
}
