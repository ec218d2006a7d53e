package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.TextFile;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The pairs of image and class in the Difficult subset of the Pointing Game. The file has one line per image: its name,
 * then 0 or 1 for each class, separated by tabs. As in TorchRay, an image that is not listed is in the subset with all
 * its classes.
 */
public final class DifficultSubset {
    private final Map<String, BitSet> flags = new HashMap<>();

    private DifficultSubset() {
    }

    /**
     * Reads a list.
     *
     * @param file a line for each image: its name, then 0 or 1 for each class
     * @param dataset whose images are listed, by {@link Dataset#id}
     * @return the subset
     * @throws InputException if a line has another number of classes or a mark other than 0 and 1, an image is listed
     *     twice, or no image of the dataset is listed
     */
    public static DifficultSubset read(Path file, Dataset dataset) {
        DifficultSubset subset = read(file, dataset.classes().size());
        if (IntStream.range(0, dataset.size()).mapToObj(dataset::id).noneMatch(subset.flags::containsKey)) {
            throw new InputException(file + " lists none of the " + dataset.size() + " images of " + dataset.name()
                    + ", which are named as in '" + dataset.id(0) + "': pass the list of this dataset");
        }
        return subset;
    }

    private static DifficultSubset read(Path file, int classes) {
        DifficultSubset subset = new DifficultSubset();
        List<String> lines = TextFile.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String[] parts = lines.get(i).split("\t");
            if (parts.length != classes + 1) {
                throw new InputException(file + ", line " + (i + 1) + ": expected an image and " + classes
                        + " marks, separated by tabs, got " + parts.length + " parts");
            }
            BitSet set = new BitSet();
            for (int label = 0; label < classes; label++) {
                String mark = parts[label + 1].strip();
                if (!mark.equals("0") && !mark.equals("1")) {
                    throw new InputException(file + ", line " + (i + 1) + ": expected marks of 0 and 1, got '" + mark
                            + "'");
                }
                set.set(label, mark.equals("1"));
            }
            if (subset.flags.put(parts[0].strip(), set) != null) {
                throw new InputException(file + ", line " + (i + 1) + ": the image '" + parts[0].strip()
                        + "' is listed twice; list each image once");
            }
        }
        return subset;
    }

    /**
     * {@return the number of images that the list leaves out: they are in the subset with all their classes}
     *
     * @param dataset whose images are listed
     * @param images number of images, from the first
     */
    public int unlisted(Dataset dataset, int images) {
        return (int) IntStream.range(0, images).mapToObj(dataset::id).filter(id -> !flags.containsKey(id)).count();
    }

    /**
     * {@return whether a class of an image is in the subset}
     *
     * @param image its {@link Dataset#id}
     * @param label index of the class in the dataset
     */
    public boolean contains(String image, int label) {
        BitSet set = flags.get(image);
        return set == null || set.get(label);
    }
}
