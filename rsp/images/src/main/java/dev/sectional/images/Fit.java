package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import java.util.Arrays;

/** Ways to bring an image to the size of a network's input, resized as Pillow does. */
public enum Fit {
    /** Resizes both sides to the input's size and ignores the aspect ratio. */
    SQUASH("squashed"),
    /**
     * Resizes the image and cuts the input out of its centre, as torchvision's published weights expect: for an input
     * of 224 pixels the shorter side becomes 256, for others in proportion.
     */
    CROP("cropped"),
    /** Resizes the image to lie within the input and fills the rest with the mean colour. */
    PAD("padded");

    private static final double TORCHVISION = 256.0 / 224;
    /** 200 MB of RGB. */
    private static final long MOST_PIXELS = 1 << 26;
    private final String participle;

    Fit(String participle) {
        this.participle = participle;
    }

    /** {@return the way in the past tense, such as {@code squashed}} */
    public String participle() {
        return participle;
    }

    /**
     * An image as a network's input.
     *
     * @param tensor {@code (C, H, W)}, normalised, the channels in the card's order
     * @param seen the part of the image that it shows
     */
    public record Fitted(Tensor tensor, Seen seen) {
    }

    /**
     * {@return an image as a network's input}
     *
     * @param image of any size
     * @param card of the network that takes the image
     * @throws dev.sectional.core.InputException if the card has no mean and standard deviation, or no image has its
     *     number of channels
     */
    public Fitted apply(Image image, ModelCard card) {
        int width = card.input().dim(2);
        int height = card.input().dim(1);
        return switch (this) {
            case SQUASH -> new Fitted(image.input(card), Seen.whole(image));
            case CROP -> cropped(image, card, width, height);
            case PAD -> padded(image, card, width, height);
        };
    }

    private static Fitted cropped(Image image, ModelCard card, int width, int height) {
        // The smallest scale at which the input, enlarged by the margin, lies within the image.
        double wide = Math.rint(width * TORCHVISION) / image.width();
        double high = Math.rint(height * TORCHVISION) / image.height();
        double scale = Math.max(wide, high);
        int toWidth = Math.max(width, wide >= high ? (int) Math.rint(width * TORCHVISION)
                : (int) (scale * image.width() + 1e-9));
        int toHeight = Math.max(height, high >= wide ? (int) Math.rint(height * TORCHVISION)
                : (int) (scale * image.height() + 1e-9));
        requireModest(image, toWidth, toHeight);
        int left = (int) Math.rint((toWidth - width) / 2.0);
        int top = (int) Math.rint((toHeight - height) / 2.0);
        int channels = card.input().dim(0);
        byte[] whole = image.resized(toWidth, toHeight, channels);
        byte[] pixels = new byte[channels * width * height];
        for (int y = 0; y < height; y++) {
            System.arraycopy(whole, channels * ((top + y) * toWidth + left), pixels, channels * y * width,
                    channels * width);
        }
        double across = (double) image.width() / toWidth;
        double down = (double) image.height() / toHeight;
        return new Fitted(ImageTensors.normalised(pixels, width, height, card),
                new Seen(left * across, top * down, (left + width) * across, (top + height) * down));
    }

    /** Refuses an image so long that its shorter side at the network's size makes it fill the memory. */
    private static void requireModest(Image image, int toWidth, int toHeight) {
        if ((long) toWidth * toHeight > MOST_PIXELS) {
            throw new InputException("an image of " + image.width() + " x " + image.height() + " pixels would be"
                    + " resized to " + toWidth + " x " + toHeight + " to be cropped: cut it yourself, or use"
                    + " --fit squash or pad");
        }
    }

    private static Fitted padded(Image image, ModelCard card, int width, int height) {
        double scale = Math.min((double) width / image.width(), (double) height / image.height());
        int toWidth = Math.max(1, Math.min(width, (int) Math.rint(scale * image.width())));
        int toHeight = Math.max(1, Math.min(height, (int) Math.rint(scale * image.height())));
        int left = (width - toWidth) / 2;
        int top = (height - toHeight) / 2;
        int channels = card.input().dim(0);
        byte[] pixels = new byte[channels * width * height];
        for (int i = 0; i < pixels.length && !card.mean().isEmpty(); i++) {
            float mean = card.mean().get(i % channels % card.mean().size());
            pixels[i] = (byte) Math.max(0, Math.min(255, Math.round(255 * mean)));
        }
        byte[] inside = image.resized(toWidth, toHeight, channels);
        for (int y = 0; y < toHeight; y++) {
            System.arraycopy(inside, channels * y * toWidth, pixels, channels * ((top + y) * width + left),
                    channels * toWidth);
        }
        double across = (double) image.width() / toWidth;
        double down = (double) image.height() / toHeight;
        return new Fitted(ImageTensors.normalised(pixels, width, height, card),
                new Seen(-left * across, -top * down, (width - left) * across, (height - top) * down));
    }

    /**
     * {@return the way of a name in lower case}
     *
     * @param name as users write it, case aside
     * @throws IllegalArgumentException if there is none
     */
    public static Fit named(String name) {
        return Arrays.stream(values()).filter(fit -> fit.name().equalsIgnoreCase(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " is unknown: use squash, crop or pad"));
    }
}
