package dev.sectional.evaluation.run;

import java.util.List;
import java.util.Map;

/**
 * The result of one method for one image.
 *
 * @param image the sample's id
 * @param method the explainer's name
 * @param explaining time of the method in seconds
 * @param judging time of the metrics in seconds
 * @param cases one for each class of the image that the network knows
 */
public record ImageResult(String image, String method, double explaining, double judging, List<Measured> cases) {
    /** Copies the list. */
    public ImageResult {
        cases = List.copyOf(cases);
    }

    /**
     * The measurements of one class.
     *
     * @param label the dataset's class
     * @param target the explained class of the network
     * @param metrics values by metric; metrics that do not apply are missing
     */
    public record Measured(int label, int target, Map<String, Map<String, Double>> metrics) {
    }
}
