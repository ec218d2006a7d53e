package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a folder of results for one run: settings, samples and reports are those of all methods in it. The system
 * releases the lock when a process ends, however it ends; the empty file {@code .lock} stays.
 */
public final class FolderLock implements AutoCloseable {
    private static final String FILE = ".lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Creates the folder if necessary and takes it.
     *
     * @param folder of the results
     * @return the lock, to be closed after the last file was written
     * @throws InputException if another run has it, or it cannot be written
     */
    public static FolderLock of(Path folder) {
        FileChannel opened = null;
        try {
            Files.createDirectories(folder.toAbsolutePath());
            opened = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (opened.tryLock() == null) {
                throw new OverlappingFileLockException();
            }
            return new FolderLock(opened);
        } catch (OverlappingFileLockException e) {
            close(opened);
            throw new InputException(folder
                    + " is in use by another run: wait for it to end, or pass another folder with --out", e);
        } catch (IOException e) {
            close(opened);
            throw new InputException("cannot write " + folder.resolve(FILE) + ": " + Reasons.of(e)
                    + "; pass another folder with --out", e);
        }
    }

    @Override
    public void close() {
        close(channel);
    }

    private static void close(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The system releases the lock at the end of the process.
        }
    }
}
