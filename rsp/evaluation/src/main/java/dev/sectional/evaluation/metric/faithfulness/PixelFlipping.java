package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summary;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Pixel flipping by regions (Bach et al.: On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise
 * Relevance Propagation, PLoS ONE 10, 2015; Samek et al.: Evaluating the Visualization of What a Deep Neural Network
 * Has Learned, IEEE TNNLS 28, 2017, arXiv 1509.06321). Squares of the image are set to 0 in normalised values, the most
 * relevant first ({@code morf}) or the least relevant first ({@code lerf}). With the target's logit f, the area over
 * the perturbation curve of K steps is
 *
 * <pre>{@code
 * aopc = 1 / (K + 1) * sum over k = 0 .. K of (f_0 - f_k)
 * }</pre>
 *
 * <p>A good map has a high morf, a low lerf, and thus a high {@code difference} of the two. Samek et al. fill the
 * squares with random colours; a constant gives the same result on every run.
 */
public final class PixelFlipping implements Metric {
    private static final int REGIONS_PER_SIDE = 28;
    private static final int STEPS = 32;
    private static final String MORF = "morf";
    private static final String LERF = "lerf";
    private static final String DIFFERENCE = "difference";

    @Override
    public String name() {
        return "flipping";
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("baseline", Scores.ZERO, "steps", String.valueOf(STEPS), "regions per side",
                String.valueOf(REGIONS_PER_SIDE));
    }

    @Override
    public boolean measures(Explainer explainer) {
        return explainer.needsNetwork();
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        if (!measures(evaluated.explainer())) {
            return Map.of();
        }
        double[] morf = scores(evaluated.input(), evaluated.map(), true, Scores.logit(evaluated));
        double[] lerf = scores(evaluated.input(), evaluated.map(), false, Scores.logit(evaluated));
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(MORF, aopc(morf));
        values.put(LERF, aopc(lerf));
        values.put(DIFFERENCE, aopc(morf) - aopc(lerf));
        Scores.put(values, MORF, morf);
        Scores.put(values, LERF, lerf);
        return values;
    }

    /** Returns the score before the first step and after each step, until the whole image is replaced. */
    double[] scores(Tensor image, Saliency map, boolean mostFirst, ToDoubleFunction<Tensor> score) {
        int side = (Math.max(map.width(), map.height()) + REGIONS_PER_SIDE - 1) / REGIONS_PER_SIDE;
        int[][] order = Regions.descending(map, side);
        return Replacement.scores(image, Tensor.zeros(image.shape()), mostFirst ? order : Regions.reversed(order),
                (order.length + STEPS - 1) / STEPS, score);
    }

    /** Returns the area over the curve. */
    static double aopc(double[] scores) {
        return Arrays.stream(scores).map(score -> scores[0] - score).sum() / scores.length;
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        return List.of(Figure.mean(MORF, "logits").better(Figure.Better.HIGHER),
                Figure.mean(LERF, "logits").better(Figure.Better.LOWER),
                Figure.mean(DIFFERENCE, "logits").better(Figure.Better.HIGHER), Figure.cases(MORF));
    }

    @Override
    public List<Summary.Curve> curves(List<Row> rows) {
        return List.of(
                Scores.curve(rows, MORF, "flipping, most relevant first", "share of the image replaced",
                        "logit of the target"),
                Scores.curve(rows, LERF, "flipping, least relevant first", "share of the image replaced",
                        "logit of the target"));
    }
}
