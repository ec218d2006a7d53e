package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.internal.PixelRows;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.image.PilResize;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoded image, upright by its EXIF orientation. Its pixels are 8-bit RGB without colour management: alpha is
 * dropped, grey repeated, and 16-bit samples are cut to their upper byte. Immutable as long as nobody writes to
 * {@link #stored}.
 */
public final class Image {
    private static final int RGBA = 4;

    private final BufferedImage stored;
    private final PixelRows rows;
    private final boolean inks;
    private final boolean grey;
    private final String part;

    /**
     * @param orientation as EXIF numbers it, 1 to 8; 1 is upright
     * @param inks whether the file holds CMYK, which the decoder turned into RGB
     * @param part which image of the file this is; empty if it holds no other
     */
    Image(BufferedImage stored, int orientation, boolean inks, String part) {
        this(stored, new PixelRows(stored, orientation), inks, false, part);
    }

    private Image(BufferedImage stored, PixelRows rows, boolean inks, boolean grey, String part) {
        this.stored = stored;
        this.rows = rows;
        this.inks = inks;
        this.grey = grey;
        this.part = part;
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
        return new Image(image, 1, false, "");
    }

    /**
     * {@return the image as a network of so many channels sees it: in grey for one, else as it is}
     *
     * @param channels of the network's input
     */
    public Image seenBy(int channels) {
        return channels == 1 ? new Image(stored, rows, inks, true, part) : this;
    }

    /**
     * {@return what a network does not see of this image's file, such as {@code frame 1 of 5} or
     * {@code transparency ignored}; empty if the file holds one image of 8-bit RGB or grey}
     *
     * @param channels of the network's input; one of four sees transparency
     */
    public List<String> conversions(int channels) {
        List<String> conversions = new ArrayList<>();
        if (!part.isEmpty()) {
            conversions.add(part);
        }
        if (inks) {
            conversions.add("CMYK turned into RGB");
        }
        if (stored.getColorModel().getComponentSize(0) > Byte.SIZE) {
            conversions.add("16-bit samples cut to their upper 8 bits");
        }
        if (channels != RGBA && rows.isTransparent()) {
            conversions.add("transparency ignored");
        }
        if (channels == 1 && stored.getColorModel().getColorSpace().getType() != ColorSpace.TYPE_GRAY) {
            conversions.add("colours turned into grey");
        }
        return conversions;
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
        return PilResize.resize(grey ? this::readGrey : rows::read, width(), height(), toWidth, toHeight);
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
