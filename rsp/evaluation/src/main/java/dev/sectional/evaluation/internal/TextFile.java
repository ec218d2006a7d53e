package dev.sectional.evaluation.internal;

import dev.sectional.core.InputException;
import dev.sectional.images.ImageFile;
import dev.sectional.images.Reasons;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Lists that datasets come with: text in UTF-8, an entry a line. */
public final class TextFile {
    /** Far above any list of a dataset (a million lines), far below what a heap holds. */
    private static final long MOST_BYTES = 256L << 20;

    private TextFile() {
    }

    /**
     * The lines that hold something, without space around them.
     *
     * @throws InputException if there is no such text file
     */
    public static List<String> lines(Path file) {
        ImageFile.requireFile(file);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new InputException(file + " is no list: it has " + (Files.size(file) >> 20) + " MB; give a text file, an entry a line");
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; give a text file in UTF-8", e);
        }
    }
}
