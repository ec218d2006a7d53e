package dev.sectional.evaluation.run;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.Bilinear;
import dev.sectional.images.Image;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.util.Arrays;
import java.util.Locale;

/** Ways to turn an image into a network's input. */
public enum Preprocessing {
    /**
     * Resizes the image to the network's input with antialiasing, as {@code sectional explain} does; ignores the aspect
     * ratio.
     */
    SQUASH,
    /**
     * Resizes the shorter side to that of the network's input, as TorchRay does: bilinearly without antialiasing,
     * keeping the aspect ratio, without cropping. The network must accept other sizes than its own.
     */
    TORCHRAY;

    /** @throws InputException if the name is unknown */
    public static Preprocessing named(String name) {
        return Arrays.stream(values()).filter(way -> way.toString().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new InputException("preprocessing '" + name
                + "' is unknown: use squash or torchray"));
    }

    /** Returns the network's input {@code (C, H, W)} for an image. */
    public Tensor input(Image image, Network network) {
        ModelCard card = network.card();
        if (this == SQUASH) {
            return image.input(card);
        }
        int side = Math.min(card.input().dim(1), card.input().dim(2));
        boolean upright = image.width() < image.height();
        int toWidth = upright ? side : (int) ((long) side * image.width() / image.height());
        int toHeight = upright ? (int) ((long) side * image.height() / image.width()) : side;
        int channels = card.input().dim(0);
        byte[] pixels = image.resized(image.width(), image.height(), channels);
        Tensor input = Tensor.zeros(Shape.of(channels, toHeight, toWidth));
        float[] plane = new float[image.width() * image.height()];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < plane.length; i++) {
                plane[i] = (pixels[channels * i + c] & 0xFF) / 255f;
            }
            float[] resized = Bilinear.resize(plane, image.width(), image.height(), toWidth, toHeight);
            for (int i = 0; i < resized.length; i++) {
                input.data()[c * resized.length + i] = (resized[i] - card.mean().get(c)) / card.std().get(c);
            }
        }
        requireTaken(network, input.shape());
        return ImageTensors.reordered(input, card);
    }

    private static void requireTaken(Network network, Shape image) {
        try {
            network.outputShape(image);
        } catch (IllegalArgumentException e) {
            throw new InputException("the network does not accept an image of shape " + image + " (" + e.getMessage()
                    + "); use --preprocess squash", e);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
