package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.Image;
import java.util.List;
import java.util.function.Supplier;

/**
 * An image with its ground truth.
 *
 * @param id the dataset's name for it, unique in the dataset
 * @param width pixels in a row of the image and of every mask
 * @param height rows
 * @param truths one for each class in the image, by class
 * @param source reads the image
 */
public record Sample(String id, int width, int height, List<Truth> truths, Supplier<Image> source) {
    /** Copies the list. */
    public Sample {
        truths = List.copyOf(truths);
    }

    /**
     * Reads the image.
     *
     * @throws InputException if it cannot be read, or has another size than its annotation says
     */
    public Image image() {
        Image image = source.get();
        if (image.width() != width || image.height() != height) {
            throw new InputException(id + ": the image has " + image.width() + " x " + image.height() + " pixels, its annotation says "
                    + width + " x " + height + "; get both from the same dataset");
        }
        return image;
    }
}
