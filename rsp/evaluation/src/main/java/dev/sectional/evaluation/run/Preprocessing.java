package dev.sectional.evaluation.run;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Window;
import dev.sectional.evaluation.internal.Bilinear;
import dev.sectional.images.Fit;
import dev.sectional.images.Image;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.util.Arrays;
import java.util.Locale;

/** Ways to turn an image into a network's input. An array is a network's input as it is, in every way. */
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
    TORCHRAY,
    /** Cuts the input out of the centre of the resized image: {@link Fit#CROP}. The truth is cut alike. */
    CROP,
    /** Fills the rest of the input with the mean colour: {@link Fit#PAD}. The truth gets the same margins. */
    PAD;

    /** Greatest input that keeps the aspect ratio: 200 MB of three channels. */
    private static final long MOST_PIXELS = 1 << 24;

    /**
     * A network's input and the sample that it shows.
     *
     * @param tensor {@code (C, H, W)}, normalised
     * @param sample the sample, or the part of it that the input shows
     */
    public record Input(Tensor tensor, Sample sample) {
    }

    /**
     * Finds a preprocessing by its name.
     *
     * @param name as on the command line
     * @return the preprocessing
     * @throws InputException if the name is unknown
     */
    public static Preprocessing named(String name) {
        return Arrays.stream(values()).filter(way -> way.toString().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new InputException("--fit '" + name
                + "' is unknown: use squash, crop, pad or torchray"));
    }

    /** Returns the network's input for a sample, and the part of the sample that it shows. */
    Input input(Sample sample, Network network) {
        if (sample.isArray()) {
            Tensor array = sample.array();
            requireTaken(network, array.shape(), "it was made for " + network.inputShape());
            return new Input(array, sample);
        }
        Image image = sample.image();
        if (this != CROP && this != PAD) {
            return new Input(input(image, network), sample);
        }
        Fit.Fitted fitted = (this == CROP ? Fit.CROP : Fit.PAD).apply(image, network.card());
        return new Input(fitted.tensor(), sample.window(Window.of(fitted.seen())));
    }

    /**
     * {@return the network's input {@code (C, H, W)} for an image; for {@link #CROP} and {@link #PAD} a part of it}
     *
     * @param image of any size
     * @param network whose input size and normalisation count
     */
    public Tensor input(Image image, Network network) {
        ModelCard card = network.card();
        return switch (this) {
            case SQUASH -> image.input(card);
            case TORCHRAY -> torchray(image, network);
            case CROP -> Fit.CROP.apply(image, card).tensor();
            case PAD -> Fit.PAD.apply(image, card).tensor();
        };
    }

    private static Tensor torchray(Image image, Network network) {
        ModelCard card = network.card();
        int side = Math.min(card.input().dim(1), card.input().dim(2));
        boolean upright = image.width() < image.height();
        int toWidth = upright ? side : (int) ((long) side * image.width() / image.height());
        int toHeight = upright ? (int) ((long) side * image.height() / image.width()) : side;
        int channels = card.input().dim(0);
        if ((long) toWidth * toHeight > MOST_PIXELS) {
            throw new InputException("an image of " + image.width() + " x " + image.height() + " pixels would become an"
                    + " input of " + toWidth + " x " + toHeight + ": use --fit squash or pad");
        }
        byte[] pixels = image.resized(image.width(), image.height(), channels);
        ImageTensors.normalised(new byte[channels], 1, 1, card);   // refuses a card without mean and deviation
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
        requireTaken(network, input.shape(), "use --fit squash");
        return ImageTensors.reordered(input, card);
    }

    /** @param help what to do, or to know, if the network does not take the shape */
    private static void requireTaken(Network network, Shape image, String help) {
        try {
            network.outputShape(image);
        } catch (IllegalArgumentException e) {
            throw new InputException("the network does not accept an image of shape " + image + " (" + e.getMessage()
                    + "); " + help, e);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
