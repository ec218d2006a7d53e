package dev.sectional.evaluation.metric.similarity;

import dev.sectional.evaluation.Saliency;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How alike two relevance maps are: 1 when they are the same up to a positive factor. Every measure sees
 * the maps divided by their greatest absolute values, so that scale does not count. These are the measures of Adebayo et al. (Sanity
 * Checks for Saliency Maps, NeurIPS 2018, arXiv 1810.03292) and Pearson's.
 */
public enum Similarity {
    /**
     * {@link Ssim} of the signed maps brought to 0..1, where no relevance is one half. With 0 in the middle instead, a map and its
     * negative would count as alike, for the formula multiplies the likeness of means with that of structure.
     */
    SSIM {
        @Override
        double compare(double[] a, double[] b, int height, int width) {
            return Ssim.of(halved(a), halved(b), height, width, 1);
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

    /** The name in results, such as {@code spearman-abs}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Compares two maps of the same size.
     *
     * @return not a number where the measure is not defined, as for a correlation with a map that is 0 everywhere
     */
    public double of(Saliency a, Saliency b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new IllegalArgumentException("wanted two maps of one size, got " + a.width() + " x " + a.height() + " and "
                    + b.width() + " x " + b.height());
        }
        return compare(scaled(a), scaled(b), a.height(), a.width());
    }

    abstract double compare(double[] a, double[] b, int height, int width);

    private static double[] scaled(Saliency saliency) {
        double[] map = IntStream.range(0, saliency.values().length).mapToDouble(i -> saliency.values()[i]).toArray();
        double greatest = Arrays.stream(map).map(Math::abs).max().orElse(0);
        return greatest == 0 ? map : Arrays.stream(map).map(value -> value / greatest).toArray();
    }

    private static double[] halved(double[] values) {
        return Arrays.stream(values).map(value -> (value + 1) / 2).toArray();
    }

    private static double[] absolute(double[] values) {
        return Arrays.stream(values).map(Math::abs).toArray();
    }
}
