package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.PilResize;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.Tensor;
import dev.sectional.images.internal.PixelRows;
import dev.sectional.nn.ModelCard;
import java.awt.image.BufferedImage;

/**
 * A decoded image, upright by its EXIF orientation. Its pixels are 8-bit RGB without colour management: alpha is
 * dropped, grey repeated, and 16-bit samples are cut to their upper byte. Immutable as long as nobody writes to
 * {@link #stored}.
 */
public final class Image {
    private final BufferedImage stored;
    private final PixelRows rows;

    /** @param orientation as EXIF numbers it, 1 to 8; 1 is upright */
    Image(BufferedImage stored, int orientation) {
        this.stored = stored;
        this.rows = new PixelRows(stored, orientation);
    }

    /**
     * Returns an image of the given pixels.
     *
     * @param rgb {@code 3 * width * height} bytes, row by row, three for each pixel, as {@link #resized} returns them
     */
    public static Image of(byte[] rgb, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, Pixels.ofBytes(rgb), 0, width);
        return new Image(image, 1);
    }

    /** Returns the image as decoded from its file, before any rotation. */
    public BufferedImage stored() {
        return stored;
    }

    /** Returns the pixels in a row. */
    public int width() {
        return rows.width();
    }

    /** Returns the number of rows. */
    public int height() {
        return rows.height();
    }

    /**
     * Returns the image at another size, resized as Pillow does: {@link PilResize}.
     *
     * @return {@code 3 * toWidth * toHeight} bytes, row by row, three for each pixel
     */
    public byte[] resized(int toWidth, int toHeight) {
        return PilResize.resize(rows::read, width(), height(), toWidth, toHeight);
    }

    /**
     * Returns the image as the input of a network, resized to its input size and normalised.
     *
     * @return {@code (3, H, W)}, the channels in the card's order
     * @throws dev.sectional.core.InputException if the card has no mean and standard deviation
     */
    public Tensor input(ModelCard card) {
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        return ImageTensors.normalised(resized(width, height), width, height, card);
    }
}
