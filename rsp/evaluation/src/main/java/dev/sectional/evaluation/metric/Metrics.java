package dev.sectional.evaluation.metric;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.metric.faithfulness.Infidelity;
import dev.sectional.evaluation.metric.faithfulness.InsertionDeletion;
import dev.sectional.evaluation.metric.faithfulness.MaxSensitivity;
import dev.sectional.evaluation.metric.faithfulness.PixelFlipping;
import dev.sectional.evaluation.metric.randomisation.ClassSensitivity;
import dev.sectional.evaluation.metric.randomisation.ModelRandomisation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Creates metrics by their names on the command line. */
public final class Metrics {
    /** Former names, which still work. */
    private static final Map<String, String> FORMER = Map.of("sensitivity", "model-randomisation");

    private Integer steps;
    private final Map<String, Supplier<Metric>> makers = new LinkedHashMap<>();

    /**
     * Sets the settings of the metrics.
     *
     * @param seed seed of all random numbers
     * @param tolerance tolerance of the Pointing Game in pixels
     * @param difficult the Difficult subset of the Pointing Game; null for none
     */
    public Metrics(long seed, int tolerance, DifficultSubset difficult) {
        makers.put("pointing", () -> new PointingGame(tolerance, difficult));
        makers.put("miou", Segmentation::new);
        makers.put("mass", RelevanceMass::new);
        makers.put("model-randomisation", () -> new ModelRandomisation(seed));
        makers.put("class-sensitivity", ClassSensitivity::new);
        makers.put("insertion", () -> stepped(InsertionDeletion.insertion()));
        makers.put("deletion", () -> stepped(InsertionDeletion.deletion()));
        makers.put("flipping", PixelFlipping::new);
        makers.put("infidelity", () -> new Infidelity(seed));
        makers.put("max-sensitivity", () -> new MaxSensitivity(seed));
    }

    /**
     * Sets the number of steps of insertion and deletion; without it, one per 224 pixels.
     *
     * @param count number of steps, at least 1
     * @return these metrics
     * @throws IllegalArgumentException if the number is below 1
     */
    public Metrics steps(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("expected at least 1 step, got " + count);
        }
        steps = count;
        return this;
    }

    private InsertionDeletion stepped(InsertionDeletion metric) {
        return steps == null ? metric : metric.steps(steps);
    }

    /** {@return all names} */
    public List<String> names() {
        return List.copyOf(makers.keySet());
    }

    /**
     * {@return metrics by a list of names with commas between them; {@code all} stands for all} Deprecated names work
     * too, see {@link #deprecations}.
     *
     * @param list names with commas between them, or {@code all}
     * @throws InputException if a name is unknown
     */
    public List<Metric> named(String list) {
        List<String> names = parts(list).map(name -> FORMER.getOrDefault(name, name))
                .flatMap(name -> name.equals("all") ? makers.keySet().stream() : Stream.of(name)).distinct().toList();
        for (String name : names) {
            if (!makers.containsKey(name)) {
                throw new InputException("metric '" + name + "' is unknown: use all, or some of "
                        + String.join(", ", makers.keySet()) + Spelling.suggestion(name, makers.keySet()));
            }
        }
        if (names.isEmpty()) {
            throw new InputException("no metric is named: use all, or some of " + String.join(", ", makers.keySet()));
        }
        return names.stream().map(name -> makers.get(name).get()).toList();
    }

    /**
     * {@return metrics as {@link #named(String)} does}
     *
     * @param list names with commas between them, or {@code all}
     * @param explainers the methods of the run
     * @throws InputException also if the list names a metric that measures none of the methods
     */
    public List<Metric> named(String list, List<Explainer> explainers) {
        List<Metric> metrics = named(list);
        if (parts(list).noneMatch("all"::equals)) {
            metrics.stream().filter(metric -> explainers.stream().noneMatch(metric::measures)).findFirst()
                    .ifPresent(metric -> {
                        throw new InputException("the metric " + metric.name() + " measures no method that is chosen: "
                                + "add one to --methods, or leave the metric out");
                    });
        }
        return metrics;
    }

    /**
     * {@return a line for each deprecated name in a list that {@link #named} accepts: the name and its replacement}
     *
     * @param list names with commas between them, or {@code all}
     */
    public static List<String> deprecations(String list) {
        return parts(list).filter(FORMER::containsKey).distinct()
                .map(name -> "metric '" + name + "' is deprecated: use " + FORMER.get(name)).toList();
    }

    private static Stream<String> parts(String list) {
        return Arrays.stream(list.split(",")).map(String::strip).filter(name -> !name.isEmpty());
    }
}
