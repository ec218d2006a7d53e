package dev.sectional.images.files;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Words for the cause of a failure, to be part of a one-line message. */
public final class Reasons {
    private Reasons() {
    }

    /**
     * {@return the exception's message on one line; plain words for exceptions whose message is only a file name or
     * missing}
     *
     * @param e of a failed reading or writing
     */
    public static String of(Throwable e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return "there is no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException || e instanceof DirectoryNotEmptyException) {
            return "a file or folder of this name is in the way";
        }
        String message = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        if (message == null || message.isBlank()) {
            message = e.getCause() == null ? e.getClass().getSimpleName() : of(e.getCause());
        }
        return message.strip().replaceAll("\\s+", " ");
    }
}
