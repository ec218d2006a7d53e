package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.internal.PixelRows;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.image.PilResize;
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
     * {@return an image of the given pixels}
     *
     * @param rgb {@code 3 * width * height} bytes, row by row, three for each pixel, as {@link #resized} returns them
     * @param width pixels in a row, at least 1
     * @param height number of rows, at least 1
     */
    public static Image of(byte[] rgb, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, Pixels.ofBytes(rgb), 0, width);
        return new Image(image, 1);
    }

    /** {@return the image as decoded from its file, before any rotation} */
    public BufferedImage stored() {
        return stored;
    }

    /** {@return the pixels in a row} */
    public int width() {
        return rows.width();
    }

    /** {@return the number of rows} */
    public int height() {
        return rows.height();
    }

    /**
     * Returns the image at another size, resized as Pillow does: {@link PilResize}.
     *
     * @param toWidth pixels in a row of the result
     * @param toHeight rows of the result
     * @return {@code 3 * toWidth * toHeight} bytes, row by row, three for each pixel
     */
    public byte[] resized(int toWidth, int toHeight) {
        return PilResize.resize(rows::read, width(), height(), toWidth, toHeight);
    }

    /**
     * Returns the image at another size with the channels that a network takes, as Pillow converts and then resizes it.
     *
     * @param toWidth pixels in a row of the result
     * @param toHeight rows of the result
     * @param channels 1 for grey by ITU-R 601 (Pillow's mode L), 3 for RGB, 4 for RGB and alpha (mode RGBA: colours are
     *     resized after they are multiplied by alpha)
     * @return {@code channels * toWidth * toHeight} bytes, row by row
     * @throws InputException for another number of channels
     */
    public byte[] resized(int toWidth, int toHeight, int channels) {
        return switch (channels) {
            case 1 -> everyThird(PilResize.resize(this::readGrey, width(), height(), toWidth, toHeight));
            case 3 -> resized(toWidth, toHeight);
            case 4 -> resizedWithAlpha(toWidth, toHeight);
            default -> throw new InputException("the network takes images of " + channels + " channels, which no image"
                    + " file has; give its input as .npy, float32 (" + channels + ", H, W)");
        };
    }

    /** Reads a row in grey, three equal bytes for each pixel. */
    private void readGrey(int y, byte[] row) {
        rows.read(y, row);
        PilResize.makeGrey(row);
    }

    private byte[] resizedWithAlpha(int toWidth, int toHeight) {
        boolean resizes = toWidth != width() || toHeight != height();
        byte[] opacity = new byte[3 * width()];
        byte[] rgb = PilResize.resize((y, row) -> {
            rows.read(y, row);
            rows.readAlpha(y, opacity);
            for (int i = 0; resizes && i < row.length; i++) {
                int product = (row[i] & 0xFF) * (opacity[i] & 0xFF) + 128;
                row[i] = (byte) ((product >> 8) + product >> 8);
            }
        }, width(), height(), toWidth, toHeight);
        byte[] alpha = everyThird(PilResize.resize(rows::readAlpha, width(), height(), toWidth, toHeight));
        byte[] all = new byte[4 * alpha.length];
        for (int i = 0; i < all.length; i++) {
            int opaque = alpha[i / 4] & 0xFF;
            int value = i % 4 == 3 ? opaque : rgb[i / 4 * 3 + i % 4] & 0xFF;
            boolean divides = resizes && i % 4 != 3 && opaque != 0 && opaque != 255;
            all[i] = (byte) (divides ? Math.min(255, 255 * value / opaque) : value);
        }
        return all;
    }

    private static byte[] everyThird(byte[] bytes) {
        byte[] third = new byte[bytes.length / 3];
        for (int i = 0; i < third.length; i++) {
            third[i] = bytes[3 * i];
        }
        return third;
    }

    /**
     * Returns the image as the input of a network, resized to its input size and normalised.
     *
     * @param card of the network that takes the image
     * @return {@code (C, H, W)}, the channels in the card's order
     * @throws InputException if the card has no mean and standard deviation, or no image has its number of channels
     */
    public Tensor input(ModelCard card) {
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        return ImageTensors.normalised(resized(width, height, card.input().dim(0)), width, height, card);
    }
}
