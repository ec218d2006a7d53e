package dev.sectional.evaluation.data;

import java.util.BitSet;
import java.util.Objects;

/**
 * The ground truth of one class in one image. All masks have the image's size.
 *
 * @param label the dataset's class
 * @param region region of the class in the Pointing Game: the union of its boxes (VOC, ImageNet) or its pixels
 * @param skipped whether the Pointing Game skips the class, because all its objects are marked difficult, have no box
 *     or lie outside a window
 * @param segment pixels of the class; null if the dataset has no mask for this image
 * @param ignored pixels that do not count in segmentation (void borders)
 */
public record Truth(int label, Mask region, boolean skipped, Mask segment, Mask ignored) {
    /**
     * Checks that the masks are present.
     *
     * @param label the component {@code label}
     * @param region the component {@code region}
     * @param skipped the component {@code skipped}
     * @param segment the component {@code segment}
     * @param ignored the component {@code ignored}
     */
    public Truth {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(ignored, "ignored");
    }

    /**
     * {@return the truth within a window of the image} What lies in the window beyond the image does not count in
     * segmentation.
     *
     * @param window in pixels of the image
     */
    public Truth window(Window window) {
        Mask outside = new Mask(region.width(), region.height(), every(region.width() * region.height()))
                .window(window);
        outside.bits().flip(0, window.width() * window.height());
        Mask part = region.window(window);
        return new Truth(label, part, skipped || part.count() == 0, segment == null ? null : segment.window(window),
                ignored.window(window).or(outside));
    }

    private static BitSet every(int count) {
        BitSet every = new BitSet(count);
        every.set(0, count);
        return every;
    }
}
