package dev.sectional.attribution.image;

import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;

/**
 * Converts between 8-bit images and the input of a network, as its model card describes it: mean and standard deviation
 * for values in 0..1, one for each channel, red first, and the order of channels that the network expects. Images have
 * three channels (RGB), one (grey) or four (RGB and alpha).
 */
public final class ImageTensors {
    private static final int RGB = 3;
    private static final int RGBA = 4;

    private ImageTensors() {
    }

    /**
     * Returns an image as a network's input: {@link ModelCard#normalised}.
     *
     * @param image {@code C * width * height} bytes, row by row, C for each pixel: grey; red, green, blue; or those and
     *     alpha, where C is that of the card's input
     * @param width pixels in a row
     * @param height number of rows
     * @param card of the network that takes the image
     * @return {@code (C, height, width)}, the channels in the card's order
     * @throws dev.sectional.core.InputException if the card has no mean and standard deviation
     * @throws IllegalArgumentException if the number of bytes does not fit the size
     */
    public static Tensor normalised(byte[] image, int width, int height, ModelCard card) {
        return card.normalised(image, width, height);
    }

    /**
     * Brings RGB channels into the order that the network expects, or back: the two differ by a reversal or not at all.
     *
     * @param image {@code (C, H, W)}
     * @param card of the network that takes the image
     * @return the same tensor for a network that expects RGB or has other than three channels, else a new one with red
     *     and blue exchanged
     */
    public static Tensor reordered(Tensor image, ModelCard card) {
        if (image.shape().rank() != 3) {
            throw new IllegalArgumentException("wanted an image (C, H, W), got shape " + image.shape());
        }
        if (card.channels() == ModelCard.Channels.RGB || image.shape().dim(0) != RGB) {
            return image;
        }
        Tensor reversed = Tensor.zeros(image.shape());
        int size = image.shape().dim(1) * image.shape().dim(2);
        for (int c = 0; c < RGB; c++) {
            System.arraycopy(image.data(), c * size, reversed.data(), (RGB - 1 - c) * size, size);
        }
        return reversed;
    }

    /**
     * Returns the image that a network's input shows: the inverse of {@link #normalised}, rounded and clipped to 8
     * bits. If the card has no mean and standard deviation, the least value becomes black and the greatest white. Of
     * four channels the first three are shown; of other numbers than three and four, their mean in grey.
     *
     * @param input {@code (C, H, W)}, the channels in the card's order
     * @param card of the network that takes the image
     * @return {@code H * W} pixels {@code 0xRRGGBB}, row by row
     */
    public static int[] pixels(Tensor input, ModelCard card) {
        Tensor image = reordered(input, card);
        int channels = image.shape().dim(0);
        boolean coloured = channels == RGB || channels == RGBA;
        boolean known = card.mean().size() == channels && card.std().size() == channels;
        float[] values = image.data();
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        float span = greatest > least ? greatest - least : 1;
        int size = image.shape().dim(1) * image.shape().dim(2);
        int[] pixels = new int[size];
        for (int i = 0; i < size; i++) {
            float grey = 0;
            for (int c = 0; c < (coloured ? RGB : channels); c++) {
                float stored = values[c * size + i];
                float value = known ? stored * card.std().get(c) + card.mean().get(c) : (stored - least) / span;
                grey += value / channels;
                pixels[i] |= coloured ? eightBits(value) << 16 - 8 * c : 0;
            }
            pixels[i] = coloured ? pixels[i] : eightBits(grey) * 0x010101;
        }
        return pixels;
    }

    private static int eightBits(float value) {
        return Math.max(0, Math.min(255, Math.round(value * 255)));
    }
}
