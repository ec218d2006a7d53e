package dev.sectional.evaluation;

import java.util.List;
import java.util.Map;

/**
 * The result of one metric for one method.
 *
 * @param overall figures by name, in the order to print them
 * @param perClass for some of these figures, the value for each class that has one
 * @param curves lines to plot
 */
public record Summary(Map<String, Double> overall, Map<String, Map<String, Double>> perClass, List<Curve> curves) {
    /**
     * A line to plot.
     *
     * @param name what is plotted, the same for every method, such as {@code deletion}
     * @param xName what the horizontal axis is
     * @param yName what the vertical axis is
     * @param ticks a label for each point; a number where the axis is one
     * @param values one for each point
     */
    public record Curve(String name, String xName, String yName, List<String> ticks, List<Double> values) {
    }
}
