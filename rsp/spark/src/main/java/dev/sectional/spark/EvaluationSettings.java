package dev.sectional.spark;

import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.evaluation.metric.PointingGame;
import dev.sectional.evaluation.run.ClassMap;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.nn.Network;
import dev.sectional.spark.internal.SharedFiles;
import java.io.Serializable;
import java.util.List;

/**
 * The settings of a job that evaluates methods. Sent with its tasks: names and numbers only. Files are named as
 * {@link ExplainSettings#weights} are.
 *
 * @param dataset the images and their ground truth, in a folder that the driver and every executor see
 * @param weights weights; null for the network of synthetic shapes
 * @param classMap a class map; null to match names
 * @param methods names with commas between them, as {@link Explainers#named} takes them
 * @param metrics names with commas between them, as {@link Metrics#named} takes them
 * @param preprocessing {@code squash}, {@code crop}, {@code pad} or {@code torchray}
 * @param tolerance tolerance of the Pointing Game in pixels; null for 15, for synthetic shapes 1
 * @param difficult a file with the Pointing Game's Difficult subset; null for none
 * @param smoothing smoothing before pointing, as a part of the longer side; negative for the default of each method
 * @param seed seed of all random numbers
 * @param steps steps of insertion and deletion; null for one per 224 pixels
 */
public record EvaluationSettings(DatasetChoice dataset, String weights, String classMap, String methods, String metrics,
                                 String preprocessing, Integer tolerance, String difficult, double smoothing, long seed,
                                 Integer steps)
        implements Serializable {
    /** Returns settings with the given methods and metrics and default values otherwise. */
    public static EvaluationSettings of(DatasetChoice dataset, String weights, String methods, String metrics) {
        return new EvaluationSettings(dataset, weights, null, methods, metrics, "squash", null, null, -1, 0, null);
    }

    /** Returns the metrics by name, with these settings. */
    public Metrics metrics(Dataset opened) {
        int usual = dataset.synthetic() ? 1 : PointingGame.USUAL_TOLERANCE;
        Metrics metrics = new Metrics(seed, tolerance == null ? usual : tolerance, difficult == null ? null
                : DifficultSubset.read(SharedFiles.file(difficult), opened));
        return steps == null ? metrics : metrics.steps(steps);
    }

    /** Returns the network's classes that stand for the classes of the dataset. */
    public ClassMap classes(Dataset opened, Network network) {
        List<String> labels = network.card().labels();
        if (classMap != null) {
            return ClassMap.read(SharedFiles.file(classMap), opened.classes(), labels, network.classes());
        }
        return opened.classes().equals(List.of("object")) ? ClassMap.topClass(1)
                : ClassMap.usual(opened.classes(), labels, network.classes());
    }
}
