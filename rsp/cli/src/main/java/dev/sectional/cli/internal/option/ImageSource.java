package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import java.nio.file.Path;

/**
 * One image to explain.
 *
 * @param file its name
 * @param folder where it lies below the folder that the user named; empty for files named themselves
 * @param content its bytes if it came from standard input, else null
 * @param name how names of its results begin: the file's name, without its extension unless another image has that
 *     name, too
 * @param problem why there is no image to read, as in an empty folder; null if there is one
 */
public record ImageSource(Path file, Path folder, byte[] content, String name, String problem) {
    ImageSource(Path file, Path folder, byte[] content) {
        this(file, folder, content, InputImage.name(file), null);
    }

    static ImageSource failed(Path file, String problem) {
        return new ImageSource(file, Path.of(""), null, file.toString(), problem);
    }

    static ImageSource of(Path file) {
        return new ImageSource(file, Path.of(""), null);
    }

    ImageSource withExtension() {
        return new ImageSource(file, folder, content, file.getFileName().toString(), problem);
    }

    /** Returns the results' folder and the beginning of their names. */
    Path results() {
        return folder.resolve(name);
    }

    /** Tells whether this is a {@code .npy} array, which is a network's input without preprocessing. */
    public boolean isArray() {
        return content == null && InputImage.isArray(file);
    }

    /** @throws InputException if there is a problem */
    public void requireImage() {
        if (problem != null) {
            throw new InputException(problem);
        }
    }

    /**
     * Reads the image and brings it to the network's size.
     *
     * @throws dev.sectional.core.InputException if it cannot be read or does not fit the network
     */
    public InputImage read(Network network, FitOption fit) {
        requireImage();
        if (isArray()) {
            return InputImage.read(file, network);
        }
        return fit.prepare(file, fit.decode(file, content), network);
    }
}
