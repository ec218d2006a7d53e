package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Verifies how relevance is scaled for drawing. With {@code v} the sum over channels at each pixel, n the number of
 * pixels and s the element number {@code ceil(p / 100 (n - 1))} of the sorted {@code |v|}, or the greatest where that
 * is 0, the value at a pixel is {@code max(-1, min(1, v / s))}, and 0 where all are 0.
 */
public abstract class HeatmapProperties {
    /**
     * Relevance and the percentile that becomes full colour.
     *
     * @param relevance {@code (C, H, W)}
     * @param percentile above 0, at most 100
     * @param origin the source of the values, for the report
     */
    public record Sample(Tensor relevance, double percentile, String origin) {
        @Override
        public String toString() {
            return "percentile " + percentile + " of relevance " + relevance.shape() + " "
                    + Arrays.toString(relevance.data()) + "\n  values: " + origin;
        }
    }

    /**
     * {@return one value per pixel, -1 to 1, row by row}
     *
     * @param relevance {@code (C, H, W)}
     * @param percentile above 0 and at most 100
     */
    protected abstract float[] scaled(Tensor relevance, double percentile);

    /**
     * Generates relevance of small images.
     *
     * @return maps with a percentile
     */
    @Provide
    protected Arbitrary<Sample> samples() {
        Arbitrary<Integer> side = Arbitraries.integers().between(1, 9).shrinkTowards(1);
        return Combinators.combine(side, side, Arbitraries.integers().between(1, 3), Arbitraries.of(Values.values()),
                Arbitraries.of(100.0, 50.0, 90.0, 99.5, 75.0, 1.0), Draw.any())
                .as((height, width, channels, values, percentile, draw) ->
                        new Sample(draw.tensor(Shape.of(channels, height, width), values), percentile,
                                draw.toString()));
    }

    @Property(tries = 300)
    void followsTheDefinition(@ForAll("samples") Sample sample) {
        float[] got = scaled(sample.relevance(), sample.percentile());
        int size = sample.relevance().shape().dim(1) * sample.relevance().shape().dim(2);
        float[] sums = new float[size];
        for (int i = 0; i < sample.relevance().data().length; i++) {
            sums[i % size] += sample.relevance().data()[i];
        }
        float[] sorted = new float[size];
        IntStream.range(0, size).forEach(i -> sorted[i] = Math.abs(sums[i]));
        Arrays.sort(sorted);
        float element = sorted[(int) Math.ceil(sample.percentile() / 100 * (size - 1))];
        float scale = element > 0 ? element : sorted[size - 1];
        for (int i = 0; i < size; i++) {
            double wanted = scale == 0 ? 0 : Math.max(-1, Math.min(1, sums[i] / scale));
            Difference.requireClose("DEFINITION of the scale", sample, "pixel " + i, wanted, got[i], 1e-6);
        }
    }

    @Property(tries = 100)
    void doesNotDependOnTheUnit(@ForAll("samples") Sample sample) {
        Tensor larger = sample.relevance().copy();
        for (int i = 0; i < larger.data().length; i++) {
            larger.data()[i] *= 1024;
        }
        Difference.requireSameBits("HOMOGENEITY of the scale", sample,
                scaled(sample.relevance(), sample.percentile()), scaled(larger, sample.percentile()));
    }
}
