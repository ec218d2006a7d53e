package dev.sectional.evaluation.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of every image of a run: evaluated with every method, skipped with a reason, or failed with a reason. The
 * three numbers add up to the number of images.
 *
 * @param images number of images
 * @param skipped reason by id, for images that could not be read or have no class to explain
 * @param failed for each method that failed, the reason by the image's id
 */
public record Outcomes(int images, Map<String, String> skipped, Map<String, Map<String, String>> failed) {
    /** {@return the images that at least one method failed on, by id: the first such method and its reason} */
    public Map<String, String> failedImages() {
        Map<String, String> all = new LinkedHashMap<>();
        failed.forEach((method, reasons) -> reasons.forEach((id, reason) -> all.putIfAbsent(id, method + ": "
                + reason)));
        all.keySet().removeAll(skipped.keySet());
        return all;
    }

    /** {@return the number of images that every method evaluated} */
    public int evaluated() {
        return images - skipped.size() - failedImages().size();
    }

    /**
     * {@return the number of images that a method evaluated}
     *
     * @param method its name
     */
    public int evaluated(String method) {
        return images - skipped.size() - failures(method);
    }

    /**
     * {@return the number of images that a method failed on}
     *
     * @param method its name
     */
    public int failures(String method) {
        return failed.getOrDefault(method, Map.of()).size();
    }

    /** {@return whether every image was evaluated with every method} */
    public boolean complete() {
        return evaluated() == images;
    }

    /** {@return the numbers in one phrase} */
    public String text() {
        return images + " images: " + evaluated() + " evaluated, " + skipped.size() + " skipped, " + failedImages()
                .size()
                + " failed";
    }
}
