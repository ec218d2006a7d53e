package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.Image;
import java.util.List;
import java.util.function.Supplier;

/**
 * An image with its ground truth.
 *
 * @param id name of the image, unique in the dataset
 * @param width width of the image and of every mask in pixels
 * @param height height in pixels
 * @param truths one for each class in the image, in the order of classes
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
     * @throws InputException if the image cannot be read or has another size than its annotation states
     */
    public Image image() {
        Image image = source.get();
        if (image.width() != width || image.height() != height) {
            throw new InputException(id + ": the image has " + image.width() + " x " + image.height()
                    + " pixels, its annotation states " + width + " x " + height + "; use both from the same dataset");
        }
        return image;
    }
}
