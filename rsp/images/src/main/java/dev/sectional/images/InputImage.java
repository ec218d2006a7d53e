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
 * @param tensor {@code (3, H, W)}, normalised
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
        ModelCard card = network.card();
        if (file.toString().endsWith(ARRAY)) {
            Tensor tensor = Npy.readImage(file);
            requireTaken(file, tensor.shape(), network);
            return new InputImage(file, tensor, Picture.pixels(tensor, card));
        }
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        byte[] rgb = PictureFile.read(file).resized(width, height);
        return new InputImage(file, Picture.normalised(rgb, width, height, card), Picture.pixels(rgb));
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
