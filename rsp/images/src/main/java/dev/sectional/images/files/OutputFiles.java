package dev.sectional.images.files;

import dev.sectional.core.InputException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Result files that appear together or not at all. Each file is written under a temporary name in its folder;
 * {@link #keep} renames all of them, and {@link #close} without it deletes them. Not safe for use by several threads.
 */
public final class OutputFiles implements AutoCloseable {
    private static final Pattern TEMPORARY = Pattern.compile("\\..*\\.(\\d{1,18})\\.tmp");

    private final Map<Path, Path> temporary = new LinkedHashMap<>();

    /** Writes the content of one file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the content; the caller closes the stream.
         *
         * @param out receives the content; stays open
         * @throws IOException if it cannot be written
         */
        void write(OutputStream out) throws IOException;
    }

    /**
     * Checks that files can be written to a folder, without creating anything, and deletes what killed processes left
     * there.
     *
     * @param folder existing or to be created
     * @param option that named the folder, for the message
     * @throws InputException if the folder, or its nearest parent that exists, is no folder or cannot be written
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
            throw new InputException(option + " " + folder + ": " + existing
                    + " cannot be written; name another folder");
        }
        deleteAbandoned(folder);
    }

    /**
     * Deletes temporary files in a folder that killed processes left more than a minute ago.
     *
     * @param folder where files were written
     */
    public static void deleteAbandoned(Path folder) {
        Instant old = Instant.now().minusSeconds(60);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.tmp")) {
            for (Path each : left) {
                Matcher matcher = TEMPORARY.matcher(each.getFileName().toString());
                if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()
                        && Files.getLastModifiedTime(each).toInstant().isBefore(old)) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // A folder that cannot be listed may still take files.
        }
    }

    /**
     * Writes one file under a temporary name and creates its folder if necessary.
     *
     * @param file the final name
     * @param content writes the file
     * @throws InputException if it cannot be written, or was added before
     */
    public void add(Path file, Content content) {
        Path target = file.toAbsolutePath();
        if (temporary.containsKey(target)) {
            throw new InputException(file + ": two results would go into this file; give them different names");
        }
        try {
            Files.createDirectories(target.getParent());
            // Files of createTempFile are readable by their owner alone and would stay so after the renaming.
            Path beside = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid()
                    + ".tmp");
            temporary.put(target, beside);
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(beside))) {
                content.write(out);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /**
     * Renames all files to their final names; existing files are replaced.
     *
     * @throws InputException if one cannot be renamed
     */
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
        return new InputException("cannot write " + file + ": " + Reasons.of(e)
                + "; name another folder or free some space", e);
    }

    /** Deletes the files that {@link #keep} has not renamed. */
    @Override
    public void close() {
        for (Path file : temporary.values()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // A folder that refuses the deletion refused the file as well, and the exception under way says so.
            }
        }
    }
}
