package dev.sectional.evaluation;

import java.util.List;
import java.util.Map;

/**
 * A measure of maps. {@link #measure} returns the values of one case, which the run stores; {@link #summary} condenses
 * the stored values of all cases. A metric is confined to one thread at a time.
 */
public interface Metric {
    /** Returns the metric's name, as on the command line. */
    String name();

    /** Returns the settings that the values depend on, beside the seed: by name, with unit. By default none. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /**
     * Measures one case.
     *
     * @return values by name, as {@link #summary} needs them; empty if the metric does not apply to the case
     */
    Map<String, Double> measure(Case judged);

    /**
     * Summarises the measurements of one method.
     *
     * @param rows one for each measured case, in the dataset's order
     * @param classes names of the dataset's classes
     */
    Summary summary(List<Row> rows, List<String> classes);

    /**
     * The measurement of one case.
     *
     * @param image the sample's id
     * @param label the dataset's class
     * @param values values by name
     */
    record Row(String image, int label, Map<String, Double> values) {
    }
}
