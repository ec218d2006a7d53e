package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.InputException;
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
 * Insertion and deletion (Petsiuk, Das, Saenko: RISE, BMVC 2018, arXiv 1806.07421). Deletion sets the pixels of the
 * image to 0 in normalised values, in descending order of relevance. Insertion copies them in that order into the
 * blurred image. The result is the area under the curve of the target's probability, 0..1: a good map has a low
 * deletion and a high insertion.
 */
public final class InsertionDeletion implements Metric {
    /** Pixels replaced per step unless the number of steps is set, as in RISE: 224 steps for 224 x 224 pixels. */
    private static final int PIXELS_PER_STEP = 224;
    private static final String AREA = "area";
    private static final String FLOOR = "floor";

    private final String name;
    private final boolean deleting;
    private final int steps;

    private InsertionDeletion(boolean deleting, int steps) {
        this.name = deleting ? "deletion" : "insertion";
        this.deleting = deleting;
        this.steps = steps;
    }

    /**
     * Creates insertion with one step per 224 pixels.
     *
     * @return the metric
     */
    public static InsertionDeletion insertion() {
        return new InsertionDeletion(false, 0);
    }

    /**
     * Creates deletion with one step per 224 pixels.
     *
     * @return the metric
     */
    public static InsertionDeletion deletion() {
        return new InsertionDeletion(true, 0);
    }

    /**
     * {@return this metric with a fixed number of steps, at least 1} Each costs a forward pass.
     *
     * @param count number of steps, at least 1
     */
    public InsertionDeletion steps(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("expected at least 1 step, got " + count);
        }
        return new InsertionDeletion(deleting, count);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("baseline", deleting ? Scores.ZERO : "the blurred image",
                "steps", steps == 0 ? "one per " + PIXELS_PER_STEP + " pixels" : String.valueOf(steps));
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
        double[] scores = scores(evaluated.input(), evaluated.map(), Scores.probability(evaluated));
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(AREA, Replacement.area(scores));
        if (deleting) {
            values.put(FLOOR, floor(scores));
        }
        Scores.put(values, name, scores);
        return values;
    }

    /**
     * Returns the least possible area for this first score: all others are 0, and the trapezoidal rule counts half a
     * step.
     */
    static double floor(double[] scores) {
        return scores[0] / (2 * (scores.length - 1));
    }

    /** Returns the score before the first step and after each step. */
    double[] scores(Tensor image, Saliency map, ToDoubleFunction<Tensor> score) {
        int[][] order = Regions.descending(map, 1);
        int[] ends = ends(order.length);
        return deleting ? Replacement.scores(image, Tensor.zeros(image.shape()), order, ends, score)
                : Replacement.scores(Blur.of(image), image, order, ends, score);
    }

    /** Returns the number of pixels that are replaced after each step. */
    private int[] ends(int pixels) {
        if (steps > pixels) {
            throw new InputException("--steps " + steps + ": the network's input has " + pixels + " pixels;"
                    + " give at most as many");
        }
        int[] ends = new int[steps > 0 ? steps : (pixels + PIXELS_PER_STEP - 1) / PIXELS_PER_STEP];
        Arrays.setAll(ends, i -> (int) (steps > 0 ? (i + 1L) * pixels / steps
                : Math.min((i + 1L) * PIXELS_PER_STEP, pixels)));
        return ends;
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        Figure area = Figure.mean(AREA, "probability").better(deleting ? Figure.Better.LOWER : Figure.Better.HIGHER);
        return deleting ? List.of(area, Figure.mean(FLOOR, "probability"), Figure.cases(AREA))
                : List.of(area, Figure.cases(AREA));
    }

    @Override
    public List<Summary.Curve> curves(List<Row> rows) {
        return List.of(Scores.curve(rows, name, name,
                deleting ? "share of the image deleted" : "share of the image inserted", "probability of the target"));
    }
}
