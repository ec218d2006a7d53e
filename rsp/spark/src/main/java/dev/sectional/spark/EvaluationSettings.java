package dev.sectional.spark;

import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.evaluation.metric.PointingGame;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.spark.internal.SharedFiles;
import java.io.Serializable;

/**
 * What a job evaluates and by what. Sent with its tasks: names and numbers only. Files are paths that the driver and
 * every executor see, or
 * were sent along by {@code spark-submit --files}.
 *
 * @param dataset what to explain; its folder is one that the driver and every executor see
 * @param weights null for scenes' own network
 * @param classMap a file; null for what follows from the names
 * @param methods names with commas between them, as {@link Explainers#named} takes them
 * @param metrics names with commas between them, as {@link Metrics#named} takes them
 * @param preprocessing {@code squash} or {@code torchray}
 * @param tolerance of the Pointing Game, in pixels; null for 15, for scenes 1
 * @param difficult a file with the Pointing Game's Difficult subset; null for none
 * @param smoothing of maps before they point, as a part of the longer side; negative for each method's own
 * @param seed of all that is drawn
 */
public record EvaluationSettings(DatasetChoice dataset, String weights, String classMap, String methods, String metrics,
                                 String preprocessing, Integer tolerance, String difficult, double smoothing, long seed)
        implements Serializable {
    /** The methods and metrics given, everything else as usual. */
    public static EvaluationSettings of(DatasetChoice dataset, String weights, String methods, String metrics) {
        return new EvaluationSettings(dataset, weights, null, methods, metrics, "squash", null, null, -1, 0);
    }

    /** Metrics with these settings. */
    Metrics metrics(Dataset opened) {
        int pixels = tolerance != null ? tolerance : dataset.synthetic() ? 1 : PointingGame.USUAL_TOLERANCE;
        return new Metrics(seed, pixels, difficult == null ? null
                : DifficultSubset.read(SharedFiles.file(difficult), opened.classes().size()));
    }
}
