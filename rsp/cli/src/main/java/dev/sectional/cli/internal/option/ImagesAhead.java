package dev.sectional.cli.internal.option;

import dev.sectional.images.Image;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Reads the images of a run in their order, and decodes the next one on a thread of its own meanwhile. */
public final class ImagesAhead {
    /** Larger files wait for their turn, so that the memory holds one of them at a time. */
    private static final long MAX_BYTES = 8 << 20;

    private final List<ImageSource> sources;
    private final FitOption fit;
    private FutureTask<Image> ahead;
    private int index;

    /** Starts to decode the first image. */
    public ImagesAhead(List<ImageSource> sources, FitOption fit) {
        this.sources = sources;
        this.fit = fit;
        start();
    }

    /** {@return the images of the run} */
    public List<ImageSource> sources() {
        return sources;
    }

    /**
     * Reads the next image and brings it to the network's size. Starts to decode the one that follows.
     *
     * @throws dev.sectional.core.InputException if it cannot be read or does not fit the network
     */
    public InputImage next(Network network) {
        ImageSource source = sources.get(index++);
        Image decoded = decoded();
        start();
        return decoded == null ? source.read(network, fit) : fit.prepare(source.file(), decoded, network);
    }

    /** Returns the image that was decoded ahead; null if none was, or if that failed: its turn tells why. */
    private Image decoded() {
        try {
            return ahead == null ? null : ahead.get();
        } catch (ExecutionException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void start() {
        ahead = null;
        if (index < sources.size() && isSmallImage(sources.get(index))) {
            ImageSource source = sources.get(index);
            ahead = new FutureTask<>(() -> fit.decode(source.file(), source.content()));
            Thread thread = new Thread(ahead, "sectional-decode");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static boolean isSmallImage(ImageSource source) {
        try {
            return source.content() == null && !source.isArray() && Files.isRegularFile(source.file())
                    && Files.size(source.file()) <= MAX_BYTES;
        } catch (IOException e) {
            return false;
        }
    }
}
