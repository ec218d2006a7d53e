package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A source of values for one case. Half of all draws give whole numbers from -3 to 3: sums of them are exact in
 * float32, so ties, sums of exactly 0 and equal values occur, and a counterexample is easy to read. jqwik shrinks
 * towards them.
 */
public final class Draw {
    private static final int GREATEST = 3;

    private final boolean whole;
    private final long seed;
    private final Random random;

    /**
     * Creates a source of the values of one seed.
     *
     * @param whole whether the values are whole numbers
     * @param seed of the values
     */
    public Draw(boolean whole, long seed) {
        this.whole = whole;
        this.seed = seed;
        random = new Random(seed);
    }

    /**
     * Generates sources. The seed itself does not shrink: a smaller one would mean other values, not simpler ones.
     *
     * @return draws of whole numbers and of others
     */
    public static Arbitrary<Draw> any() {
        return Combinators.combine(Arbitraries.of(true, false), Arbitraries.longs().dontShrink()).as(Draw::new);
    }

    /**
     * {@return the next tensor of this source}
     *
     * @param shape of the tensor
     * @param values their kind
     */
    public Tensor tensor(Shape shape, Values values) {
        Tensor tensor = values.tensor(shape, random);
        for (int i = 0; whole && i < tensor.data().length; i++) {
            float value = tensor.data()[i] * (GREATEST + 1);
            tensor.data()[i] = (int) (value < 0 ? Math.max(value, -GREATEST) : Math.min(Math.ceil(value), GREATEST));
        }
        return tensor;
    }

    /**
     * {@return a signed tensor}
     *
     * @param dims the shape
     */
    public Tensor signed(int... dims) {
        return tensor(Shape.of(dims), Values.SIGNED);
    }

    @Override
    public String toString() {
        return (whole ? "whole numbers" : "fractions") + " of seed " + seed;
    }
}
