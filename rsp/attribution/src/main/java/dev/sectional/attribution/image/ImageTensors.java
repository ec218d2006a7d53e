package dev.sectional.attribution.image;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;

/**
 * Converts between 8-bit RGB images and the input of a network, as its model card describes it: mean and standard
 * deviation for values in 0..1, given red first, and the order of channels that the network expects.
 */
public final class ImageTensors {
    private static final int CHANNELS = 3;

    private ImageTensors() {
    }

    /**
     * Returns an image as a network's input: each value, scaled to 0..1, minus the card's mean and divided by its
     * standard deviation.
     *
     * @param rgb {@code 3 * width * height} bytes, row by row, red first
     * @return {@code (3, height, width)}, the channels in the card's order
     * @throws InputException if the card has no mean and standard deviation
     * @throws IllegalArgumentException if the number of bytes does not fit the size
     */
    public static Tensor normalised(byte[] rgb, int width, int height, ModelCard card) {
        if (rgb.length != (long) CHANNELS * width * height) {
            throw new IllegalArgumentException("wanted 3 * " + width + " * " + height + " bytes, got " + rgb.length);
        }
        if (card.mean().isEmpty()) {
            throw new InputException("the model does not say how images are prepared for it; give --mean and --std,"
                    + " such as --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 for most PyTorch models, or --range"
                    + " 255 for plain values up to 255");
        }
        Tensor tensor = Tensor.zeros(Shape.of(CHANNELS, height, width));
        int size = width * height;
        for (int i = 0; i < rgb.length; i++) {
            int channel = i % CHANNELS;
            float value = (rgb[i] & 0xFF) / 255f;
            tensor.data()[channel * size + i / CHANNELS] = (value - card.mean().get(channel)) / card.std().get(channel);
        }
        return reordered(tensor, card);
    }

    /**
     * Brings RGB channels into the order that the network expects, or back: the two differ by a reversal or not at all.
     *
     * @param image {@code (3, H, W)}
     * @return the same tensor for a network that expects RGB, else a new one with red and blue exchanged
     */
    public static Tensor reordered(Tensor image, ModelCard card) {
        requireImage(image);
        if (card.channels() == ModelCard.Channels.RGB) {
            return image;
        }
        Tensor reversed = Tensor.zeros(image.shape());
        int size = image.shape().dim(1) * image.shape().dim(2);
        for (int c = 0; c < CHANNELS; c++) {
            System.arraycopy(image.data(), c * size, reversed.data(), (CHANNELS - 1 - c) * size, size);
        }
        return reversed;
    }

    /**
     * Returns the image that a network's input shows: the inverse of {@link #normalised}, rounded and clipped to 8
     * bits. If the card has no mean and standard deviation, the least value becomes black and the greatest white.
     *
     * @param input {@code (3, H, W)}, the channels in the card's order
     * @return {@code H * W} pixels {@code 0xRRGGBB}, row by row
     */
    public static int[] pixels(Tensor input, ModelCard card) {
        Tensor rgb = reordered(input, card);
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : rgb.data()) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        boolean known = !card.mean().isEmpty();
        float span = greatest > least ? greatest - least : 1;
        int size = input.shape().dim(1) * input.shape().dim(2);
        int[] pixels = new int[size];
        for (int i = 0; i < CHANNELS * size; i++) {
            int channel = i / size;
            float value = known ? rgb.data()[i] * card.std().get(channel) + card.mean().get(channel)
                    : (rgb.data()[i] - least) / span;
            pixels[i % size] |= Math.max(0, Math.min(255, Math.round(value * 255))) << 16 - 8 * channel;
        }
        return pixels;
    }

    private static void requireImage(Tensor image) {
        if (image.shape().rank() != 3 || image.shape().dim(0) != CHANNELS) {
            throw new IllegalArgumentException("wanted an image (3, H, W), got shape " + image.shape());
        }
    }
}
