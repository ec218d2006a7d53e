package dev.sectional.attribution;

import dev.sectional.attribution.internal.text.Quoted;
import dev.sectional.core.InputException;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The classes of interest of RSP's relative start: the classes against which a target is set. The target itself always
 * belongs to them. Immutable.
 */
public sealed interface Interest {
    /**
     * {@return the classes with the greatest logits}
     *
     * @param k at least 1; that the network has so many classes is checked when it is explained
     * @throws InputException if k is below 1
     */
    static Interest top(int k) {
        if (k < 1) {
            throw new InputException("classes of interest top" + k + ": give at least top1");
        }
        return new Top(k);
    }

    /**
     * {@return the classes with the greatest logits, or all classes if the network has fewer}
     *
     * @param k at least 1
     * @throws InputException if k is below 1
     */
    static Interest upTo(int k) {
        top(k);
        return new UpTo(k);
    }

    /**
     * {@return every class whose probability is at least a threshold}
     *
     * @param threshold 0 to 1
     * @throws InputException if it is not
     */
    static Interest probability(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new InputException("wanted a probability between 0 and 1, got " + threshold);
        }
        return new Probable(threshold);
    }

    /**
     * {@return the classes that some targets mean}
     *
     * @param classes each may mean several classes
     */
    static Interest of(List<Target> classes) {
        return new Given(List.copyOf(classes));
    }

    /**
     * Parses classes as the setting {@code classes} of RSP has them: {@code topK}; {@code pNN} for every class of at
     * least NN percent; or indices and labels separated by plus signs, where a label may stand between double quotes.
     *
     * @param text as users write it
     * @return the classes, which a network resolves
     * @throws InputException if the text is none of these; whether the model has a class is checked when it is
     *     explained
     */
    static Interest parse(String text) {
        try {
            if (text.matches("top\\d+")) {
                return top(Integer.parseInt(text.substring(3)));
            }
            if (text.matches("p\\d+(\\.\\d+)?")) {
                return probability(Double.parseDouble(text.substring(1)) / 100);
            }
        } catch (NumberFormatException | InputException e) {
            throw new InputException("classes " + text + ": give topK, or pNN with a percentage from 0 to 100", e);
        }
        return new Named(Quoted.split(text, '+').stream().map(Quoted::plain).filter(name -> !name.isEmpty()).toList());
    }

    /**
     * Returns the class indices after one forward pass.
     *
     * @param tape of the pass to explain
     * @return each index once; may be empty
     * @throws InputException if a target does not fit the network, or it has fewer than k classes
     */
    int[] classes(Tape tape);

    /** The classes with the greatest logits: {@link Interest#top}. */
    record Top(int k) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            int count = tape.logits().shape().size();
            if (k > count) {
                throw new InputException("classes of interest top" + k + ": the model has " + count
                        + " classes, give at most top" + count);
            }
            return tape.top(k);
        }
    }

    /** The classes with the greatest logits, or all: {@link Interest#upTo}. */
    record UpTo(int k) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            return tape.top(k);
        }
    }

    /** Every class above a probability: {@link Interest#probability}. */
    record Probable(double threshold) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            float[] p = tape.probabilities();
            return IntStream.range(0, p.length).filter(i -> p[i] >= threshold).toArray();
        }
    }

    /** The classes of some targets: {@link Interest#of}. */
    record Given(List<Target> targets) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            return targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
        }
    }

    /** The classes of some names, which the network's labels explain: {@link Interest#parse}. */
    record Named(List<String> names) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            List<String> labels = tape.network().card().labels();
            return new Given(names.stream().map(name -> Target.parse(name, labels)).toList()).classes(tape);
        }
    }
}
