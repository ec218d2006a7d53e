package dev.sectional.evaluation.run;

import java.util.List;
import java.util.Map;

/**
 * The result of one method for one image.
 *
 * @param image the sample's id
 * @param method the explainer's name
 * @param inputs {@link dev.sectional.evaluation.data.Dataset#digest} of the image; empty if unknown
 * @param explaining time of the method in seconds
 * @param measuring time of the metrics in seconds
 * @param cases one for each class of the image that the network knows
 */
public record ImageResult(String image, String method, String inputs, double explaining, double measuring,
                          List<Measured> cases) {
    /**
     * Copies the list.
     *
     * @param image the component {@code image}
     * @param method the component {@code method}
     * @param inputs the component {@code inputs}
     * @param explaining the component {@code explaining}
     * @param measuring the component {@code measuring}
     * @param cases the component {@code cases}
     */
    public ImageResult {
        cases = List.copyOf(cases);
    }

    /**
     * Creates a result without a digest of its inputs.
     *
     * @param image its {@link dev.sectional.evaluation.data.Dataset#id}
     * @param method its name
     * @param explaining seconds of the explanation
     * @param measuring seconds of the metrics
     * @param cases what was measured
     */
    public ImageResult(String image, String method, double explaining, double measuring, List<Measured> cases) {
        this(image, method, "", explaining, measuring, cases);
    }

    /** Returns this result with the digest of its inputs. */
    ImageResult withInputs(String digest) {
        return new ImageResult(image, method, digest, explaining, measuring, cases);
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
