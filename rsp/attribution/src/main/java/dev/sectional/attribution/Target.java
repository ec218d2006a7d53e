package dev.sectional.attribution;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.core.InputException;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The class, or classes, to explain. Immutable. */
public sealed interface Target {
    /**
     * {@return the classes with the greatest logits, best first; of equal logits the smaller index comes first}
     *
     * @param k at least 1; that the network has so many classes is checked when it is explained
     * @throws InputException if k is below 1
     */
    static Target top(int k) {
        if (k < 1) {
            throw new InputException("target top" + k + ": give at least top1");
        }
        return new Top(k);
    }

    /**
     * {@return one class by its index}
     *
     * @param index from 0; whether the network has such a class is checked when it is explained
     */
    static Target of(int index) {
        return new Index(index);
    }

    /**
     * {@return one class by its label, or by one of the names that a label lists, separated by commas} Upper and lower
     * case are the same unless the exact label exists. A label of several classes is refused.
     *
     * @param label as the model has it, case aside
     */
    static Target label(String label) {
        return new Label(Objects.requireNonNull(label, "label"));
    }

    /**
     * Parses {@code topK}, an index or a label. A label wins over an index, for models whose labels are numbers.
     *
     * @param text as users write it
     * @param labels of the model; may be empty
     * @return a target; text that is neither {@code topK} nor a number becomes a label, which is checked when it is
     *     explained
     * @throws InputException if the text is {@code top0}
     */
    static Target parse(String text, List<String> labels) {
        Objects.requireNonNull(text, "text");
        if (!labels.contains(text)) {
            try {
                return text.matches("top\\d+") ? top(Integer.parseInt(text.substring(3))) : of(Integer.parseInt(text));
            } catch (NumberFormatException e) {
                return label(text);
            }
        }
        return label(text);
    }

    /**
     * Returns the class indices that the target means after one forward pass.
     *
     * @param tape of the pass to explain
     * @return at least one index, each once
     * @throws InputException if the index is out of range, or the model has no such label or fewer than k classes
     */
    int[] classes(Tape tape);

    /** The classes with the greatest logits: {@link Target#top}. */
    record Top(int k) implements Target {
        @Override
        public int[] classes(Tape tape) {
            int count = tape.logits().shape().size();
            if (k > count) {
                throw new InputException("target top" + k + ": the model has " + count + " classes, give at most top"
                        + count);
            }
            return tape.top(k);
        }
    }

    /** One class by its index: {@link Target#of}. */
    record Index(int index) implements Target {
        @Override
        public int[] classes(Tape tape) {
            int count = tape.logits().shape().size();
            if (index < 0 || index >= count) {
                throw new InputException("target " + index + " is out of range: the model has classes 0 to "
                        + (count - 1));
            }
            return new int[] {index};
        }
    }

    /** One class by its label: {@link Target#label(String)}. */
    record Label(String label) implements Target {
        private static final int SHOWN = 20;
        private static final int SHORTEST_PART = 3;

        @Override
        public int[] classes(Tape tape) {
            List<String> labels = tape.network().card().labels();
            List<Predicate<String>> ways = List.of(label::equals, label::equalsIgnoreCase,
                    name -> List.of(name.split(", ")).stream().anyMatch(label::equalsIgnoreCase));
            for (Predicate<String> way : ways) {
                int[] alike = IntStream.range(0, labels.size()).filter(i -> way.test(labels.get(i))).toArray();
                if (alike.length == 1) {
                    return alike;
                }
                if (alike.length > 1) {
                    throw new InputException("target '" + label + "' means several classes of the model: "
                            + IntStream.of(alike).mapToObj(i -> i + " (" + labels.get(i) + ")")
                                    .collect(Collectors.joining(", ")) + "; give the index of one");
                }
            }
            requireNoPart(labels);
            String near = Spelling.suggestion(label, labels.stream().flatMap(name -> Stream.concat(Stream.of(name),
                    Stream.of(name.split(", ")))).toList());
            throw new InputException("target '" + label + "' is not a label of the model"
                    + (near.isEmpty() ? ": " + remedy(labels) : near));
        }

        /** Names the labels of which the text is a word, or else a part: "cat" for "Egyptian cat". */
        private void requireNoPart(List<String> labels) {
            String part = label.toLowerCase(Locale.ROOT);
            Predicate<String> word = each -> List.of(each.split("[ ,-]+")).contains(part);
            for (Predicate<String> way : List.of(word, (Predicate<String>) each -> each.contains(part))) {
                int[] found = IntStream.range(0, labels.size())
                        .filter(i -> way.test(labels.get(i).toLowerCase(Locale.ROOT))).toArray();
                if (found.length > 0 && part.length() >= SHORTEST_PART) {
                    throw new InputException("target '" + label + "' is not a label of the model; did you mean "
                            + IntStream.of(found).limit(SHOWN).mapToObj(i -> i + " (" + labels.get(i) + ")")
                                    .collect(Collectors.joining(", ")) + (found.length > SHOWN ? ", ..." : "") + "?");
                }
            }
        }

        private static String remedy(List<String> labels) {
            if (labels.isEmpty()) {
                return "it has no labels, give an index or a labels file";
            }
            int shown = Math.min(labels.size(), SHOWN);
            return "it has " + String.join(", ", labels.subList(0, shown)) + (labels.size() > shown ? ", ..." : "");
        }
    }
}
