package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.TextFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

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

    /** First word of Kaggle's list. */
    private static final String HEADING = "ImageId";
    private static final String ENDING = "(?i)\\.(" + ImageNet.ENDINGS.stream().map(ending -> ending.substring(1))
            .collect(Collectors.joining("|")) + ")$";

    private final Path root;
    private final List<String> synsets;
    private final List<String> names;
    private final Map<String, Integer> indices = new HashMap<>();
    private final List<String> remarks = new ArrayList<>();

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
        Map<String, String> listed = new HashMap<>();
        for (String name : WORD_LISTS) {
            if (Files.exists(root.resolve(name))) {
                for (String line : TextFile.lines(root.resolve(name))) {
                    String[] parts = line.split("\\s+", 2);
                    String word = parts.length == 1 ? parts[0] : parts[1];
                    String former = listed.put(parts[0], word);
                    if (former != null && !former.equals(word)) {
                        throw new InputException(root.resolve(name) + " lists the class " + parts[0]
                                + " twice, as '" + former + "' and '" + word + "': list each class once");
                    }
                }
                break;
            }
        }
        words.putAll(listed);
        return new ImageNetClasses(root, words);
    }

    List<String> names() {
        return names;
    }

    /** Returns what the list of {@link #labels} leaves open, a line each. */
    List<String> remarks() {
        return remarks;
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
            String image = parts[0].replaceFirst(ENDING, "");
            String former = byImage.put(image, parts[1]);
            if (former != null && !former.equals(parts[1])) {
                throw new InputException(list + " gives the image " + image + " two classes, " + former + " and "
                        + parts[1] + ": list it once");
            }
        }
        remark(list, byImage, images);
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

    /** Says which images of a list are missing, and how its numbers are read. */
    private void remark(Path list, Map<String, String> byImage, List<String> images) {
        Set<String> known = Set.copyOf(images);
        List<String> missing = byImage.keySet().stream().filter(image -> !image.equals(HEADING))
                .filter(image -> !known.contains(image)).sorted().toList();
        if (!missing.isEmpty()) {
            remarks.add(list + ": " + missing.size() + " of its images are not in the folder, such as "
                    + missing.get(0));
        }
        if (images.stream().map(byImage::get).anyMatch(label -> label != null && label.matches("\\d+"))) {
            remarks.add(list + ": its numbers stand for classes, from 0 in the order of their synsets' names");
        }
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
