package dev.sectional.cli.internal.option;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The names of ImageNet's 1,000 classes (ILSVRC 2012) in the usual order, that of their WordNet numbers. */
final class ImageNetClasses {
    private static final String RESOURCE = "/dev/sectional/cli/imagenet-classes.txt";
    private static final int CLASSES = 1000;
    private static final String BACKGROUND = "background";

    private ImageNetClasses() {
    }

    /**
     * Returns the names for a network of so many classes: 1,000, or 1,001 with a background first, as TensorFlow's
     * networks have it; none for other numbers.
     */
    static List<String> of(int classes) {
        if (classes != CLASSES && classes != CLASSES + 1) {
            return List.of();
        }
        List<String> names = names();
        return classes == CLASSES ? names : Stream.concat(Stream.of(BACKGROUND), names.stream()).toList();
    }

    private static List<String> names() {
        try (InputStream in = ImageNetClasses.class.getResourceAsStream(RESOURCE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Only closing the resource could fail.
        }
    }
}
