package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.nio.file.Path;

/**
 * An image file as the input of a network.
 *
 * @param file the source
 * @param tensor {@code (C, H, W)}, normalised, the channels in the order that the network expects
 * @param photograph the same image as {@code H * W} pixels {@code 0xRRGGBB}, row by row, to draw on
 */
public record InputImage(Path file, Tensor tensor, int[] photograph) {
    private static final String ARRAY = ".npy";

    /**
     * Reads an image and brings it to the network's size and scale, or reads an array, which is used unchanged.
     *
     * @param file an image, or {@code (C, H, W)} float32 in a file that ends in {@code .npy}
     * @throws InputException if the file is neither, or the network does not accept an array of its size
     */
    public static InputImage read(Path file, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file), network)
                : ofImage(file, ImageFile.read(file), network);
    }

    /**
     * Does the same as {@link #read} with the bytes of a file.
     *
     * @param file its name; a name that ends in {@code .npy} marks an array
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
        requireAccepted(file, tensor.shape(), network);
        return new InputImage(file, tensor, ImageTensors.pixels(tensor, network.card()));
    }

    private static InputImage ofImage(Path file, Image image, Network network) {
        ModelCard card = network.card();
        int height = card.input().dim(1);
        int width = card.input().dim(2);
        int channels = card.input().dim(0);
        byte[] pixels = image.resized(width, height, channels);
        Tensor input = ImageTensors.normalised(pixels, width, height, card);
        return new InputImage(file, input, channels == 3 ? Pixels.ofBytes(pixels) : ImageTensors.pixels(input, card));
    }

    /** Returns a file's name without its folder and extension. */
    public static String name(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static void requireAccepted(Path file, Shape image, Network network) {
        try {
            network.outputShape(image);
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": the network does not take shape " + image + " (" + e.getMessage()
                    + "); it was made for " + network.inputShape(), e);
        }
    }
}
