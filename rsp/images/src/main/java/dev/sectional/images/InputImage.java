package dev.sectional.images;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.Network;
import java.nio.file.Path;

/**
 * An image file as the input of a network.
 *
 * @param file the source
 * @param tensor {@code (C, H, W)}, normalised, the channels in the order that the network expects
 * @param photo the image as the network sees it, at its own size: in grey for one channel; of an array, its values as
 *     colours
 * @param seen the part of it that the tensor shows
 */
public record InputImage(Path file, Tensor tensor, Image photo, Seen seen) {
    private static final String ARRAY = ".npy";

    /**
     * Reads an image and brings it to the network's size and scale, or reads an array, which is used unchanged.
     *
     * @param file an image, or {@code (C, H, W)} float32 in a file that ends in {@code .npy}
     * @param network that takes the image
     * @return the image with the input of the network
     * @throws InputException if the file is neither, or the network does not accept an array of its size
     */
    public static InputImage read(Path file, Network network) {
        return read(file, network, Fit.SQUASH);
    }

    /**
     * Does the same as {@link #read(Path, Network)} with another way to bring an image to the network's size.
     *
     * @param file of the image, for its name and messages
     * @param network that takes the image
     * @param fit has no effect on arrays
     * @return the image with the input of the network
     */
    public static InputImage read(Path file, Network network, Fit fit) {
        return isArray(file) ? ofArray(file, Npy.readImage(file), network)
                : ofImage(file, ImageFile.read(file), network, fit);
    }

    /**
     * Does the same as {@link #read(Path, Network)} with the bytes of a file.
     *
     * @param file its name; a name that ends in {@code .npy} marks an array
     * @param content the bytes of the file
     * @param network that takes the image
     * @return the image with the input of the network
     * @throws InputException as {@link #read(Path, Network)}
     */
    public static InputImage of(Path file, byte[] content, Network network) {
        return isArray(file) ? ofArray(file, Npy.readImage(file, content), network)
                : ofImage(file, ImageFile.read(file.toString(), content), network, Fit.SQUASH);
    }

    /**
     * Tells whether a file's name marks an array, which is a network's input as it is.
     *
     * @param file of the image, for its name and messages
     * @return true for {@code .npy}
     */
    public static boolean isArray(Path file) {
        return file.toString().endsWith(ARRAY);
    }

    /**
     * {@return an array as the input of a network, unchanged; its photo shows the values as the network's card scales
     * them}
     *
     * @param file of the image, for its name and messages
     * @param tensor the input of the network
     * @param network that takes the image
     * @throws InputException if the network does not accept its shape, a value is not finite, or values are so large
     *     that they cannot be normalised
     */
    public static InputImage ofArray(Path file, Tensor tensor, Network network) {
        requireAccepted(file, tensor.shape(), network);
        requireNormalised(file, tensor, network);
        byte[] rgb = Pixels.toBytes(ImageTensors.pixels(tensor, network.card()));
        Image photo = Image.of(rgb, tensor.shape().dim(2), tensor.shape().dim(1));
        return new InputImage(file, tensor, photo, Seen.whole(photo));
    }

    /**
     * Prepares a decoded image.
     *
     * @param file of the image, for its name and messages
     * @param image of any size
     * @param network that takes the image
     * @param fit how it gets the network's size
     * @return the image with the input of the network
     */
    public static InputImage ofImage(Path file, Image image, Network network, Fit fit) {
        Fit.Fitted fitted = fit.apply(image, network.card());
        return new InputImage(file, fitted.tensor(), image.seenBy(network.card().input().dim(0)), fitted.seen());
    }

    /**
     * {@return a file's name without its folder and extension}
     *
     * @param file of the image, for its name and messages
     */
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

    private static void requireNormalised(Path file, Tensor image, Network network) {
        float greatest = 0;
        for (float value : image.data()) {
            if (!Float.isFinite(value)) {
                throw new InputException(file + " holds a value that is not finite, " + value
                        + ": check how it was made");
            }
            greatest = Math.max(greatest, Math.abs(value));
        }
        try {
            network.card().requireNormalised(greatest);
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }
}
