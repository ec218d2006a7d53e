package dev.sectional.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of one metric for one method.
 *
 * @param figures figures by name, in printing order
 * @param classFigures for some of these figures, the values by class; classes without a value are missing
 * @param curves curves to plot
 */
public record Summary(Map<String, Estimate> figures, Map<String, Map<String, Estimate>> classFigures,
                      List<Curve> curves) {
    /** {@return the values of the figures over all classes} */
    public Map<String, Double> overall() {
        return values(figures);
    }

    /** {@return the values of {@link #classFigures}} */
    public Map<String, Map<String, Double>> perClass() {
        Map<String, Map<String, Double>> perClass = new LinkedHashMap<>();
        classFigures.forEach((figure, classes) -> perClass.put(figure, values(classes)));
        return perClass;
    }

    private static Map<String, Double> values(Map<String, Estimate> estimates) {
        Map<String, Double> values = new LinkedHashMap<>();
        estimates.forEach((name, estimate) -> values.put(name, estimate.value()));
        return values;
    }

    /**
     * A curve to plot.
     *
     * @param name title, the same for every method, such as {@code deletion}
     * @param xName label of the horizontal axis
     * @param yName label of the vertical axis
     * @param ticks one label for each point; a number where the axis is numeric
     * @param values one for each point
     */
    public record Curve(String name, String xName, String yName, List<String> ticks, List<Double> values) {
    }
}
