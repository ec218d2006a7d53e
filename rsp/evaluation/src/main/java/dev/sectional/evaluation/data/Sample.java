package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Npy;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * An image, or an array in its place, with its ground truth.
 *
 * @param id name of the image, unique in the dataset
 * @param width width of the image and of every mask in pixels
 * @param height height in pixels
 * @param truths one for each class in the image, in the order of classes
 * @param source reads the image; null for an array
 * @param values reads an array {@code (C, H, W)}, which is a network's input as it is; null for an image
 * @param clipped number of boxes or outlines of which a part lies beyond the image, where nothing counts
 */
public record Sample(String id, int width, int height, List<Truth> truths, Supplier<Image> source,
                     Supplier<Tensor> values, int clipped) {
    /**
     * Copies the list.
     *
     * @param id the component {@code id}
     * @param width the component {@code width}
     * @param height the component {@code height}
     * @param truths the component {@code truths}
     * @param source the component {@code source}
     * @param values the component {@code values}
     * @param clipped the component {@code clipped}
     */
    public Sample {
        truths = List.copyOf(truths);
    }

    /**
     * Creates a sample of an image.
     *
     * @param id name of the image in its dataset
     * @param width of the image, in pixels
     * @param height of the image, in pixels
     * @param truths one for each class in the image
     * @param source reads the image
     */
    public Sample(String id, int width, int height, List<Truth> truths, Supplier<Image> source) {
        this(id, width, height, truths, source, null, 0);
    }

    /**
     * Returns the sample of a file that is read when it is needed.
     *
     * @param file an image, or float32 {@code (C, H, W)} in a file that ends in {@code .npy}
     * @param icc what happens to the image's colour profile
     * @param clipped as in the record
     */
    static Sample ofFile(String id, int width, int height, List<Truth> truths, Path file, IccPolicy icc, int clipped) {
        return InputImage.isArray(file)
                ? new Sample(id, width, height, truths, null, () -> Npy.readImage(file), clipped)
                : new Sample(id, width, height, truths, () -> ImageFile.readAsStored(file, icc), null, clipped);
    }

    /** {@return whether the sample is an array, which is a network's input as it is} */
    public boolean isArray() {
        return values != null;
    }

    /**
     * Reads the image.
     *
     * @return an image of the size of this sample
     * @throws InputException if the image cannot be read or has another size than its annotation states
     * @throws IllegalStateException if the sample is an array
     */
    public Image image() {
        if (isArray()) {
            throw new IllegalStateException(id + " is an array");
        }
        Image image = source.get();
        requireSize("image", image.width(), image.height());
        return image;
    }

    /**
     * Reads the array.
     *
     * @return {@code (C, H, W)}
     * @throws InputException if the array cannot be read or has another size than its annotation states
     * @throws IllegalStateException if the sample is an image
     */
    public Tensor array() {
        if (!isArray()) {
            throw new IllegalStateException(id + " is an image");
        }
        Tensor array = values.get();
        requireSize("array", array.shape().dim(2), array.shape().dim(1));
        return array;
    }

    private void requireSize(String what, int columns, int rows) {
        if (columns != width || rows != height) {
            throw new InputException(id + ": the " + what + " has " + columns + " x " + rows
                    + " pixels, its annotation states " + width + " x " + height + "; use both from the same dataset");
        }
    }

    /**
     * Returns the part of the image in a window, with its ground truth. Classes of which nothing lies in the window are
     * left out. Pixels of the window beyond the image are black.
     *
     * @param window in pixels of the image
     * @return a sample of the size of the window
     * @throws IllegalStateException if the sample is an array, which is never cut
     */
    public Sample window(Window window) {
        if (isArray()) {
            throw new IllegalStateException(id + " is an array");
        }
        List<Truth> inside = truths.stream().map(truth -> truth.window(window)).filter(Sample::isVisible).toList();
        return new Sample(id, window.width(), window.height(), inside, () -> part(image(), window));
    }

    private static boolean isVisible(Truth truth) {
        return truth.region().count() > 0 || truth.segment() != null && truth.segment().count() > 0;
    }

    private static Image part(Image image, Window window) {
        byte[] whole = image.resized(image.width(), image.height());
        byte[] part = new byte[3 * window.width() * window.height()];
        int from = Math.max(0, window.left());
        int to = Math.min(image.width(), window.left() + window.width());
        for (int y = Math.max(0, window.top()); y < Math.min(image.height(), window.top() + window.height()); y++) {
            System.arraycopy(whole, 3 * (y * image.width() + from), part,
                    3 * ((y - window.top()) * window.width() + from - window.left()), 3 * Math.max(0, to - from));
        }
        return Image.of(part, window.width(), window.height());
    }
}
