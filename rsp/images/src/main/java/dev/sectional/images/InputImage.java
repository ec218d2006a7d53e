package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.nio.file.Path;
import java.util.List;

/**
 * An image as a network takes it.
 *
 * @param file where it comes from
 * @param tensor {@code (3, H, W)}, normalised, its channels in the order that the network takes
 * @param photograph the same as pixels {@code 0xRRGGBB}, to draw on
 */
public record InputImage(Path file, Tensor tensor, int[] photograph) {
    private static final String ARRAY = ".npy";

    /**
     * Reads a picture and brings it to the network's size and scale, or an array that is taken as it is.
     *
     * @throws InputException if the file is neither, or the network does not take an array of that size
     */
    public static InputImage read(Path file, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file), network) : ofPicture(file, PictureFile.read(file), network);
    }

    /**
     * The same from the bytes of a file.
     *
     * @param file its name; a name that ends in {@code .npy} says that it is an array
     * @throws InputException as {@link #read}
     */
    public static InputImage of(Path file, byte[] content, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file, content), network)
                : ofPicture(file, PictureFile.read(file.toString(), content), network);
    }

    private static boolean isArray(Path file) {
        return file.toString().endsWith(ARRAY);
    }

    private static InputImage ofArray(Path file, Tensor tensor, Network network) {
        requireTaken(file, tensor.shape(), network);
        return new InputImage(file, tensor, Picture.pixels(ordered(tensor, network.card()), floats(network.card().mean()),
                floats(network.card().std())));
    }

    private static InputImage ofPicture(Path file, Picture picture, Network network) {
        ModelCard card = network.card();
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        byte[] rgb = picture.resized(width, height);
        Tensor tensor = Picture.normalised(rgb, width, height, floats(card.mean()), floats(card.std()));
        return new InputImage(file, ordered(tensor, card), Picture.pixels(rgb));
    }

    /** From RGB to the order of channels that the network takes, and back. */
    private static Tensor ordered(Tensor image, ModelCard card) {
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

    /** The file's name without its extension. */
    public static String name(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static void requireTaken(Path file, Shape image, Network network) {
        try {
            network.outputShape(image);
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": the network does not take shape " + image + " (" + e.getMessage() + "); it was made for "
                    + network.inputShape(), e);
        }
    }

    private static float[] floats(List<Float> list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i);
        }
        return values;
    }
}
