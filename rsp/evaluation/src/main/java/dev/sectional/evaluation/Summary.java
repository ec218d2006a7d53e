package dev.sectional.evaluation;

import java.util.List;
import java.util.Map;

/**
 * The result of one metric for one method.
 *
 * @param overall figures by name, in printing order
 * @param perClass for some of these figures, the values by class; classes without a value are missing
 * @param curves curves to plot
 */
public record Summary(Map<String, Double> overall, Map<String, Map<String, Double>> perClass, List<Curve> curves) {
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
