package dev.sectional.evaluation.metric;

import dev.sectional.core.InputException;
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

/** The metrics by name. */
public final class Metrics {
    private final Map<String, Supplier<Metric>> makers = new LinkedHashMap<>();

    /**
     * Metrics with these settings.
     *
     * @param seed of all that is drawn
     * @param tolerance of the Pointing Game, in pixels
     * @param difficult of the Pointing Game; null for none
     */
    public Metrics(long seed, int tolerance, DifficultSubset difficult) {
        makers.put("pointing", () -> new PointingGame(tolerance, difficult));
        makers.put("miou", Segmentation::new);
        makers.put("mass", RelevanceMass::new);
        makers.put("sensitivity", () -> new ModelRandomisation(seed));
        makers.put("class-sensitivity", ClassSensitivity::new);
        makers.put("insertion", InsertionDeletion::insertion);
        makers.put("deletion", InsertionDeletion::deletion);
        makers.put("flipping", PixelFlipping::new);
        makers.put("infidelity", () -> new Infidelity(seed));
        makers.put("max-sensitivity", () -> new MaxSensitivity(seed));
    }

    /** All names. */
    public List<String> names() {
        return List.copyOf(makers.keySet());
    }

    /**
     * Metrics by a list of names with commas between them; {@code all} stands for all.
     *
     * @throws InputException if a name is unknown
     */
    public List<Metric> named(String list) {
        List<String> names = Arrays.stream(list.split(",")).map(String::strip).filter(name -> !name.isEmpty())
                .flatMap(name -> name.equals("all") ? makers.keySet().stream() : Stream.of(name)).distinct().toList();
        for (String name : names) {
            if (!makers.containsKey(name)) {
                throw new InputException("metric '" + name + "' is unknown: use all, or some of " + String.join(", ", makers.keySet()));
            }
        }
        if (names.isEmpty()) {
            throw new InputException("no metric is named: use all, or some of " + String.join(", ", makers.keySet()));
        }
        return names.stream().map(name -> makers.get(name).get()).toList();
    }
}
