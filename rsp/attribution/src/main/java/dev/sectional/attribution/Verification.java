package dev.sectional.attribution;

import dev.sectional.attribution.method.Lrp;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Tries the rules of a network layer by layer: each layer gets the input that a forward pass brings it and random relevance
 * of both signs at its output, and its rule must keep its laws. Unlike a whole explanation, this tries every layer at full strength.
 *
 * <pre>{@code
 * for (Verification.Check check : Verification.of(network, Lrp.of(mine), image, 0)) {
 *     System.out.println(check.account() + (check.conserves(1e-5) && check.scales(1e-5) ? " holds" : " BROKEN"));
 * }
 * }</pre>
 */
public final class Verification {
    /** A power of two, so that it brings no rounding of its own. */
    private static final float FACTOR = 0.125f;

    private Verification() {
    }

    /**
     * What one layer's rule did.
     *
     * @param account sums of relevance, and where the rest went
     * @param scaling the greatest difference between what {@code r / 8} and r hand down, the former times 8, over the greatest
     *     value that r hands down
     */
    public record Check(LayerAccount account, double scaling) {
        /** The law of conservation: what comes in is what goes out and what the rule's law says is lost. */
        public boolean conserves(double tolerance) {
            return account.residual() <= tolerance;
        }

        /** The law of scaling: {@code rule(a r) = a rule(r)}. */
        public boolean scales(double tolerance) {
            return scaling <= tolerance;
        }
    }

    /**
     * Tries the rule of every layer that a method's relevance passes, from its start down.
     *
     * @param image {@code (C, H, W)}, already normalised
     * @param seed of the random relevance
     */
    public static List<Check> of(Network network, PropagationMethod method, Tensor image, long seed) {
        Tape tape = network.forward(image);
        Random random = new Random(seed);
        List<Check> checks = new ArrayList<>();
        tape.backward(method.start(network), tape.output(method.start(network)), Network.IMAGE_INDEX, (node, received) -> {
            checks.add(check(tape, node, method.composite().rule(network, node), random));
            return tape.inputs(node);   // the walk is taken for its order alone
        });
        return checks;
    }

    /** Tries one rule at every layer that it fits, last layer first. */
    public static List<Check> of(Network network, Rule rule, Tensor image, long seed) {
        Tape tape = network.forward(image);
        Random random = new Random(seed);
        List<Check> checks = new ArrayList<>();
        for (int node = network.nodes().size() - 1; node >= 0; node--) {
            if (rule.fits(network.nodes().get(node).layer())) {
                checks.add(check(tape, node, rule, random));
            }
        }
        return checks;
    }

    /** Values of a normal distribution. */
    public static Tensor random(Shape shape, Random random) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }

    private static Check check(Tape tape, int index, Rule rule, Random random) {
        Network network = tape.network();
        Node node = network.nodes().get(index);
        Tensor r = random(tape.output(index).shape(), random);
        Tensor smaller = r.copy();
        for (int i = 0; i < smaller.data().length; i++) {
            smaller.data()[i] *= FACTOR;
        }
        Propagated handed = rule.propagate(network.engine(), node.layer(), tape.inputs(index), r);
        Propagated less = rule.propagate(network.engine(), node.layer(), tape.inputs(index), smaller);
        return new Check(LayerAccount.of(node.name(), rule, r, handed), scaling(handed.relevances(), less.relevances()));
    }

    private static double scaling(List<Tensor> whole, List<Tensor> part) {
        double difference = 0;
        double greatest = 0;
        for (int i = 0; i < whole.size(); i++) {
            float[] a = whole.get(i).data();
            float[] b = part.get(i).data();
            for (int j = 0; j < a.length; j++) {
                difference = Math.max(difference, Math.abs(a[j] - b[j] / FACTOR));
                greatest = Math.max(greatest, Math.abs(a[j]));
            }
        }
        return difference == 0 ? 0 : difference / greatest;
    }
}
