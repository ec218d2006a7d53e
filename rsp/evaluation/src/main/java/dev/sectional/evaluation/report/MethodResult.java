package dev.sectional.evaluation.report;

import dev.sectional.evaluation.Summary;
import java.util.Map;

/**
 * What an evaluation says of one method.
 *
 * @param name of the method
 * @param images that were explained
 * @param cases classes of images that were explained
 * @param explaining seconds that the method took in all
 * @param judging seconds that the metrics took in all
 * @param metrics their results by name
 */
public record MethodResult(String name, int images, int cases, double explaining, double judging, Map<String, Summary> metrics) {
}
