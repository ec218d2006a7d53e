package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.SyntheticShapes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Refuses options without effect: settings of metrics that are not chosen, of networks that no method needs, and
 * metrics for which a dataset has no ground truth. Each message names the option and the way out.
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
     * Checks the seed.
     *
     * @param seed of the run; null if it is not given
     * @param dataset of the run
     * @throws InputException if neither the images nor a metric is random
     */
    public void requireSeed(Long seed, Dataset dataset) {
        if (!(dataset instanceof SyntheticShapes)) {
            requireMetric("--seed", seed, "model-randomisation", "infidelity", "max-sensitivity");
        }
    }

    /**
     * Checks that the images have what metrics compare maps with.
     *
     * @param dataset of the run
     * @param images number of images of the run, from the first
     * @param named whether the user named each metric, which is refused then; others measure nothing
     * @return a line for each metric that measures nothing
     * @throws InputException if a metric that was named, or each metric, finds no ground truth
     */
    public List<String> requireTruth(Dataset dataset, int images, boolean named) {
        List<String> without = new ArrayList<>();
        for (Metric metric : metrics) {
            String missing = metric.missing(dataset, images);
            if (!missing.isEmpty()) {
                without.add("metric " + metric.name() + ": none of the " + images + " images of " + dataset.name()
                        + " has a " + missing);
            }
        }
        if (!without.isEmpty() && (named || without.size() == metrics.size())) {
            throw new InputException("--" + without.get(0) + "; name other metrics, or take images that have it with"
                    + " --split, --limit, --box-dir or another --dataset");
        }
        return without.stream().map(line -> line + ", so that it measures nothing").toList();
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
