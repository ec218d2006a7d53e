package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.TextFile;
import dev.sectional.nn.Tape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which classes of a network stand for each class of a dataset. Where several do, an image is explained by the one of the
 * greatest logit.
 */
public final class ClassMap {
    private static final int IMAGENET_CLASSES = 1000;

    private final String name;
    /** For each of the dataset's classes the network's; empty where the network has none. */
    private final List<List<Integer>> targets;
    private final boolean top;

    private ClassMap(String name, List<List<Integer>> targets, boolean top) {
        this.name = name;
        this.targets = targets;
        this.top = top;
    }

    /** Whatever class the network finds likeliest, for datasets that say where the object is and not what it is. */
    public static ClassMap topClass(int classes) {
        return new ClassMap("the network's top class", Collections.nCopies(classes, List.of()), true);
    }

    /** Every class stands for itself: for methods that look at no network. */
    public static ClassMap none(int classes) {
        return new ClassMap("none", oneToOne(classes), false);
    }

    private static List<List<Integer>> oneToOne(int classes) {
        return IntStream.range(0, classes).mapToObj(List::of).toList();
    }

    /**
     * What follows from the names alone: classes of the same name (case aside); else, for a network of ImageNet's 1000 classes, the built-in
     * lists for the classes of VOC and COCO, or class by class for ImageNet itself; else class by class where the numbers agree
     * and the network names none.
     *
     * @param labels the network's; empty if it has none
     * @throws InputException if nothing follows
     */
    public static ClassMap usual(List<String> classes, List<String> labels, int networkClasses) {
        List<List<Integer>> byName = new ArrayList<>();
        for (String wanted : classes) {
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < labels.size(); i++) {
                if (labels.get(i).equalsIgnoreCase(wanted)) {
                    found.add(i);
                }
            }
            byName.add(List.copyOf(found));
        }
        if (byName.stream().filter(found -> !found.isEmpty()).count() * 2 > classes.size()) {
            return new ClassMap("classes of the same name", byName, false);
        }
        if (networkClasses == IMAGENET_CLASSES && classes.contains("tvmonitor")) {
            return builtIn("imagenet-voc", classes);
        }
        if (networkClasses == IMAGENET_CLASSES && classes.contains("baseball glove")) {
            return builtIn("imagenet-coco", classes);
        }
        if (networkClasses == classes.size() && (labels.isEmpty() || networkClasses == IMAGENET_CLASSES)) {
            return new ClassMap("class by class", oneToOne(classes.size()), false);
        }
        throw new InputException("the model's " + networkClasses + " classes do not bear the dataset's names (" + classes.get(0)
                + ", ...): say with --class-map in a file which stand for which, or take other --weights");
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
     * Reads a file: a line for each of the dataset's classes, then, after a tab, the network's: numbers from 0 and ranges such as
     * {@code 151-268}, with commas between them, or one label. Lines that start with # say nothing; a class may have several lines, or none.
     *
     * @throws InputException if a line names what neither has
     */
    public static ClassMap read(Path file, List<String> classes, List<String> labels, int networkClasses) {
        return parse(file.getFileName().toString(), file.toString(), TextFile.lines(file), classes, labels, networkClasses);
    }

    private static ClassMap parse(String name, String where, List<String> lines, List<String> classes, List<String> labels, int networkClasses) {
        Map<String, Integer> indices = new LinkedHashMap<>();
        classes.forEach(label -> indices.put(label.toLowerCase(Locale.ROOT), indices.size()));
        List<List<Integer>> targets = new ArrayList<>();
        classes.forEach(label -> targets.add(new ArrayList<>()));
        for (String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\t", 2);
            Integer index = indices.get(parts[0].strip().toLowerCase(Locale.ROOT));
            if (index == null || parts.length < 2) {
                throw new InputException(where + ": the line '" + line + "' " + (index == null ? "begins with no class of the dataset"
                        : "names no class of the model") + "; write a class of the dataset, a tab, and the model's classes");
            }
            targets.get(index).addAll(targets(where, parts[1].strip(), labels, networkClasses));
        }
        return new ClassMap(name, targets.stream().map(List::copyOf).toList(), false);
    }

    private static List<Integer> targets(String where, String text, List<String> labels, int count) {
        if (labels.contains(text)) {
            return List.of(labels.indexOf(text));
        }
        List<Integer> targets = new ArrayList<>();
        for (String part : text.split(",")) {
            String[] ends = part.strip().split("-");
            try {
                int from = Integer.parseInt(ends[0].strip());
                int to = Integer.parseInt(ends[ends.length - 1].strip());
                if (ends.length > 2 || from < 0 || to < from || to >= count) {
                    throw new InputException(where + ": '" + part + "' is no class of the model, which has classes 0 to " + (count - 1));
                }
                for (int target = from; target <= to; target++) {
                    targets.add(target);
                }
            } catch (NumberFormatException e) {
                throw new InputException(where + ": '" + text + "' is neither a label of the model nor a list of numbers; write numbers from 0, "
                        + "ranges such as 151-268, or one label", e);
            }
        }
        return targets;
    }

    /** What it is called in results. */
    public String name() {
        return name;
    }

    /** The classes of the dataset that the network knows. */
    public List<Integer> known() {
        List<Integer> known = new ArrayList<>();
        for (int label = 0; label < targets.size(); label++) {
            if (knows(label)) {
                known.add(label);
            }
        }
        return known;
    }

    /** Whether the network knows a class of the dataset. */
    public boolean knows(int label) {
        return top || !targets.get(label).isEmpty();
    }

    /** Whether {@link #target} looks at the image. */
    boolean needsTape(int label) {
        return top || targets.get(label).size() > 1;
    }

    /**
     * The network's class for one of the dataset's that it knows.
     *
     * @param tape the image's; not looked at unless {@link #needsTape}
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
