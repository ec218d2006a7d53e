package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.BlockedNonzeros;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.SparseFilterGradient;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Modifier;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The convolution rule of Relative Sectional Propagation (Nam, Choi, Lee, AAAI 2021). Positive and negative relevance
 * travel apart. Each part q has filters of its own, its filter gradient
 * {@code G[o,c,k] = sum over p of q[o,p] x[c,p+k]}; {@code z = conv(x, G)} where q is not 0;
 * {@code part = x conv^T(q / z, G)}. For a kernel larger than 1x1, {@code c = 2 (part+ - part-)}, and
 * {@code sum(r) / #{c != 0}} is taken off wherever c is not 0 (uniform shift); for 1x1, {@code c = part+ - part-}.
 * Negative inputs count as 0. The layer's weights take no part. {@link WinogradRelevance}, {@link GramRelevance} and
 * {@link SparseFilterGradient} compute the same with less work; {@link AlgorithmPlanner} chooses.
 *
 * <p>Law: a place is dead when its window holds no value above 0. {@code sum(c) = 2 sum(r over live) - sum(r)} when some
 * c is not 0, so twice the relevance of dead places is lost; for 1x1 once. If every c is 0, all is lost.
 */
public final class RspRule implements Rule {
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
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return applyAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> applyAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        Conv2d conv = Rules.require(this, layer, Conv2d.class);
        Tensor active = active(engine, x);
        Map<RelevanceAlgorithm, Form> forms = new EnumMap<>(RelevanceAlgorithm.class);
        List<Propagated> handed = new ArrayList<>();
        for (Tensor r : rs) {
            Known known = Known.of(engine, r);
            Form form = forms.computeIfAbsent(AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(x.shape()), known.listed), each -> form(engine, conv, active, r.shape(), each));
            handed.add(hand(engine, conv, active, r, known, form));
        }
        forms.values().forEach(Form::release);
        return handed;
    }

    /** How the products of the rule are computed for one input. */
    interface Form {
        /**
         * {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)}, q being the parts of r; a tensor of the engine's buffers.
         *
         * @param dead receives the sum of r where z is 0
         */
        Tensor shares(Tensor r, double[] dead);

        /** Gives what is kept between the calls back to the engine's buffers. */
        default void release() {
        }
    }

    static Form form(Engine engine, Conv2d conv, Tensor x, Shape output, RelevanceAlgorithm form) {
        return switch (form) {
            case GRAM -> new GramRelevance(engine, x, output, conv.geometry());
            case WINOGRAD -> new WinogradRelevance(engine, conv.geometry(), x);
            case SPARSE -> (r, dead) -> sparse(engine, conv, x, r, dead);
            case DIRECT -> (r, dead) -> byFilters(engine, conv, x, r, dead);
        };
    }

    /**
     * Runs the algorithms for large layers once on a small feature map, so that the JIT compiler has reached their loops by the time a
     * large layer needs them.
     *
     * @param map {@code (H, W, C)}
     */
    public static void warmUp(Engine engine, Tensor map) {
        Execution execution = Execution.of(engine);
        int channels = map.shape().dim(2);
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(channels, channels, 3, 3))).padding(1);
        execution.release(Winograd.forward(execution, conv.geometry(), map, PackedMatrix.of(execution, new float[9 * channels * channels],
                9 * channels, channels), null, true));
        for (RelevanceAlgorithm algorithm : new RelevanceAlgorithm[] {RelevanceAlgorithm.WINOGRAD, RelevanceAlgorithm.SPARSE}) {
            Form form = form(engine, conv, map, map.shape(), algorithm);
            execution.release(form.shares(map, new double[1]));
            form.release();
        }
    }

    /** What is asked of a relevance before anything is made of it. */
    private record Known(long listed, int exponent, double sum) {
        static Known of(Engine engine, Tensor r) {
            double[][] values = ChunkedReduction.mapChunks(Execution.of(engine), r.data().length, (from, to) -> Execution.of(engine).countNonzeros(r.data(), from, to),
                    (from, to) -> Execution.of(engine).maxAbs(r.data(), from, to), r::sum);
            return new Known((long) ChunkedReduction.sum(values[0]), RspRule.exponent(values[1]), ChunkedReduction.sum(values[2]));
        }
    }

    private static Propagated hand(Engine engine, Conv2d conv, Tensor x, Tensor r, Known known, Form form) {
        Tensor scaled = moderate(engine, r, known.exponent);
        double[] dead = new double[1];
        Tensor c = form.shares(scaled, dead);
        double touched = ChunkedReduction.sumOfChunks(Execution.of(engine), c.data().length, (from, to) -> Execution.of(engine).multiplyAndCountNonzeros(x.data(), c.data(), from, to));
        double lost = dead[0];
        if (conv.geometry().kernelArea() > 1) {
            double total = scaled == r ? known.sum : Math.scalb(known.sum, -known.exponent);
            lost = touched == 0 ? total : 2 * lost;
            float excess = touched == 0 ? 0 : (float) (total / touched);
            Execution.of(engine).workers().parallelChunks(c.data().length, (from, to) -> Execution.of(engine).affineNonzeros(2, excess, c.data(), from, to));
        }
        if (scaled != r) {
            scale(engine, c, known.exponent);
            lost = Math.scalb(lost, known.exponent);
        }
        return new Propagated(c, AbsorbedRelevance.dead(lost));
    }

    /** What of the input takes part, in moderate size: the same tensor if that is all of it. */
    private static Tensor active(Engine engine, Tensor x) {
        double[][] values = ChunkedReduction.mapChunks(Execution.of(engine), x.data().length, (from, to) -> Execution.of(engine).anyNegative(x.data(), from, to) ? 1 : 0,
                (from, to) -> Execution.of(engine).maxAbs(x.data(), from, to));
        return ChunkedReduction.sum(values[0]) == 0 ? moderate(engine, x, exponent(values[1])) : active(engine, Modifier.POSITIVE.of(x));
    }

    /** Of a relevance of which most values are 0, as below a max pooling: products with the others alone. */
    private static Tensor sparse(Engine engine, Conv2d conv, Tensor x, Tensor r, double[] dead) {
        BlockedNonzeros listed = BlockedNonzeros.of(Execution.of(engine), r);
        SparseFilterGradient filters = SparseFilterGradient.of(Execution.of(engine), conv.geometry(), x, listed);
        dead[0] = filters.divide();
        Tensor shares = filters.inputGradient();
        filters.release();
        listed.release();
        return shares;
    }

    private static Tensor byFilters(Engine engine, Conv2d conv, Tensor x, Tensor r, double[] dead) {
        Tensor c = Execution.of(engine).tensor(x.shape());
        Arrays.fill(c.data(), 0f);
        for (int sign = 1; sign >= -1; sign -= 2) {
            Tensor q = Tensor.zeros(r.shape());
            Execution.of(engine).combineWithAbs(0.5f * sign, 0.5f, r.data(), 0, q.data(), 0, q.data().length);
            dead[0] += sign * addShare(engine, conv, x, q, sign, c);
        }
        return c;
    }

    /** Adds {@code sign conv^T(q / z, G)} to c; returns the sum of q where z is 0. */
    private static double addShare(Engine engine, Conv2d conv, Tensor x, Tensor q, float sign, Tensor c) {
        if (q.sum() == 0) {
            return 0;
        }
        Tensor filters = conv.filterGradient(engine, x, q);
        Tensor z = conv.forward(engine, x, filters);
        double dead = sumWhereZero(z.data(), q.data());
        Execution.of(engine).divide(q.data(), z.data(), q.data(), 0, q.data().length);
        Tensor share = conv.inputGradient(engine, q, filters, x.shape());
        Execution.of(engine).addScaled(sign, share.data(), 0, c.data(), 0, c.data().length);
        return dead;
    }

    /** Apart, because the JIT compiler takes it with all that is around it, which is much, as soon as the loop is hot. */
    private static double sumWhereZero(float[] z, float[] q) {
        double sum = 0;
        for (int i = 0; i < q.length; i++) {
            sum += z[i] == 0 ? q[i] : 0;
        }
        return sum;
    }

    /** Of the greatest absolute value among those of all pieces. */
    private static int exponent(double[] greatest) {
        double all = ChunkedReduction.max(greatest);
        return all == 0 ? 0 : Math.getExponent((float) all);
    }

    /** The values times a power of two, where they are very small or very large: the rule does not depend on it. */
    private static Tensor moderate(Engine engine, Tensor values, int exponent) {
        if (Math.abs(exponent) <= MODERATE) {
            return values;
        }
        Tensor scaled = values.copy();
        scale(engine, scaled, -exponent);
        return scaled;
    }

    private static void scale(Engine engine, Tensor values, int exponent) {
        Execution.of(engine).workers().parallelChunks(values.data().length, (from, to) -> {
            for (int i = from; i < to; i++) {
                values.data()[i] = Math.scalb(values.data()[i], exponent);
            }
        });
    }
}
