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
