package dev.sectional.evaluation;

import java.util.List;
import java.util.Map;

/**
 * A way to judge maps. It measures case by case; what it measured is kept in the results file, so that a run that was
 * stopped need not measure it again, and summarised when all is there. A metric may be used by one thread at a time.
 */
public interface Metric {
    /** The metric's name on the command line. */
    String name();

    /**
     * Measures one case.
     *
     * @return values by name, all that {@link #summary} needs; empty where the metric does not apply to the case
     */
    Map<String, Double> measure(Case judged);

    /**
     * What the measurements of one method say together.
     *
     * @param rows one for each case that was measured, in the dataset's order
     * @param classes the dataset's
     */
    Summary summary(List<Row> rows, List<String> classes);

    /**
     * What was measured of one case.
     *
     * @param image the sample's id
     * @param label the dataset's class
     */
    record Row(String image, int label, Map<String, Double> values) {
    }
}
