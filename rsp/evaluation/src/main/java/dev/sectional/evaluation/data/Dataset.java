package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import java.util.List;

/** Images with ground truth, in a fixed order. Samples are read one by one, so that a large dataset needs little memory. */
public interface Dataset {
    /** What the dataset is called in results, such as {@code voc2007 test}. */
    String name();

    /** Names of the classes; {@link Truth#label()} counts in them. */
    List<String> classes();

    /** How many images there are. */
    int size();

    /** The name of an image, without reading it. */
    String id(int index);

    /**
     * Reads one image's ground truth.
     *
     * @throws InputException if its files are missing or broken: the message names the file
     */
    Sample sample(int index);
}
