package dev.sectional.spark;

import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import java.io.Serializable;
import java.util.List;

/**
 * What explains the images of a job. Sent with its tasks: names and numbers only.
 *
 * @param weights a file that every executor sees under this path, or that was sent along by
 *     {@code spark-submit --files}
 * @param methods names, with settings where there are any, as {@link Methods#named} takes them
 * @param targets as on the command line: {@code topK}, an index, or a label
 * @param heatmaps whether the result holds images
 * @param clip percentile of relevance drawn at full strength
 */
public record ExplainSettings(String weights, List<String> methods, List<String> targets, boolean heatmaps, double clip)
        implements Serializable {
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
        methods.forEach(Methods::named);   // says now what would fail in every task
    }

    /** RSP of the likeliest class, with heatmaps. */
    public static ExplainSettings rsp(String weights) {
        return new ExplainSettings(weights, List.of("rsp"), List.of("top1"), true, 99.5);
    }
}
