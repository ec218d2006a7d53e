package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import java.util.List;

/**
 * Images with ground truth, in a fixed order. Samples are read one at a time, so that a large dataset needs little
 * memory.
 */
public interface Dataset {
    /** {@return the dataset's name in results, such as {@code voc2007 test}} */
    String name();

    /** {@return the names of the classes; {@link Truth#label()} is an index into them} */
    List<String> classes();

    /** {@return the number of images} */
    int size();

    /**
     * {@return the name of an image, without reading the image}
     *
     * @param index of the image, from 0
     */
    String id(int index);

    /**
     * {@return whether any of the first images has a mask of an object} By default true.
     *
     * @param images number of images
     */
    default boolean hasMasks(int images) {
        return true;
    }

    /**
     * {@return whether any of the first images has a region of an object, such as a box} By default true.
     *
     * @param images number of images
     */
    default boolean hasRegions(int images) {
        return true;
    }

    /** {@return what the dataset's files leave open or lack, a line each, which names the file} By default nothing. */
    default List<String> remarks() {
        return List.of();
    }

    /**
     * Reads the ground truth of one image.
     *
     * @param index of the image, from 0
     * @return the truth, with a way to read the image
     * @throws InputException if a file is missing or broken; the message names the file
     */
    Sample sample(int index);

    /**
     * Returns a digest of everything that {@link #sample} and its image depend on: the content of their files. A stored
     * result is valid only while the digest is the same.
     *
     * @param index of the image, from 0
     * @return a hash in hexadecimal digits
     * @throws InputException if a file cannot be read
     */
    String digest(int index);
}
