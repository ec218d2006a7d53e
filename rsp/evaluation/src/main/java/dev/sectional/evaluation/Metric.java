package dev.sectional.evaluation;

import dev.sectional.evaluation.data.Dataset;
import java.util.List;
import java.util.Map;

/**
 * A measure of maps. {@link #measure} returns the values of one case, which the run stores; {@link #summary} condenses
 * the stored values of all cases. A metric is confined to one thread at a time.
 */
public interface Metric {
    /** {@return the metric's name, as on the command line} */
    String name();

    /** {@return the settings that the values depend on, beside the seed: by name, with unit} By default none. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /**
     * {@return whether the metric applies to the maps of a method} By default true.
     *
     * @param explainer the method
     */
    default boolean measures(Explainer explainer) {
        return true;
    }

    /**
     * {@return the ground truth that the metric needs and no image of a run has, such as {@code mask}; empty if some
     * image has it} By default empty: the metric needs none.
     *
     * @param dataset of the run
     * @param images number of images of the run, from the first
     */
    default String missing(Dataset dataset, int images) {
        return "";
    }

    /**
     * Measures one case.
     *
     * @param evaluated the case, with its map
     * @return values by name, as {@link #summary} needs them; empty if the metric does not apply to the case
     */
    Map<String, Double> measure(Case evaluated);

    /**
     * {@return the figures of this metric, in printing order}
     *
     * @param rows measurements of one method, one for each measured case, in the dataset's order
     * @param classes names of the dataset's classes
     */
    List<Figure> figures(List<Row> rows, List<String> classes);

    /**
     * {@return the curves to plot for the measurements of one method} By default none.
     *
     * @param rows the measurements of all cases
     */
    default List<Summary.Curve> curves(List<Row> rows) {
        return List.of();
    }

    /**
     * Summarises the measurements of one method: {@link #figures} with bootstrap intervals, and {@link #curves}.
     *
     * @param rows the measurements of all cases
     * @param classes names of the dataset's classes
     * @return the summary, without classes that have no case
     */
    default Summary summary(List<Row> rows, List<String> classes) {
        return Summaries.of(figures(rows, classes), rows, classes, curves(rows));
    }

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
