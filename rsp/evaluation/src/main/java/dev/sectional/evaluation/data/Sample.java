package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.Picture;
import java.util.List;
import java.util.function.Supplier;

/**
 * An image with its ground truth.
 *
 * @param id the dataset's name for it, unique in the dataset
 * @param width pixels in a row of the picture and of every mask
 * @param height rows
 * @param truths one for each class in the image, by class
 * @param source reads the picture
 */
public record Sample(String id, int width, int height, List<Truth> truths, Supplier<Picture> source) {
    /** Copies the list. */
    public Sample {
        truths = List.copyOf(truths);
    }

    /**
     * Reads the picture.
     *
     * @throws InputException if it cannot be read, or has another size than its annotation says
     */
    public Picture picture() {
        Picture picture = source.get();
        if (picture.width() != width || picture.height() != height) {
            throw new InputException(id + ": the picture has " + picture.width() + " x " + picture.height() + " pixels, its annotation says "
                    + width + " x " + height + "; get both from the same dataset");
        }
        return picture;
    }
}
