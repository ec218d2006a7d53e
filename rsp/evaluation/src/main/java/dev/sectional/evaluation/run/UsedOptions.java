package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import java.util.List;
import java.util.stream.Stream;

/**
 * Refuses options without effect: settings of metrics that are not chosen, and of networks that no method needs. Each
 * message names the option and the way out.
 */
public record UsedOptions(List<Metric> metrics, List<Explainer> explainers) {
    /** {@return whether a chosen method needs a network} */
    public boolean needNetwork() {
        return explainers.stream().anyMatch(Explainer::needsNetwork);
    }

    /**
     * Checks the settings of metrics; null stands for an option that is not given.
     *
     * @param steps steps of insertion and deletion
     * @param tolerance pixels of the pointing game
     * @param difficult list of the difficult subset
     * @param smoothing deviation of the smoothing of maps
     * @throws InputException if none of the metrics uses one of them
     */
    public void requireMetrics(Object steps, Object tolerance, Object difficult, Object smoothing) {
        requireMetric("--steps", steps, "insertion", "deletion");
        requireMetric("--tolerance", tolerance, "pointing");
        requireMetric("--difficult", difficult, "pointing");
        requireMetric("--smooth", smoothing, "pointing");
        if (smoothing != null && !needNetwork()) {
            throw new InputException("--smooth " + smoothing + ": " + Explainers.CENTER + " has no map to smooth; leave"
                    + " it out, or add a method to --methods");
        }
    }

    private void requireMetric(String option, Object value, String... users) {
        if (value != null && metrics.stream().noneMatch(metric -> Stream.of(users).anyMatch(metric.name()::equals))) {
            throw new InputException(option + " " + value + ": only the metric " + String.join(" or ", users)
                    + " uses it; name it with --metric or leave the option out");
        }
    }

    /**
     * Checks the settings of networks. Without one, images are taken whole.
     *
     * @param way how images become inputs
     * @param options the options of networks that are given
     * @throws InputException if no method needs a network, and an option is given or images would be cut to its size
     */
    public void requireNetwork(Preprocessing way, List<String> options) {
        if (needNetwork()) {
            return;
        }
        if (way == Preprocessing.CROP || way == Preprocessing.PAD) {
            throw new InputException("--fit " + way + " needs the size of a model's input, and no method that is chosen"
                    + " needs a model: add one to --methods, or use --fit squash");
        }
        for (String option : options) {
            throw new InputException(option + ": no method that is chosen needs a model; leave it out, or add a method"
                    + " to --methods");
        }
    }
}
