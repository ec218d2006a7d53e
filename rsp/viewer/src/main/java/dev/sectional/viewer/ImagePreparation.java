package dev.sectional.viewer;

import dev.sectional.images.Fit;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import java.nio.file.Path;

/** A way to bring images to the network's size. */
public interface ImagePreparation {
    /** Resizes both sides to the input's size and ignores the aspect ratio. */
    ImagePreparation SQUASH = new ImagePreparation() {
        @Override
        public InputImage prepare(Path file, Image image, Network network) {
            return InputImage.ofImage(file, image, network, Fit.SQUASH);
        }

        @Override
        public String describe(InputImage image) {
            return Fit.SQUASH.participle() + " to " + image.tensor().shape().dim(2) + "x"
                    + image.tensor().shape().dim(1);
        }
    };

    /**
     * Decodes an image from the bytes of its file.
     *
     * @param name of the file, for messages
     * @throws dev.sectional.core.InputException if the bytes are no image or are cut off
     */
    default Image decode(String name, byte[] content) {
        return ImageFile.read(name, content);
    }

    /**
     * Returns an image as the input of a network.
     *
     * @param file its name
     */
    InputImage prepare(Path file, Image image, Network network);

    /** Returns the way of {@link #prepare} by its name in records, such as {@code crop}. */
    default String fit() {
        return "squash";
    }

    /** Returns what {@link #decode} does with colour profiles: {@code ignore} or {@code apply}. */
    default String icc() {
        return "ignore";
    }

    /** Returns what was done to an image, such as {@code squashed to 224x224}. */
    String describe(InputImage image);
}
