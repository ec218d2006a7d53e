package dev.sectional.evaluation.report;

import dev.sectional.evaluation.Summary;
import java.util.Map;

/**
 * The results of one method.
 *
 * @param name name of the method
 * @param images number of explained images
 * @param cases number of explained classes of images
 * @param explaining total time of the method in seconds
 * @param measuring total time of the metrics in seconds
 * @param metrics results by metric
 */
public record MethodResult(String name, int images, int cases, double explaining, double measuring,
        Map<String, Summary> metrics) {
}
