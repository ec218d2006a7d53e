package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;

/** Which class, or classes, to explain. */
public sealed interface Target {
    /** The {@code k} classes of the greatest logits: one map each. */
    static Target top(int k) {
        if (k < 1) {
            throw new InputException("target top" + k + ": give at least top1");
        }
        return new Top(k);
    }

    /** One class by its index, from 0. */
    static Target of(int index) {
        return new Index(index);
    }

    /** One class by its label; case counts only when two labels differ by nothing else. */
    static Target label(String label) {
        return new Label(label);
    }

    /**
     * {@code topK}, an index, or a label. A label wins over an index, for models whose labels are numbers.
     *
     * @param labels of the model; may be empty
     * @throws InputException if it is none of them
     */
    static Target parse(String text, List<String> labels) {
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
     * The class indices that this means for one forward pass.
     *
     * @throws InputException if the index is out of range or the label unknown
     */
    int[] classes(Tape tape);

    /** See {@link #top}. */
    record Top(int k) implements Target {
        @Override
        public int[] classes(Tape tape) {
            return tape.top(k);
        }
    }

    /** See {@link #of}. */
    record Index(int index) implements Target {
        @Override
        public int[] classes(Tape tape) {
            int count = tape.logits().shape().size();
            if (index < 0 || index >= count) {
                throw new InputException("target " + index + " is out of range: the model has classes 0 to " + (count - 1));
            }
            return new int[] {index};
        }
    }

    /** See {@link #label(String)}. */
    record Label(String label) implements Target {
        @Override
        public int[] classes(Tape tape) {
            List<String> labels = tape.network().card().labels();
            int exact = labels.indexOf(label);
            if (exact >= 0) {
                return new int[] {exact};
            }
            int[] alike = IntStream.range(0, labels.size()).filter(i -> labels.get(i).equalsIgnoreCase(label)).toArray();
            if (alike.length == 1) {
                return alike;
            }
            throw new InputException("target '" + label + "' is not a label of the model: "
                    + (labels.isEmpty() ? "it has no labels, give an index or a labels file" : "it knows " + sample(labels)));
        }

        private static String sample(List<String> labels) {
            int shown = Math.min(labels.size(), 20);
            return String.join(", ", labels.subList(0, shown)) + (shown < labels.size() ? ", ..." : "");
        }
    }
}
