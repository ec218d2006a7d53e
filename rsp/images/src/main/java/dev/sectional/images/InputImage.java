package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.nio.file.Path;

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
     * Reads an image and brings it to the network's size and scale, or an array that is taken as it is.
     *
     * @throws InputException if the file is neither, or the network does not take an array of that size
     */
    public static InputImage read(Path file, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file), network) : ofImage(file, ImageFile.read(file), network);
    }

    /**
     * The same from the bytes of a file.
     *
     * @param file its name; a name that ends in {@code .npy} says that it is an array
     * @throws InputException as {@link #read}
     */
    public static InputImage of(Path file, byte[] content, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file, content), network)
                : ofImage(file, ImageFile.read(file.toString(), content), network);
    }

    private static boolean isArray(Path file) {
        return file.toString().endsWith(ARRAY);
    }

    private static InputImage ofArray(Path file, Tensor tensor, Network network) {
        requireTaken(file, tensor.shape(), network);
        return new InputImage(file, tensor, Image.pixels(tensor, network.card()));
    }

    private static InputImage ofImage(Path file, Image image, Network network) {
        ModelCard card = network.card();
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        byte[] rgb = image.resized(width, height);
        return new InputImage(file, Image.normalised(rgb, width, height, card), Image.pixels(rgb));
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
}
