package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;

/**
 * The z^B rule for a layer whose inputs lie in a box (Montavon et al. 2017), without bias and with exact division, as the
 * program released with RSP has it. With l and h the least and the greatest input:
 * {@code z = map(x, w) - map(l, w+) - map(h, w-)}, {@code s = r / z},
 * {@code c = x map^T(s, w) - l map^T(s, w+) - h map^T(s, w-)}.
 *
 * <p>It is computed as {@code z = map(x - l, w+) + map(x - h, w-)}: the same by linearity, and a sum of terms of one
 * sign, so nothing cancels.
 *
 * <p>Law: what is lost is r at places where z is 0.
 */
final class BoxRule implements Rule {
    private final Float low;
    private final Float high;

    /** @param low,high the box, or null for the bounds of each input */
    BoxRule(Float low, Float high) {
        this.low = low;
        this.high = high;
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
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : x.data()) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        if (low != null && (least < low || greatest > high)) {
            throw new IllegalArgumentException("the input leaves the box of z^B: it spans " + least + " .. " + greatest
                    + ", the box " + low + " .. " + high);
        }
        Tensor weights = map.weights().tensor();
        Tensor up = Modifier.POSITIVE.of(weights);
        Tensor down = Modifier.NEGATIVE.of(weights);
        Tensor aboveLow = minus(engine, x, low == null ? least : low);
        Tensor belowHigh = minus(engine, x, high == null ? greatest : high);
        Tensor s = map.forward(engine, aboveLow, up);
        Tensor z = map.forward(engine, belowHigh, down);
        double lost = ChunkedReduction.sumOfChunks(Execution.of(engine), z.data().length, (from, to) -> {
            Execution.of(engine).add(s.data(), from, z.data(), from, to - from);
            Execution.of(engine).divide(r.data(), z.data(), s.data(), from, to);
            double dead = 0;
            for (int i = from; i < to; i++) {
                dead += z.data()[i] == 0 ? r.data()[i] : 0;
            }
            return dead;
        });
        Tensor handed = map.inputGradient(engine, s, up, x.shape());
        Tensor fromHigh = map.inputGradient(engine, s, down, x.shape());
        int size = handed.data().length;
        Execution.of(engine).multiply(aboveLow.data(), 0, handed.data(), 0, size);
        Execution.of(engine).multiply(belowHigh.data(), 0, fromHigh.data(), 0, size);
        Execution.of(engine).add(fromHigh.data(), 0, handed.data(), 0, size);
        for (Tensor done : new Tensor[] {s, z, aboveLow, belowHigh, fromHigh}) {
            Execution.of(engine).release(done.data());
        }
        return new Propagated(handed, AbsorbedRelevance.dead(lost));
    }

    private static Tensor minus(Engine engine, Tensor x, float bound) {
        Tensor difference = Execution.of(engine).tensor(x.shape());
        for (int i = 0; i < difference.data().length; i++) {
            difference.data()[i] = x.data()[i] - bound;
        }
        return difference;
    }
}
