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

    /**
     * Returns the part of the image in a window, with its ground truth. Classes of which nothing lies in the window are
     * left out. Pixels of the window beyond the image are black.
     */
    public Sample window(Window window) {
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
