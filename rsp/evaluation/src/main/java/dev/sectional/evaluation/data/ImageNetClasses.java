package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.TextFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * ImageNet's synsets in the order of their names, which is the order of networks' outputs, with their words if a list
 * has them.
 */
final class ImageNetClasses {
    /** Lists of lines {@code synset words} that distributions of ImageNet contain. */
    private static final List<String> WORD_LISTS = List.of("LOC_synset_mapping.txt", "synset_words.txt");
    /**
     * The development kit's list of lines {@code synset number word}; its ground truth has another order than networks.
     */
    private static final String KIT_LIST = "map_clsloc.txt";

    private final Path root;
    private final List<String> synsets;
    private final List<String> names;
    private final Map<String, Integer> indices = new HashMap<>();

    private ImageNetClasses(Path root, TreeMap<String, String> words) {
        this.root = root;
        this.synsets = List.copyOf(words.keySet());
        this.names = List.copyOf(words.values());
        synsets.forEach(synset -> indices.put(synset, indices.size()));
    }

    /** @param folders synsets that are known without a list */
    static ImageNetClasses of(Path root, List<String> folders) {
        TreeMap<String, String> words = new TreeMap<>();
        folders.forEach(synset -> words.put(synset, synset));
        for (String name : WORD_LISTS) {
            if (Files.exists(root.resolve(name))) {
                for (String line : TextFile.lines(root.resolve(name))) {
                    String[] parts = line.split("\\s+", 2);
                    words.put(parts[0], parts.length == 1 ? parts[0] : parts[1]);
                }
                break;
            }
        }
        return new ImageNetClasses(root, words);
    }

    List<String> names() {
        return names;
    }

    String synset(int label) {
        return synsets.get(label);
    }

    /** @throws InputException if there is no such class */
    int index(String synset) {
        Integer index = indices.get(synset);
        if (index == null) {
            throw new InputException("'" + synset + "' is not among the classes of ImageNet that " + root
                    + " lists; put " + WORD_LISTS.get(0) + " with all classes there");
        }
        return index;
    }

    /**
     * Reads the classes of images from a list in one of these formats: {@code image,synset box box} with a heading
     * (Kaggle's {@code LOC_val_solution.csv}); {@code image index} or {@code image synset} (Caffe's {@code val.txt});
     * or the development kit's {@code ILSVRC2012_validation_ground_truth.txt}, a number for each image in the order of
     * names.
     *
     * @param images names without extensions, sorted
     * @throws InputException if the list lacks an image or names an unknown class
     */
    int[] labels(Path list, List<String> images) {
        List<String> lines = TextFile.lines(list);
        if (lines.stream().allMatch(line -> line.matches("\\d+"))) {
            return byOrder(list, lines, images);
        }
        Map<String, String> byImage = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split("[,\\s]+", 3);
            if (parts.length < 2) {
                throw new InputException(list + ": the line '" + line
                        + "' names no class; write an image and its class on each line");
            }
            String image = parts[0].replaceFirst("\\.(JPEG|jpe?g|png)$", "");
            String former = byImage.put(image, parts[1]);
            if (former != null && !former.equals(parts[1])) {
                throw new InputException(list + " gives the image " + image + " two classes, " + former + " and "
                        + parts[1] + ": list it once");
            }
        }
        int[] labels = new int[images.size()];
        for (int i = 0; i < labels.length; i++) {
            String label = byImage.get(images.get(i));
            if (label == null) {
                throw new InputException(list + " does not list the image " + images.get(i)
                        + ": pass the list of this split");
            }
            labels[i] = label.matches("\\d{1,9}") ? requireIndex(list, Integer.parseInt(label)) : index(label);
        }
        return labels;
    }

    private int requireIndex(Path list, int label) {
        if (label >= synsets.size()) {
            throw new InputException(list + ": it names class " + label + ", but " + root + " lists " + synsets.size()
                    + " classes; put " + WORD_LISTS.get(0) + " with all classes there");
        }
        return label;
    }

    private int[] byOrder(Path list, List<String> lines, List<String> images) {
        if (lines.size() != images.size()) {
            throw new InputException(list + " has " + lines.size() + " lines for " + images.size()
                    + " images: pass the list of this split");
        }
        Path beside = list.resolveSibling(KIT_LIST);
        Map<Integer, String> numbers = new HashMap<>();
        for (String line : TextFile.lines(Files.exists(beside) ? beside : root.resolve(KIT_LIST))) {
            String[] parts = line.split("\\s+");
            if (parts.length > 1 && parts[1].matches("\\d{1,9}")) {
                numbers.put(Integer.parseInt(parts[1]), parts[0]);
            }
        }
        List<Integer> labels = new ArrayList<>();
        for (String line : lines) {
            String synset = numbers.get(line.length() < 10 ? Integer.parseInt(line) : -1);
            if (synset == null) {
                throw new InputException(list + ": " + KIT_LIST + " has no number " + line
                        + "; use both files of the same development kit");
            }
            labels.add(index(synset));
        }
        return labels.stream().mapToInt(Integer::intValue).toArray();
    }
}
