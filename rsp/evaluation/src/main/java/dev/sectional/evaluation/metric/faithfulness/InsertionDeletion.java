package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summaries;
import dev.sectional.evaluation.Summary;
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
    private static final int USUAL_STEPS = 32;
    private static final String AREA = "area";

    private final String name;
    private final boolean deleting;
    private final int steps;

    private InsertionDeletion(boolean deleting, int steps) {
        if (steps < 1 || steps > 500) {
            throw new IllegalArgumentException("expected 1 to 500 steps, got " + steps);
        }
        this.name = deleting ? "deletion" : "insertion";
        this.deleting = deleting;
        this.steps = steps;
    }

    /** Creates insertion with 32 steps. */
    public static InsertionDeletion insertion() {
        return new InsertionDeletion(false, USUAL_STEPS);
    }

    /** Creates deletion with 32 steps. */
    public static InsertionDeletion deletion() {
        return new InsertionDeletion(true, USUAL_STEPS);
    }

    /**
     * Returns this metric with another number of steps. Each costs a forward pass; RISE uses 224 for 224 x 224 pixels.
     */
    public InsertionDeletion steps(int count) {
        return new InsertionDeletion(deleting, count);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Map<String, Double> measure(Case judged) {
        if (judged.network() == null) {
            return Map.of();
        }
        double[] scores = scores(judged.input(), judged.map(), Scores.probability(judged));
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(AREA, Replacement.area(scores));
        Scores.put(values, name, scores);
        return values;
    }

    /** Returns the score before the first step and after each step. */
    double[] scores(Tensor image, Saliency map, ToDoubleFunction<Tensor> score) {
        int[][] order = Regions.descending(map, 1);
        int step = (order.length + steps - 1) / steps;
        return deleting ? Replacement.scores(image, Tensor.zeros(image.shape()), order, step, score)
                : Replacement.scores(Blur.of(image), image, order, step, score);
    }

    @Override
    public Summary summary(List<Row> rows, List<String> classes) {
        return Summaries.of(rows, classes, List.of(AREA), List.of(Scores.curve(rows, name, name,
                deleting ? "share of the image deleted" : "share of the image inserted", "probability of the target")));
    }
}
