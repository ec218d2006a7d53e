package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The scores that a network gives the classes of one image: logits, probabilities and the order of the classes.
 * Immutable.
 *
 * <p>Probabilities follow {@link ModelCard#output}: softmax probabilities add up to 1, sigmoid probabilities are
 * independent of one another, and with none the outputs are probabilities. Classes are ordered by their logits; of
 * equal logits the smaller index comes first, and NaN comes last.
 */
public final class Classification {
    /** By how much an output that is a probability may leave 0..1. */
    private static final float ROUNDING = 1e-3f;

    /** Up to this number, top classes are searched one by one: faster than sorting all. */
    private static final int MOST_SELECTED = 8;

    private final float[] logits;
    private final float[] probabilities;
    private final List<String> labels;

    /**
     * One class and its scores.
     *
     * @param label of the class; its index as text if the model has no labels
     * @param index from 0
     * @param probability 0 to 1
     * @param logit the network's output
     */
    public record Entry(String label, int index, float probability, float logit) {
    }

    private Classification(float[] logits, float[] probabilities, List<String> labels) {
        this.logits = logits;
        this.probabilities = probabilities;
        this.labels = labels;
    }

    /**
     * {@return the classification that logits mean} A single logit is that of a sigmoid: its softmax would always be 1.
     *
     * @param logits {@code (classes)}, one value or more; copied
     * @param card tells how logits become probabilities, and the labels
     * @throws InputException if the card says that the outputs are probabilities, and one is below 0 or above 1
     */
    public static Classification of(Tensor logits, ModelCard card) {
        float[] values = Objects.requireNonNull(logits, "logits").data().clone();
        if (card.output() == ModelCard.Output.NONE) {
            return new Classification(values, checked(values), card.labels());
        }
        boolean independent = card.output() == ModelCard.Output.SIGMOID || values.length == 1;
        return new Classification(values, independent ? sigmoid(values) : softmax(values), card.labels());
    }

    /** Returns outputs that are probabilities up to rounding. */
    private static float[] checked(float[] outputs) {
        float[] probabilities = outputs.clone();
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] < -ROUNDING || outputs[i] > 1 + ROUNDING) {
                throw new InputException("output " + i + " is " + outputs[i] + ", but the network is said to give"
                        + " probabilities; state softmax or sigmoid instead of none");
            }
            probabilities[i] = Math.max(0, Math.min(1, outputs[i]));   // NaN stays
        }
        return probabilities;
    }

    private static float[] sigmoid(float[] logits) {
        float[] probabilities = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = (float) (1 / (1 + Math.exp(-logits[i])));
        }
        return probabilities;
    }

    /** Returns {@code exp(y - max(y)) / sum(exp(y - max(y)))}, computed in float64. */
    private static float[] softmax(float[] logits) {
        double greatest = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
        double[] exponentials = new double[logits.length];
        Arrays.setAll(exponentials, i -> Math.exp(logits[i] - greatest));
        double sum = Arrays.stream(exponentials).sum();
        float[] probabilities = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = (float) (exponentials[i] / sum);
        }
        return probabilities;
    }

    /** {@return the number of classes} */
    public int size() {
        return logits.length;
    }

    /** {@return the class with the greatest logit; of equal logits the one with the smaller index} */
    public Entry top() {
        return top(1).get(0);
    }

    /**
     * {@return the classes with the greatest logits, best first}
     *
     * @param k how many, at least 0; all classes if there are fewer
     */
    public List<Entry> top(int k) {
        return IntStream.of(topIndices(k)).mapToObj(this::get).toList();
    }

    /**
     * {@return the indices of {@link #top(int)}}
     *
     * @param k how many, at least 0; all classes if there are fewer
     */
    public int[] topIndices(int k) {
        if (k < 0) {
            throw new IllegalArgumentException("the number of top classes is at least 0, got " + k);
        }
        if (k > MOST_SELECTED) {
            return IntStream.range(0, logits.length).boxed().sorted(Comparator.comparingDouble(this::rank))
                    .limit(k).mapToInt(Integer::intValue).toArray();   // the sort is stable
        }
        int[] found = new int[Math.min(k, logits.length)];
        boolean[] taken = new boolean[logits.length];
        for (int place = 0; place < found.length; place++) {
            int best = -1;
            for (int i = 0; i < logits.length; i++) {
                if (!taken[i] && (best < 0 || Double.compare(rank(i), rank(best)) < 0)) {
                    best = i;
                }
            }
            found[place] = best;
            taken[best] = true;
        }
        return found;
    }

    /** Returns a number by which classes are sorted. Adding 0.0 turns -0 into 0, so that the two are equal. */
    private double rank(int i) {
        return -(logits[i] + 0.0);
    }

    /**
     * {@return one class}
     *
     * @param index from 0
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public Entry get(int index) {
        String label = index < labels.size() ? labels.get(index) : String.valueOf(index);
        return new Entry(label, index, probabilities[index], logits[index]);
    }

    /** {@return a copy of the probabilities, one per class} */
    public float[] probabilities() {
        return probabilities.clone();
    }

    /** {@return a copy of the logits, one per class} */
    public float[] logits() {
        return logits.clone();
    }

    /** {@return the top class in words, such as {@code tabby 0.83}} */
    @Override
    public String toString() {
        Entry top = top();
        return top.label() + " " + top.probability();
    }
}
