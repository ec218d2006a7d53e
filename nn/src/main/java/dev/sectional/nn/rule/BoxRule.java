package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The z^B rule for a layer whose inputs lie in a box (Montavon et al. 2017), without bias and with exact division, as
 * in the program that was released with RSP. With l and h the least and the greatest input:
 * {@code z = map(x, w) - map(l, w+) - map(h, w-)}, {@code s = r / z},
 * {@code c = x map^T(s, w) - l map^T(s, w+) - h map^T(s, w-)}.
 *
 * <p>The rule computes {@code z = map(x - l, w+) + map(x - h, w-)}: equal by linearity, and a sum of terms of one sign,
 * so that nothing cancels.
 *
 * <p>Property: {@code sum(c) = sum(r)} over outputs where z is not 0; elsewhere dead positions absorb r.
 *
 * @param box bounds of all inputs; empty for the least and the greatest value of each input
 */
record BoxRule(Optional<Bounds> box) implements Rule {
    /** Elements whose absorbed relevance is added up in float32, before float64. */
    private static final int BLOCK = 1 << 11;

    /**
     * An interval of values.
     *
     * @param low the least value
     * @param high the greatest value
     */
    record Bounds(float low, float high) {
        static Bounds of(Tensor x) {
            float low = Float.POSITIVE_INFINITY;
            float high = Float.NEGATIVE_INFINITY;
            for (float value : x.data()) {
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
            return new Bounds(low, high);
        }
    }

    @Override
    public String name() {
        return "z^B";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof WeightedLayer;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return propagateAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        Bounds bounds = bounds(x);
        return StackedTerms.fits(map) ? stacked(engine, (Conv2d) map, x, rs, bounds)
                : rs.stream().map(r -> propagate(engine, map, x, r, bounds)).toList();
    }

    private static Propagated propagate(Engine engine, WeightedLayer map, Tensor x, Tensor r, Bounds bounds) {
        Execution execution = Execution.of(engine);
        Tensor weights = map.weights().tensor();
        Tensor positive = Modifier.POSITIVE.apply(weights);
        Tensor negative = Modifier.NEGATIVE.apply(weights);
        Tensor aboveLow = minus(execution, x, bounds.low());
        Tensor belowHigh = minus(execution, x, bounds.high());
        Tensor s = map.forward(engine, aboveLow, positive);
        Tensor z = map.forward(engine, belowHigh, negative);
        execution.add(s.data(), 0, z.data(), 0, z.data().length);
        double dead = divide(execution, r, z, z);
        Tensor c = map.inputGradient(engine, z, positive, x.shape());
        Tensor fromHigh = map.inputGradient(engine, z, negative, x.shape());
        int size = c.data().length;
        execution.multiply(aboveLow.data(), 0, c.data(), 0, size);
        execution.multiply(belowHigh.data(), 0, fromHigh.data(), 0, size);
        execution.add(fromHigh.data(), 0, c.data(), 0, size);
        List.of(s, z, aboveLow, belowHigh, fromHigh).forEach(execution::release);
        return new Propagated(List.of(c), AbsorbedRelevance.deadPositions(dead), Rules.exactAlgorithms(map));
    }

    private static List<Propagated> stacked(Engine engine, Conv2d conv, Tensor x, List<Tensor> rs, Bounds bounds) {
        Execution execution = Execution.of(engine);
        Tensor aboveLow = minus(execution, x, bounds.low());
        Tensor belowHigh = minus(execution, x, bounds.high());
        StackedTerms terms = new StackedTerms(engine, conv, aboveLow, belowHigh, Modifier.POSITIVE, Modifier.NEGATIVE);
        execution.release(aboveLow);
        execution.release(belowHigh);
        List<Propagated> all = new ArrayList<>();
        for (Tensor r : rs) {
            Tensor s = execution.tensor(r.shape());
            double dead = divide(execution, r, terms.forward(), s);
            all.add(new Propagated(List.of(terms.shares(s)), AbsorbedRelevance.deadPositions(dead),
                    Rules.exactAlgorithms(conv)));
            execution.release(s);
        }
        terms.release();
        return all;
    }

    /** Computes {@code s = r / z}. Returns the sum of r where z is 0. */
    private static double divide(Execution execution, Tensor r, Tensor z, Tensor s) {
        int length = z.data().length;
        return ChunkedReduction.sumOfTasks(execution, (length + BLOCK - 1) / BLOCK, task -> {
            double[] absorbed = new double[3];
            int from = task * BLOCK;
            execution.stabilisedRatio(r.data(), from, z.data(), null, 1, 0, s.data(), from, 1,
                    Math.min(BLOCK, length - from), absorbed);
            return absorbed[2];
        });
    }

    private Bounds bounds(Tensor x) {
        Bounds range = Bounds.of(x);
        box.filter(given -> range.low() < given.low() || range.high() > given.high()).ifPresent(given -> {
            throw new IllegalArgumentException("the input leaves the box of z^B: it spans " + range.low() + " .. "
                    + range.high()
                    + ", the box " + given.low() + " .. " + given.high());
        });
        return box.orElse(range);
    }

    private static Tensor minus(Execution execution, Tensor x, float bound) {
        Tensor difference = execution.tensor(x.shape());
        for (int i = 0; i < difference.data().length; i++) {
            difference.data()[i] = x.data()[i] - bound;
        }
        return difference;
    }
}
