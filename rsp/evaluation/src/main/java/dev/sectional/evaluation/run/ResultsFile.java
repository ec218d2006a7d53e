package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.images.files.Reasons;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/**
 * The results of one method: one line per image, appended as they are computed. A killed process leaves at most a torn
 * last line, which is cut off when the file is opened again. A lock keeps other processes from writing to the open
 * file.
 */
final class ResultsFile implements AutoCloseable {
    /**
     * Greatest interval between two synchronisations with the disk; only a failing machine loses the results since the
     * last.
     */
    private static final long SYNC_NANOS = 5_000_000_000L;

    private final Path file;
    private final ToIntFunction<String> indices;
    private final FileChannel channel;
    private final BitSet done = new BitSet();
    private long synced = System.nanoTime();

    /**
     * Opens or creates a file.
     *
     * @param check throws an {@link InputException} for a result that does not belong to this run; receives each result
     *     and its image's index
     * @param indices index of an image in the dataset by its id; negative for an image to ignore
     * @throws InputException if the file does not contain results, contains results of another dataset, or is open in
     *     another process
     */
    ResultsFile(Path file, ToIntFunction<String> indices, BiConsumer<ImageResult, Integer> check) {
        this.file = file;
        this.indices = indices;
        FileChannel opened = null;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (opened.tryLock() == null) {
                throw new OverlappingFileLockException();
            }
            opened.truncate(read(opened, (evaluated, index) -> {
                check.accept(evaluated, index);
                done.set(index);
            }));
            opened.position(opened.size());
            channel = opened;
        } catch (OverlappingFileLockException e) {
            close(opened);
            throw new InputException(file
                    + " is open in another run: wait for it to end, or pass another folder with --out", e);
        } catch (IOException e) {
            close(opened);
            throw new InputException("cannot write " + file + ": " + Reasons.of(e)
                    + "; pass another folder with --out", e);
        } catch (RuntimeException e) {
            close(opened);
            throw e;
        }
    }

    /** Returns whether the image of an index has a result. */
    boolean has(int index) {
        return done.get(index);
    }

    /** Returns the number of images with a result. */
    int count() {
        return done.cardinality();
    }

    /**
     * Appends a result. If the disk is full or fails, the file keeps its complete lines only.
     *
     * @throws InputException if the result cannot be written; the run must stop
     */
    void append(ImageResult evaluated) {
        ByteBuffer line = ByteBuffer.wrap((ResultLines.of(evaluated) + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            long end = channel.position();
            try {
                while (line.hasRemaining()) {
                    channel.write(line);
                }
            } catch (IOException e) {
                cut(end, e);
                throw e;
            }
            if (System.nanoTime() - synced > SYNC_NANOS) {
                channel.force(false);
                synced = System.nanoTime();
            }
        } catch (IOException e) {
            throw new InputException("cannot write " + file + ": " + Reasons.of(e)
                    + "; free space and start again: the run resumes", e);
        }
        done.set(indices.applyAsInt(evaluated.image()));
    }

    /** Removes a partly written line. If this fails too, the next run removes it. */
    private void cut(long end, IOException reason) {
        try {
            channel.truncate(end);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /**
     * Passes each result with its image's index to a consumer, in the order of the file; of several for one image the
     * first.
     */
    void read(BiConsumer<ImageResult, Integer> taker) throws IOException {
        read(channel, taker);
        channel.position(channel.size());
    }

    /**
     * Reads through the locked channel: on POSIX systems, closing a second one would release the lock.
     *
     * @return number of bytes up to the end of the last complete line
     */
    private long read(FileChannel from, BiConsumer<ImageResult, Integer> taker) throws IOException {
        ResultLines lines = new ResultLines();
        BitSet seen = new BitSet();
        InputStream in = new BufferedInputStream(Channels.newInputStream(from.position(0)), 1 << 16);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long whole = 0;
        int number = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b != '\n') {
                line.write(b);
                continue;
            }
            number++;
            int length = line.size() + 1;
            ImageResult evaluated;
            try {
                evaluated = lines.parse(line.toString(StandardCharsets.UTF_8));
            } catch (IOException e) {
                if (in.read() < 0) {
                    return whole;   // torn by a failing machine
                }
                throw new InputException(file + ", line " + number
                        + ": it is not a result of an evaluation; remove the line", e);
            }
            take(evaluated, seen, taker);
            whole += length;
            line.reset();
        }
        if (number > 0 && seen.isEmpty()) {
            throw new InputException(file + " contains no result of this dataset: pass another folder with --out");
        }
        return whole;
    }

    private void take(ImageResult evaluated, BitSet seen, BiConsumer<ImageResult, Integer> taker) {
        int index = indices.applyAsInt(evaluated.image());
        if (index >= 0 && !seen.get(index)) {
            seen.set(index);
            taker.accept(evaluated, index);
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
            // Nothing is left to write.
        }
    }
}
