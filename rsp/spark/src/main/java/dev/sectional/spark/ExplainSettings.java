package dev.sectional.spark;

import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import java.io.Serializable;
import java.util.List;

/**
 * The settings of a job that explains images. Sent with its tasks: names and numbers only.
 *
 * @param weights a path on every executor, a URI of a Hadoop file system, or the name of a file that
 *     {@code spark-submit --files} distributed
 * @param methods names, with settings if wanted, as {@link Methods#named} takes them
 * @param targets as on the command line: {@code topK}, an index, or a label
 * @param heatmaps whether the result contains heatmaps
 * @param clip percentile of relevance that heatmaps draw at full strength
 */
public record ExplainSettings(String weights, List<String> methods, List<String> targets, boolean heatmaps, double clip)
        implements Serializable {
    /** The usual percentile of heatmaps. */
    public static final double CLIP = 99.5;

    /** Copies the lists and checks what can be checked without the weights. */
    public ExplainSettings {
        methods = List.copyOf(methods);
        targets = List.copyOf(targets);
        if (methods.isEmpty() || targets.isEmpty()) {
            throw new InputException("give at least one method and one target");
        }
        if (!(clip > 0 && clip <= 100)) {
            throw new InputException("clip " + clip + ": give a percentile above 0 and up to 100");
        }
        methods.forEach(Methods::named);   // reports now what would fail in every task
    }

    /** Returns settings for RSP of the most probable class, with heatmaps. */
    public static ExplainSettings rsp(String weights) {
        return new ExplainSettings(weights, List.of("rsp"), List.of("top1"), true, CLIP);
    }
}
