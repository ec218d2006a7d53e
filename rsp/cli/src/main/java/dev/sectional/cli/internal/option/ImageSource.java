package dev.sectional.cli.internal.option;

import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import java.nio.file.Path;

/**
 * One image to explain.
 *
 * @param file its name
 * @param folder where it lies below the folder that the user named; empty for files named themselves
 * @param content its bytes if it came from standard input, else null
 */
public record ImageSource(Path file, Path folder, byte[] content) {
    static ImageSource of(Path file) {
        return new ImageSource(file, Path.of(""), null);
    }

    /** Returns the file's name without its extension. */
    public String name() {
        return InputImage.name(file);
    }

    /** Tells whether this is a {@code .npy} array, which is a network's input without preprocessing. */
    public boolean isArray() {
        return content == null && InputImage.isArray(file);
    }

    /**
     * Reads the image and brings it to the network's size.
     *
     * @throws dev.sectional.core.InputException if it cannot be read or does not fit the network
     */
    public InputImage read(Network network, FitOption fit) {
        if (isArray()) {
            return InputImage.read(file, network);
        }
        return fit.prepare(file, fit.decode(file, content), network);
    }
}
