package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * A decoded image, read row by row as 8-bit RGB the right way up. Sample values are taken as they stand, with no
 * colour management; alpha is dropped, grey repeated and 16-bit samples cut to their upper byte.
 */
public final class Image {
    private final BufferedImage image;
    private final Raster raster;
    private final int orientation;

    /** @param orientation as EXIF numbers it, 1 to 8; 1 is the right way up */
    public Image(BufferedImage image, int orientation) {
        this.image = image;
        this.raster = image.getRaster();
        this.orientation = orientation;
    }

    /** An image of bytes as {@link #resized} gives them. */
    public static Image of(byte[] rgb, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, pixels(rgb), 0, width);
        return new Image(image, 1);
    }

    /** The image as it was decoded, before any turning. */
    public BufferedImage image() {
        return image;
    }

    /** Pixels in a row. */
    public int width() {
        return turned() ? image.getHeight() : image.getWidth();
    }

    /** Rows. */
    public int height() {
        return turned() ? image.getWidth() : image.getHeight();
    }

    /** The image at another size, as Pillow resizes: three bytes a pixel. */
    public byte[] resized(int toWidth, int toHeight) {
        return PilResize.resize(this::row, width(), height(), toWidth, toHeight);
    }

    /** Pixels {@code 0xRRGGBB} of bytes as {@link #resized} gives them. */
    public static int[] pixels(byte[] rgb) {
        int[] pixels = new int[rgb.length / 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | rgb[3 * i + 2] & 0xFF;
        }
        return pixels;
    }

    /**
     * {@code (3, H, W)}: values of 0..1 less the card's mean, over its standard deviation, the channels in the card's order.
     *
     * @throws InputException if the card does not know mean and deviation
     */
    public static Tensor normalised(byte[] rgb, int width, int height, ModelCard card) {
        if (card.mean().isEmpty()) {
            throw new InputException("the model does not say how images are prepared for it; give --mean and --std, such as"
                    + " --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 for most of PyTorch's models, or --range 255 for plain values up to 255");
        }
        Tensor tensor = Tensor.zeros(Shape.of(3, height, width));
        int places = width * height;
        for (int i = 0; i < rgb.length; i++) {
            int channel = i % 3;
            tensor.data()[channel * places + i / 3] = ((rgb[i] & 0xFF) / 255f - card.mean().get(channel)) / card.std().get(channel);
        }
        return ordered(tensor, card);
    }

    /** From RGB to the order of channels that the network takes, and back. */
    public static Tensor ordered(Tensor image, ModelCard card) {
        if (card.channels() == ModelCard.Channels.RGB) {
            return image;
        }
        Tensor reversed = Tensor.zeros(image.shape());
        int places = image.shape().dim(1) * image.shape().dim(2);
        for (int c = 0; c < 3; c++) {
            System.arraycopy(image.data(), c * places, reversed.data(), (2 - c) * places, places);
        }
        return reversed;
    }

    /** The image as the network of that card takes it, at its size: {@code (3, H, W)}. */
    public Tensor input(ModelCard card) {
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        return normalised(resized(width, height), width, height, card);
    }

    /**
     * The way back from {@link #normalised}, for input that came without an image: pixels {@code 0xRRGGBB}. Where the card does not
     * know mean and deviation, the least value is black and the greatest white.
     */
    public static int[] pixels(Tensor input, ModelCard card) {
        Tensor rgb = ordered(input, card);
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : rgb.data()) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        boolean known = !card.mean().isEmpty();
        float span = greatest > least ? greatest - least : 1;
        int places = input.shape().dim(1) * input.shape().dim(2);
        int[] pixels = new int[places];
        for (int i = 0; i < 3 * places; i++) {
            int channel = i / places;
            float value = known ? rgb.data()[i] * card.std().get(channel) + card.mean().get(channel) : (rgb.data()[i] - least) / span;
            pixels[i % places] |= Math.max(0, Math.min(255, Math.round(value * 255))) << 16 - 8 * channel;
        }
        return pixels;
    }

    private boolean turned() {
        return orientation >= 5;
    }

    /** Row {@code y} of the upright image: a row or, where EXIF turns it by a quarter, a column of the stored one. */
    private void row(int y, byte[] rgb) {
        boolean fromEnd = switch (orientation) {
            case 3, 4, 7, 8 -> true;
            default -> false;
        };
        boolean mirrored = switch (orientation) {
            case 2, 3, 6, 7 -> true;
            default -> false;
        };
        int line = fromEnd ? height() - 1 - y : y;
        int width = width();
        if (turned()) {
            line(line, 0, 1, width, rgb);
        } else {
            line(0, line, width, 1, rgb);
        }
        for (int left = 0, right = width - 1; mirrored && left < right; left++, right--) {
            for (int c = 0; c < 3; c++) {
                byte kept = rgb[3 * left + c];
                rgb[3 * left + c] = rgb[3 * right + c];
                rgb[3 * right + c] = kept;
            }
        }
    }

    private void line(int x, int y, int width, int height, byte[] rgb) {
        ColorModel colours = image.getColorModel();
        int space = colours.getColorSpace().getType();
        int count = width * height;
        if (colours instanceof IndexColorModel palette) {
            int[] indices = raster.getPixels(x, y, width, height, (int[]) null);
            for (int i = 0; i < count; i++) {
                set(rgb, i, palette.getRGB(indices[i]));
            }
        } else if (space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY) {
            int[] samples = raster.getPixels(x, y, width, height, (int[]) null);
            int bands = raster.getNumBands();
            int step = space == ColorSpace.TYPE_GRAY ? 0 : 1;
            for (int i = 0; i < 3 * count; i++) {
                int band = i % 3 * step;
                rgb[i] = (byte) eightBits(samples[i / 3 * bands + band], raster.getSampleModel().getSampleSize(band));
            }
        } else {
            int[] pixels = image.getRGB(x, y, width, height, null, 0, width);
            for (int i = 0; i < count; i++) {
                set(rgb, i, pixels[i]);
            }
        }
    }

    private static int eightBits(int sample, int bits) {
        return bits >= 8 ? sample >> bits - 8 : sample * 255 / ((1 << bits) - 1);
    }

    private static void set(byte[] rgb, int i, int pixel) {
        rgb[3 * i] = (byte) (pixel >> 16);
        rgb[3 * i + 1] = (byte) (pixel >> 8);
        rgb[3 * i + 2] = (byte) pixel;
    }
}
