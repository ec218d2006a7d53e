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
 * Relevance where RSP starts: at the activations A of one layer, from the gradients of the logits there. The channel
 * maps of one forward pass are kept, because several targets share them.
 */
public final class StartRelevance {
    /** The released program adds it to each total that it divides by. */
    private static final double TINY = 1e-9;

    private final Tape tape;
    private final int layer;
    private final Map<Integer, Tensor> maps = new HashMap<>();

    public StartRelevance(Tape tape, int layer) {
        this.tape = tape;
        this.layer = layer;
    }

    /**
     * For each target Grad-CAM before its sum over channels: {@code M[c,p] = A[c,p] * mean over places of dy/dA[c,.]}, divided by its
     * greatest value.
     */
    public List<Tensor> targets(int... targets) {
        int[] missing = IntStream.of(targets).filter(target -> !maps.containsKey(target)).distinct().toArray();
        if (missing.length > 0) {
            List<double[]> weights = weights(tape, layer, missing);
            for (int i = 0; i < missing.length; i++) {
                maps.put(missing[i], scaled(weights.get(i)));
            }
        }
        return IntStream.of(targets).mapToObj(maps::get).toList();
    }

    private Tensor scaled(double[] weights) {
        float[] activations = tape.output(layer).data();
        double greatest = 0;
        for (int i = 0; i < activations.length; i++) {
            greatest = Math.max(greatest, activations[i] * weights[i % weights.length]);
        }
        Tensor scaled = Tensor.zeros(tape.output(layer).shape());
        for (int i = 0; i < activations.length; i++) {
            scaled.data()[i] = (float) (activations[i] * weights[i % weights.length] / (greatest + TINY));
        }
        return scaled;
    }

    /** For each target Grad-CAM's weight of every channel: {@code mean over places of dy/dA[c,.]}. */
    public static List<double[]> weights(Tape tape, int node, int... targets) {
        List<Tensor> ones = IntStream.of(targets).mapToObj(target -> Targets.only(tape, target, 1)).toList();
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
        int places = gradient.data().length / means.length;
        Arrays.setAll(means, c -> means[c] / places);
        return means;
    }

    /**
     * The target against the other classes of interest. With o of them, {@code o M_target - sum of M_other} splits into
     * its two signs, each brought to the same total. Summed over channels, each place is then the target's (all such
     * places together 2) or hostile (together -1), shared evenly by the channels.
     *
     * @throws InputException if there is no class beside the target
     */
    public Tensor relative(int target, int[] classes) {
        Set<Integer> others = new LinkedHashSet<>(IntStream.of(classes).boxed().toList());
        others.remove(target);
        if (others.isEmpty()) {
            throw new InputException("the relative start sets the target against other classes, and class " + target
                    + " is the only class of interest: name at least two classes, or take the target start");
        }
        targets(IntStream.concat(IntStream.of(target), others.stream().mapToInt(Integer::intValue)).toArray());
        Tensor own = maps.get(target);
        double[] relative = new double[own.data().length];
        for (int i = 0; i < relative.length; i++) {
            relative[i] = (double) own.data()[i] * others.size();
        }
        for (int other : others) {
            float[] map = maps.get(other).data();
            for (int i = 0; i < relative.length; i++) {
                relative[i] -= map[i];
            }
        }
        return spread(places(relative, own.shape().dim(2)), own.shape());
    }

    /** The sum over channels of the balanced positive and negative parts, one value a place. */
    private static double[] places(double[] relative, int channels) {
        double positive = 0;
        double negative = 0;
        double least = 0;
        for (double value : relative) {
            positive += Math.max(value, 0);
            negative += Math.min(value, 0);
            least = Math.min(least, value);
        }
        double up = 1 / (positive + TINY);
        double total = positive * up;
        double down = least == 0 ? 0 : total / (negative / least + TINY) / least;
        double[] places = new double[relative.length / channels];
        for (int i = 0; i < relative.length; i++) {
            places[i / channels] += relative[i] > 0 ? relative[i] * up : -relative[i] * down;
        }
        return places;
    }

    private static Tensor spread(double[] places, Shape shape) {
        double up = 0;
        double down = 0;
        for (double place : places) {
            up += Math.max(place, 0);
            down += Math.min(place, 0);
        }
        int channels = shape.dim(2);
        Tensor start = Tensor.zeros(shape);
        for (int i = 0; i < start.data().length; i++) {
            double place = places[i / channels];
            start.data()[i] = (float) ((place > 0 ? 2 * place / (up + TINY) : -place / (down + TINY)) / channels);
        }
        return start;
    }
}
