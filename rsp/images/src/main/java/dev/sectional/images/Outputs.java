package dev.sectional.images;

import dev.sectional.core.InputException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Result files that appear together or not at all: each is written beside its place, and {@link #keep} renames them.
 * Closing before that deletes them.
 */
public final class Outputs implements AutoCloseable {
    private final Map<Path, Path> temporary = new LinkedHashMap<>();

    /** Writes the content of one file. */
    public interface Content {
        void write(OutputStream out) throws IOException;
    }

    /**
     * Checks that files can be put there, without making anything.
     *
     * @throws InputException if the folder, or the nearest one above it that exists, is no folder or cannot be written
     */
    public static void requireFolder(Path folder, String option) {
        Path existing = folder.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing)) {
            throw new InputException(option + " " + folder + ": " + existing + " is not a folder; name a folder");
        }
        if (!Files.isWritable(existing)) {
            throw new InputException(option + " " + folder + ": " + existing + " cannot be written; name another folder");
        }
    }

    /** Writes one file under a temporary name, in a folder that is made if need be. */
    public void add(Path file, Content content) {
        Path target = file.toAbsolutePath();
        try {
            Files.createDirectories(target.getParent());
            // Not createTempFile: its files are for their owner alone, and would stay so under the new name.
            Path beside = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
            temporary.put(target, beside);
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(beside))) {
                content.write(out);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Gives all files their names. */
    public void keep() {
        for (Map.Entry<Path, Path> entry : temporary.entrySet()) {
            try {
                Files.move(entry.getValue(), entry.getKey(), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw unwritable(entry.getKey(), e);
            }
        }
        temporary.clear();
    }

    private static InputException unwritable(Path file, IOException e) {
        return new InputException("cannot write " + file + ": " + Reasons.of(e) + "; name another place or make room", e);
    }

    @Override
    public void close() {
        for (Path file : temporary.values()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // It could not be written either; the error under way says so.
            }
        }
    }
}
