package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The classes of interest of the relative start: those that a target is set against. The target itself always belongs.
 */
public sealed interface Interest {
    /** The {@code k} classes of the greatest logits. */
    static Interest top(int k) {
        return new Top(k);
    }

    /** Every class whose probability is at least {@code threshold}, 0 to 1. */
    static Interest probability(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new InputException("a probability lies between 0 and 1, got " + threshold);
        }
        return new Probable(threshold);
    }

    /** The classes that these targets mean. */
    static Interest of(List<Target> classes) {
        return new Given(List.copyOf(classes));
    }

    /** The class indices for one forward pass. */
    int[] classes(Tape tape);

    /** See {@link #top}. */
    record Top(int k) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            return tape.top(k);
        }
    }

    /** See {@link #probability}. */
    record Probable(double threshold) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            float[] p = tape.probabilities();
            return IntStream.range(0, p.length).filter(i -> p[i] >= threshold).toArray();
        }
    }

    /** See {@link #of}. */
    record Given(List<Target> targets) implements Interest {
        @Override
        public int[] classes(Tape tape) {
            return targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
        }
    }
}
