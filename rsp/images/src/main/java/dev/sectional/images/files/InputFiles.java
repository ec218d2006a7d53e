package dev.sectional.images.files;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks of files that a user names. */
public final class InputFiles {
    private InputFiles() {
    }

    /**
     * Checks that a file can be read.
     *
     * @param file to be checked
     * @throws InputException if it does not exist, is a folder, a pipe or a device, is empty, or may not be read
     */
    public static void requireReadable(Path file) {
        requireFile(file);
        try {
            if (Files.size(file) == 0) {
                throw new InputException(file + " is empty: check the file");
            }
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * Checks that a file, which may be empty, can be read: opening a pipe would wait for another program.
     *
     * @param file to be checked
     * @throws InputException if it does not exist, is a folder, a pipe or a device, or may not be read
     */
    public static void requireFile(Path file) {
        if (!Files.exists(file)) {
            throw new InputException("there is no file " + file + ": check the name");
        }
        if (Files.isDirectory(file)) {
            throw new InputException(file + " is a folder: give a file");
        }
        if (!Files.isRegularFile(file)) {
            throw new InputException(file + " is a pipe or a device, not a file: save its content to a file first");
        }
        if (!Files.isReadable(file)) {
            throw new InputException(file + " may not be read: check its permissions");
        }
    }
}
