package dev.sectional.images;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, as part of a one-line message. */
public final class Reasons {
    private Reasons() {
    }

    /** The exception's own words on one line, or plain words for those that have none. */
    public static String of(Throwable e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return "there is no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String message = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        if (message == null || message.isBlank()) {
            message = e.getCause() == null ? e.getClass().getSimpleName() : of(e.getCause());
        }
        return message.strip().replaceAll("\\s+", " ");
    }
}
