package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.evaluation.internal.TextFile;
import dev.sectional.nn.Tape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The classes of a network that stand for each class of a dataset. If several do, the class with the greatest logit for
 * the image is explained.
 */
public final class ClassMap {
    private static final int IMAGENET_CLASSES = 1000;
    private static final String CLASS_BY_CLASS = "class by class";
    private static final String SAME_NAME = "classes of the same name";
    private static final String MAP_THEM = "write numbers in a file and pass it with --class-map";

    private final String name;
    /** The network's classes for each class of the dataset; empty if the network has none. */
    private final List<List<Integer>> targets;
    private final boolean top;

    private ClassMap(String name, List<List<Integer>> targets, boolean top) {
        this.name = name;
        this.targets = targets;
        this.top = top;
    }

    /**
     * Maps every class to the network's top class, for datasets that state the pixels of an object but not its class.
     *
     * @param classes number of the dataset's classes
     * @return the map
     */
    public static ClassMap topClass(int classes) {
        return new ClassMap("the network's top class", Collections.nCopies(classes, List.of()), true);
    }

    /**
     * Maps every class to itself, for methods that need no network.
     *
     * @param classes number of the dataset's classes
     * @return the map
     */
    public static ClassMap none(int classes) {
        return new ClassMap("none", oneToOne(classes), false);
    }

    private static List<List<Integer>> oneToOne(int classes) {
        return IntStream.range(0, classes).mapToObj(List::of).toList();
    }

    /**
     * {@return the map that names determine: classes of the same name, ignoring case; else, for a network with
     * ImageNet's 1000 classes, the built-in lists for VOC and COCO, or the identity for ImageNet itself; else the
     * identity, if the numbers of classes agree and the network has no labels}
     *
     * @param classes names of the dataset's classes
     * @param labels the network's labels; empty if it has none
     * @param networkClasses number of classes of the network
     * @throws InputException if names determine no map, or a name is that of several classes
     */
    public static ClassMap usual(List<String> classes, List<String> labels, int networkClasses) {
        List<List<Integer>> byName = IntStream.range(0, classes.size())
                .mapToObj(index -> named(index, classes, labels)).toList();
        if (sameNames(classes, labels)) {
            return new ClassMap(SAME_NAME, oneToOne(classes.size()), false);   // names may repeat
        }
        if (byName.stream().filter(found -> !found.isEmpty()).count() * 2 > classes.size()) {
            requireOneToOne(classes, labels, byName);
            return new ClassMap(SAME_NAME, byName, false);
        }
        if (networkClasses == IMAGENET_CLASSES && classes.contains("tvmonitor")) {
            return builtIn("imagenet-voc", classes);
        }
        if (networkClasses == IMAGENET_CLASSES && classes.contains("baseball glove")) {
            return builtIn("imagenet-coco", classes);
        }
        if (networkClasses == classes.size() && (labels.isEmpty() || networkClasses == IMAGENET_CLASSES)) {
            return new ClassMap(CLASS_BY_CLASS, oneToOne(classes.size()), false);
        }
        throw new InputException("the model's " + networkClasses + " classes do not have the names of the dataset ("
                + classes.get(0) + ", ...): map them in a file and pass it with --class-map, or pass other --weights");
    }

    /** Returns the network's classes of a name, ignoring case. */
    private static List<Integer> of(String name, List<String> labels) {
        return IntStream.range(0, labels.size()).filter(i -> labels.get(i).equalsIgnoreCase(name)).boxed().toList();
    }

    /** Returns the network's classes of a name; of several, the one with the same index in lists of the same length. */
    private static List<Integer> named(int index, List<String> classes, List<String> labels) {
        List<Integer> found = of(classes.get(index), labels);
        return classes.size() == labels.size() && found.contains(index) ? List.of(index) : found;
    }

    /** Refuses names that occur twice: which of two cranes is meant, no name says. */
    private static void requireOneToOne(List<String> classes, List<String> labels, List<List<Integer>> byName) {
        Map<Integer, Integer> taken = new HashMap<>();
        for (int label = 0; label < classes.size(); label++) {
            List<Integer> found = byName.get(label);
            if (found.size() > 1) {
                throw new InputException("'" + classes.get(label) + "' is the label of the classes "
                        + found.stream().map(String::valueOf).collect(Collectors.joining(" and ")) + " of the model: "
                        + MAP_THEM);
            }
            Integer other = found.isEmpty() ? null : taken.put(found.get(0), label);
            if (other != null) {
                throw new InputException("the classes " + other + " and " + label + " of the dataset have the name '"
                        + labels.get(found.get(0)) + "' of one class of the model: " + MAP_THEM);
            }
        }
    }

    private static boolean sameNames(List<String> classes, List<String> labels) {
        return classes.size() == labels.size()
                && IntStream.range(0, classes.size()).allMatch(i -> classes.get(i).equalsIgnoreCase(labels.get(i)));
    }

    private static ClassMap builtIn(String name, List<String> classes) {
        try (InputStream in = ClassMap.class.getResourceAsStream(name + ".tsv")) {
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            return parse("built-in list " + name, name, lines, classes, List.of(), IMAGENET_CLASSES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a file of lines {@code class TAB classes}: a class of the dataset, then classes of the network, either one
     * label or numbers from 0 and ranges such as {@code 151-268}, separated by commas. Lines that start with # are
     * comments; a class may have several lines or none.
     *
     * @param file in UTF-8
     * @param classes names of the dataset's classes
     * @param labels the network's labels; empty if it has none
     * @param networkClasses number of classes of the network
     * @return the map
     * @throws InputException if a line names an unknown class, a name that several classes have, or a number that is
     *     the label of another class
     */
    public static ClassMap read(Path file, List<String> classes, List<String> labels, int networkClasses) {
        return parse(file.getFileName().toString(), file.toString(), TextFile.lines(file), classes, labels,
                networkClasses);
    }

    private static ClassMap parse(String name, String where,
            List<String> lines, List<String> classes, List<String> labels, int networkClasses) {
        List<List<Integer>> targets = new ArrayList<>();
        classes.forEach(label -> targets.add(new ArrayList<>()));
        for (String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\t", 2);
            List<Integer> named = of(parts[0].strip(), classes);
            if (named.size() != 1 || parts.length < 2) {
                throw new InputException(where + ": the line '" + line + "' "
                        + (named.isEmpty() ? "does not start with a class of the dataset"
                        : named.size() > 1 ? "starts with a name that " + named.size() + " classes of the dataset have"
                        : "names no class of the model")
                        + "; write a class of the dataset, a tab, and the model's classes");
            }
            targets.get(named.get(0)).addAll(targets(where, parts[1].strip(), labels, networkClasses));
        }
        return new ClassMap(name, targets.stream().map(List::copyOf).toList(), false);
    }

    private static List<Integer> targets(String where, String text, List<String> labels, int count) {
        if (labels.contains(text)) {
            return List.of(labelled(where, text, labels));
        }
        List<Integer> targets = new ArrayList<>();
        for (String part : text.split(",")) {
            String[] ends = part.strip().split("-");
            try {
                int from = Integer.parseInt(ends[0].strip());
                int to = Integer.parseInt(ends[ends.length - 1].strip());
                if (ends.length > 2 || from < 0 || to < from || to >= count) {
                    throw new InputException(where + ": '" + part
                            + "' is not a class of the model, which has classes 0 to " + (count - 1));
                }
                for (int target = from; target <= to; target++) {
                    targets.add(target);
                }
            } catch (NumberFormatException e) {
                throw new InputException(where + ": '" + text
                        + "' is neither a label of the model nor a list of numbers; write numbers from 0, "
                        + "ranges such as 151-268, or one label", e);
            }
        }
        return targets;
    }

    /** Returns the class of a label that only one class has, and that is not the number of another class. */
    private static int labelled(String where, String text, List<String> labels) {
        int label = labels.indexOf(text);
        if (labels.lastIndexOf(text) != label) {
            throw new InputException(where + ": '" + text + "' is the label of the classes " + label + " and "
                    + labels.lastIndexOf(text) + " of the model; write the number");
        }
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) != label) {
            throw new InputException(where + ": '" + text + "' is the label of class " + label
                    + " of the model, and the number of another; write " + label + "-" + label + " for the class of "
                    + "that label, or " + text + "-" + text + " for that number");
        }
        return label;
    }

    /**
     * {@return what the map leaves open, a line each}
     *
     * @param classes names of the dataset's classes
     */
    public List<String> remarks(List<String> classes) {
        if (name.equals(CLASS_BY_CLASS)) {
            return List.of("nothing names both the model's classes and the dataset's (" + classes.get(0)
                    + ", ...), so assumed: they have the same order; pass --class-map FILE if not");
        }
        List<String> unknown = IntStream.range(0, classes.size()).filter(label -> !knows(label))
                .mapToObj(classes::get).toList();
        if (!name.equals(SAME_NAME) || unknown.isEmpty()) {
            return List.of();
        }
        return List.of("the model has no class of the name of " + unknown.size() + " of the dataset's " + classes.size()
                + " classes, which do not count: " + String.join(", ", unknown.subList(0, Math.min(5, unknown.size())))
                + (unknown.size() > 5 ? ", ..." : "") + "; pass --class-map FILE to name them");
    }

    /** {@return the name of the map in results} */
    public String name() {
        return name;
    }

    /** Returns a digest of the map's content: the network's classes for each class of the dataset. */
    String digest() {
        return new Digest().text(top + " " + targets).hex();
    }

    /** {@return the classes of the dataset that the network knows} */
    public List<Integer> known() {
        List<Integer> known = new ArrayList<>();
        for (int label = 0; label < targets.size(); label++) {
            if (knows(label)) {
                known.add(label);
            }
        }
        return known;
    }

    /**
     * {@return whether the network knows a class of the dataset}
     *
     * @param label index of the class in the dataset
     */
    public boolean knows(int label) {
        return top || !targets.get(label).isEmpty();
    }

    /** Returns whether {@link #target} depends on the image. */
    boolean needsTape(int label) {
        return top || targets.get(label).size() > 1;
    }

    /**
     * Returns the network's class for a known class of the dataset.
     *
     * @param tape activations of the image; unused unless {@link #needsTape}
     */
    int target(int label, Tape tape) {
        if (top) {
            return tape.top(1)[0];
        }
        int best = targets.get(label).get(0);
        for (int target : targets.get(label)) {
            if (tape != null && tape.logits().data()[target] > tape.logits().data()[best]) {
                best = target;
            }
        }
        return best;
    }
}
