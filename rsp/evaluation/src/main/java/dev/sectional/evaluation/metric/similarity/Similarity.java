package dev.sectional.evaluation.metric.similarity;

import dev.sectional.evaluation.Saliency;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Measures of the similarity of two relevance maps; 1 if they are equal up to a positive factor. Each map is first
 * divided by its greatest absolute value. The measures are those of Adebayo et al. (Sanity Checks for Saliency Maps,
 * NeurIPS 2018, arXiv 1810.03292) and Pearson's.
 */
public enum Similarity {
    /**
     * {@link Ssim} of the signed maps, mapped to 0..1 with zero relevance at one half. On -1..1, a map and its negative
     * would count as similar: the formula multiplies the similarity of means with that of structure.
     */
    SSIM {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return isZero(a) || isZero(b) ? Double.NaN : Ssim.of(shifted(a), shifted(b), height, width, 1);
        }
    },
    /** {@link Correlation#spearman} of the signed maps. */
    SPEARMAN {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return Correlation.spearman(a, b);
        }
    },
    /** {@link Correlation#spearman} of the absolute values. */
    SPEARMAN_ABS {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return Correlation.spearman(absolute(a), absolute(b));
        }
    },
    /** {@link Correlation#pearson} of the maps' {@link Hog} descriptors. */
    HOG {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return Correlation.pearson(Hog.of(a, height, width), Hog.of(b, height, width));
        }
    },
    /** {@link Correlation#pearson} of the signed maps. */
    PEARSON {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return Correlation.pearson(a, b);
        }
    };

    /** {@return the name in results, such as {@code spearman-abs}} */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Compares two maps of the same size.
     *
     * @param a one map
     * @param b the other, of the same size
     * @return NaN where the measure is undefined: for every measure if one of the maps is 0 everywhere
     */
    public double of(Saliency a, Saliency b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new IllegalArgumentException("expected two maps of one size, got " + a.width() + " x " + a.height()
                    + " and " + b.width() + " x " + b.height());
        }
        return compare(scaled(a), scaled(b), a.height(), a.width());
    }

    abstract double compare(double[] a, double[] b, int height, int width);

    private static double[] scaled(Saliency saliency) {
        double[] map = IntStream.range(0, saliency.values().length).mapToDouble(i -> saliency.values()[i]).toArray();
        double greatest = Arrays.stream(map).map(Math::abs).max().orElse(0);
        return greatest == 0 ? map : Arrays.stream(map).map(value -> value / greatest).toArray();
    }

    private static boolean isZero(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == 0);
    }

    private static double[] shifted(double[] values) {
        return Arrays.stream(values).map(value -> (value + 1) / 2).toArray();
    }

    private static double[] absolute(double[] values) {
        return Arrays.stream(values).map(Math::abs).toArray();
    }
}
