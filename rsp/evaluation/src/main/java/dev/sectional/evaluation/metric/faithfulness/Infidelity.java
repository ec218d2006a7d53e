package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.internal.CounterRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Infidelity (Yeh, Hsieh, Suggala, Inouye, Ravikumar: On the (In)fidelity and Sensitivity of Explanations, NeurIPS
 * 2019, arXiv 1901.09392), for the removal of squares. I is a random square, f the target's logit, x_I the image with
 * the square set to 0 in normalised values, and d_I = f(x) - f(x_I) the drop of the logit:
 *
 * <pre>{@code
 * infidelity = mean over I of (b * sum(map in I) - d_I)^2,   b = mean(d_I * sum(map in I)) / mean(sum(map in I)^2)
 * }</pre>
 *
 * <p>b is the best scale, as in the authors' program, so that maps of any unit compare. {@code share} is the infidelity
 * over mean(d_I^2): 0 for a map that predicts every drop, 1 for a map that predicts none. {@code standard error} is
 * that of the infidelity, over the squares of one case. Maps without a sign, such as absolute gradients, are not
 * measured: they are no prediction of a drop.
 */
public final class Infidelity implements Metric {
    private static final int SQUARES = 512;
    private static final String VALUE = "infidelity";
    private static final String SHARE = "share";
    private static final String ERROR = "standard error";

    private final CounterRandom draws;

    /** @param seed seed of the squares, which depend on it and on the image's name */
    public Infidelity(long seed) {
        this.draws = new CounterRandom(seed).part(VALUE);
    }

    @Override
    public String name() {
        return VALUE;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("baseline", Scores.ZERO, "squares", String.valueOf(SQUARES));
    }

    @Override
    public boolean measures(Explainer explainer) {
        return explainer.needsNetwork() && explainer.signed();
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        if (!measures(evaluated.explainer())) {
            return Map.of();
        }
        return of(evaluated.input(), evaluated.map(), draws.part(evaluated.sample().id()), SQUARES,
                Scores.logit(evaluated));
    }

    /** Computes the values; the share is NaN if no removal changes the logit. */
    static Map<String, Double> of(Tensor image, Saliency map, CounterRandom draws, int squares,
            ToDoubleFunction<Tensor> score) {
        double[] drops = new double[squares];
        double[] sums = new double[squares];
        double before = score.applyAsDouble(image);
        for (int i = 0; i < squares; i++) {
            int[] pixels = square(map.width(), map.height(), draws.part(i));
            drops[i] = before - score.applyAsDouble(without(image, pixels));
            sums[i] = Regions.sum(map, pixels);
        }
        double scale = product(drops, sums) == 0 ? 0 : product(drops, sums) / product(sums, sums);
        double[] errors = new double[squares];
        for (int i = 0; i < squares; i++) {
            errors[i] = Math.pow(scale * sums[i] - drops[i], 2);
        }
        double missed = Arrays.stream(errors).sum();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(VALUE, missed / squares);
        values.put(ERROR, standardError(errors));
        values.put(SHARE, product(drops, drops) == 0 ? Double.NaN : missed / product(drops, drops));
        return values;
    }

    /** Returns the pixels of a random square inside the image; its side is an eighth to a half of the shorter side. */
    private static int[] square(int width, int height, CounterRandom draws) {
        int shorter = Math.min(width, height);
        int least = Math.max(1, shorter / 8);
        int side = least + draws.below(0, Math.max(least, shorter / 2) - least + 1);
        return Regions.pixels(width, draws.below(1, width - side + 1), draws.below(2, height - side + 1), side, side);
    }

    private static Tensor without(Tensor image, int[] pixels) {
        Tensor without = image.copy();
        int channel = image.shape().dim(1) * image.shape().dim(2);
        for (int pixel : pixels) {
            for (int at = pixel; at < without.data().length; at += channel) {
                without.data()[at] = 0;
            }
        }
        return without;
    }

    /** Returns the standard error of the mean, with the scale taken as given. */
    private static double standardError(double[] values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return Math.sqrt(squares / (values.length - 1) / values.length);
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        return List.of(Figure.mean(VALUE, "squared logits").better(Figure.Better.LOWER),
                Figure.mean(SHARE, "share of the squared drop").better(Figure.Better.LOWER),
                Figure.mean(ERROR, "squared logits"), Figure.cases(VALUE));
    }
}
