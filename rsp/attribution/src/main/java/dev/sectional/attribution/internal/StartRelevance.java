package dev.sectional.attribution.internal;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Start relevance of RSP: the activations A of one layer, weighted with the gradients of the logits there. Keeps the
 * channel maps of one forward pass, because several targets share them. For one thread.
 */
public final class StartRelevance {
    /** The released program adds it to each total that it divides by. */
    private static final double TINY = 1e-9;

    private final Tape tape;
    private final int node;
    private final Map<Integer, Tensor> channelMaps = new HashMap<>();

    /**
     * Starts at the output of one node.
     *
     * @param node index of a node whose output is a feature map
     */
    public StartRelevance(Tape tape, int node) {
        this.tape = tape;
        this.node = node;
    }

    /**
     * Returns the channel map of each target, Grad-CAM before its sum over channels:
     * {@code M[c,p] = A[c,p] * mean over positions of dy/dA[c,.]}, divided by its greatest value.
     *
     * @return {@code (H, W, C)} for each target; tensors that later calls return again
     */
    public List<Tensor> targets(int... targets) {
        int[] missing = IntStream.of(targets).filter(target -> !channelMaps.containsKey(target)).distinct().toArray();
        if (missing.length > 0) {
            List<double[]> weights = weights(tape, node, missing);
            for (int i = 0; i < missing.length; i++) {
                channelMaps.put(missing[i], scaled(weights.get(i)));
            }
        }
        return IntStream.of(targets).mapToObj(channelMaps::get).toList();
    }

    private Tensor scaled(double[] weights) {
        float[] activations = tape.output(node).data();
        double greatest = 0;
        for (int i = 0; i < activations.length; i++) {
            greatest = Math.max(greatest, activations[i] * weights[i % weights.length]);
        }
        Tensor scaled = Tensor.zeros(tape.output(node).shape());
        for (int i = 0; i < activations.length; i++) {
            scaled.data()[i] = (float) (activations[i] * weights[i % weights.length] / (greatest + TINY));
        }
        return scaled;
    }

    /**
     * Returns Grad-CAM's weight of every channel for each target: {@code mean over positions of dy/dA[c,.]}.
     *
     * @param node index of a node whose output is a feature map
     */
    public static List<double[]> weights(Tape tape, int node, int... targets) {
        List<Tensor> ones = IntStream.of(targets).mapToObj(target -> Targets.oneHot(tape, target, 1)).toList();
        List<double[]> weights = new ArrayList<>();
        for (Tensor gradient : tape.gradients(ones, node)) {
            weights.add(means(gradient));
            if (tape.network().reusesMemory()) {
                Execution.of(tape.network().engine()).release(gradient.data());
            }
        }
        return weights;
    }

    private static double[] means(Tensor gradient) {
        double[] means = new double[gradient.shape().dim(2)];
        for (int i = 0; i < gradient.data().length; i++) {
            means[i % means.length] += gradient.data()[i];
        }
        int positions = gradient.data().length / means.length;
        Arrays.setAll(means, c -> means[c] / positions);
        return means;
    }

    /**
     * Returns the start of a target relative to the other classes of interest. With o of them,
     * {@code o M_target - sum of M_other} is split by sign, and both parts are scaled to the same total. After a sum
     * over channels, positive positions belong to the target and are scaled to total 2, negative ones are hostile and
     * are scaled to total -1. The channels share each position evenly.
     *
     * @param classes of interest, with or without the target
     * @return {@code (H, W, C)}, a new tensor
     * @throws InputException if there is no class beside the target
     */
    public Tensor relative(int target, int[] classes) {
        Set<Integer> others = new LinkedHashSet<>(IntStream.of(classes).boxed().toList());
        others.remove(target);
        if (others.isEmpty()) {
            throw new InputException("the relative start sets the target against other classes, and class " + target
                    + " is the only class of interest: name at least two classes, or use the target start");
        }
        targets(IntStream.concat(IntStream.of(target), others.stream().mapToInt(Integer::intValue)).toArray());
        Tensor own = channelMaps.get(target);
        double[] relative = new double[own.data().length];
        for (int i = 0; i < relative.length; i++) {
            relative[i] = (double) own.data()[i] * others.size();
        }
        for (int other : others) {
            float[] map = channelMaps.get(other).data();
            for (int i = 0; i < relative.length; i++) {
                relative[i] -= map[i];
            }
        }
        return spread(positions(relative, own.shape().dim(2)), own.shape());
    }

    /** Returns the sum over channels of the balanced positive and negative parts, one value for each position. */
    private static double[] positions(double[] relative, int channels) {
        double positive = 0;
        double negative = 0;
        double least = 0;
        for (double value : relative) {
            positive += Math.max(value, 0);
            negative += Math.min(value, 0);
            least = Math.min(least, value);
        }
        double positiveScale = 1 / (positive + TINY);
        double total = positive * positiveScale;
        double negativeScale = least == 0 ? 0 : total / (negative / least + TINY) / least;
        double[] positions = new double[relative.length / channels];
        for (int i = 0; i < relative.length; i++) {
            positions[i / channels] += relative[i] > 0 ? relative[i] * positiveScale : -relative[i] * negativeScale;
        }
        return positions;
    }

    private static Tensor spread(double[] positions, Shape shape) {
        double positive = 0;
        double negative = 0;
        for (double value : positions) {
            positive += Math.max(value, 0);
            negative += Math.min(value, 0);
        }
        int channels = shape.dim(2);
        Tensor start = Tensor.zeros(shape);
        for (int i = 0; i < start.data().length; i++) {
            double value = positions[i / channels];
            double scaled = value > 0 ? 2 * value / (positive + TINY) : -value / (negative + TINY);
            start.data()[i] = (float) (scaled / channels);
        }
        return start;
    }
}
