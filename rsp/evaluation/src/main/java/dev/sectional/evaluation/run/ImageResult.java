package dev.sectional.evaluation.run;

import java.util.List;
import java.util.Map;

/**
 * What was measured of one image and one method.
 *
 * @param image the sample's id
 * @param method the explainer's name
 * @param explaining seconds that the method took
 * @param judging seconds that the metrics took
 * @param cases one for each class of the image that the network knows
 */
public record ImageResult(String image, String method, double explaining, double judging, List<Measured> cases) {
    /** Copies the list. */
    public ImageResult {
        cases = List.copyOf(cases);
    }

    /**
     * One class.
     *
     * @param label the dataset's class
     * @param target the network's class that was explained
     * @param metrics for each metric's name its values; none where the metric does not apply
     */
    public record Measured(int label, int target, Map<String, Map<String, Double>> metrics) {
    }
}
