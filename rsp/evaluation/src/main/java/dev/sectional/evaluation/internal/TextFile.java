package dev.sectional.evaluation.internal;

import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads the lists that datasets come with: text in UTF-8, with or without a byte order mark, one entry per line. */
public final class TextFile {
    /** Well above any dataset's list (a million lines) and well below a usual heap. */
    private static final long MOST_BYTES = 256L << 20;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private TextFile() {
    }

    /**
     * Returns the lines that are not blank, stripped.
     *
     * @throws InputException if the file cannot be read, is not UTF-8 or exceeds 256 MB
     */
    public static List<String> lines(Path file) {
        InputFiles.requireReadable(file);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new InputException(file + " is no list: it has " + (Files.size(file) >> 20)
                        + " MB; give a text file with one entry per line");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).lines().map(String::strip)
                    .filter(line -> !line.isEmpty()).toList();
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; give a text file in UTF-8", e);
        }
    }
}
