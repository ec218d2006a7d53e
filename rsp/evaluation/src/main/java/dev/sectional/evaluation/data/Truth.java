package dev.sectional.evaluation.data;

import java.util.Objects;

/**
 * What is known of one class in one image; all masks have the image's own size.
 *
 * @param label the dataset's class
 * @param region where the class is, for pointing: VOC the union of its boxes, COCO and drawn scenes its pixels
 * @param skipped the class does not count in the Pointing Game, because all its objects are marked difficult
 * @param segment the pixels of the class; null where the dataset has none for this image
 * @param ignored pixels that segmentation leaves out (void borders); empty where every pixel counts
 */
public record Truth(int label, Mask region, boolean skipped, Mask segment, Mask ignored) {
    /** Checks that the masks are there. */
    public Truth {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(ignored, "ignored");
    }
}
