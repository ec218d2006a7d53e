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
 * The results of one method, a line an image, appended as they are measured. A process that is killed leaves at most a torn
 * last line, which is cut off when the file is opened again. While it is open no other process may write to it.
 */
final class ResultsFile implements AutoCloseable {
    /** Results reach the disk, and not only the system, at least this often; only a failing machine loses more. */
    private static final long SYNC_NANOS = 5_000_000_000L;

    private final Path file;
    private final ToIntFunction<String> indices;
    private final FileChannel channel;
    private final BitSet done = new BitSet();
    private long synced = System.nanoTime();

    /**
     * Opens or makes a file.
     *
     * @param indices number of an image in the dataset by its id; negative for one that is not to be looked at
     * @throws InputException if it is no file of results, has none of this dataset, or another process has it open
     */
    ResultsFile(Path file, ToIntFunction<String> indices) {
        this.file = file;
        this.indices = indices;
        FileChannel opened = null;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (opened.tryLock() == null) {
                throw new OverlappingFileLockException();
            }
            opened.truncate(read(opened, (judged, index) -> done.set(index)));
            opened.position(opened.size());
            channel = opened;
        } catch (OverlappingFileLockException e) {
            close(opened);
            throw new InputException(file + " is written by another run: wait for it, or name another folder with --out", e);
        } catch (IOException e) {
            close(opened);
            throw new InputException("cannot write " + file + ": " + Reasons.of(e) + "; name another folder with --out", e);
        } catch (RuntimeException e) {
            close(opened);
            throw e;
        }
    }

    /** Whether there is a result for the image of that number. */
    boolean has(int index) {
        return done.get(index);
    }

    /** How many images there are results for. */
    int count() {
        return done.cardinality();
    }

    /** Appends a result, in one write. */
    void append(ImageResult judged) {
        ByteBuffer line = ByteBuffer.wrap((ResultLines.of(judged) + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
            if (System.nanoTime() - synced > SYNC_NANOS) {
                channel.force(false);
                synced = System.nanoTime();
            }
        } catch (IOException e) {
            throw new InputException("cannot write " + file + ": " + Reasons.of(e) + "; make room and start again, it goes on from here", e);
        }
        done.set(indices.applyAsInt(judged.image()));
    }

    /** Hands over every result with its image's number, in the order of the file; of several for one image the first. */
    void read(BiConsumer<ImageResult, Integer> taker) throws IOException {
        read(channel, taker);
        channel.position(channel.size());
    }

    /**
     * Reads through the channel that is locked: a second one would, when it is closed, take the lock away on POSIX systems.
     *
     * @return bytes up to the end of the last whole line
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
            ImageResult judged;
            try {
                judged = lines.parse(line.toString(StandardCharsets.UTF_8));
            } catch (IOException e) {
                if (in.read() < 0) {
                    return whole;   // torn by a failing machine
                }
                throw new InputException(file + ", line " + number + ": it is no result of an evaluation; take the line out", e);
            }
            take(judged, seen, taker);
            whole += length;
            line.reset();
        }
        if (number > 0 && seen.isEmpty()) {
            throw new InputException(file + " has results, but none for an image of this dataset: name another folder with --out");
        }
        return whole;
    }

    private void take(ImageResult judged, BitSet seen, BiConsumer<ImageResult, Integer> taker) {
        int index = indices.applyAsInt(judged.image());
        if (index >= 0 && !seen.get(index)) {
            seen.set(index);
            taker.accept(judged, index);
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
            // What was written is written.
        }
    }
}
