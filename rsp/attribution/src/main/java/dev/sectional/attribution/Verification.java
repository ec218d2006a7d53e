package dev.sectional.attribution;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Checks the properties of relevance rules on a network, layer by layer. Each layer gets its input of a forward pass
 * and normally distributed relevance at its output. So, unlike in an explanation, relevance of both signs arrives at
 * every layer, undiminished by the layers above.
 *
 * <pre>{@code
 * for (Verification.Check check : Verification.of(network, Lrp.of(mine), image, 0)) {
 *     System.out.println(check.account() + (check.isVacuous() ? " VACUOUS"
 *             : check.conserves(1e-5) && check.scales(1e-5) ? " holds" : " FAILS"));
 * }
 * }</pre>
 */
public final class Verification {
    /** A power of two, so that scaling by it adds no rounding error. */
    private static final float FACTOR = 0.125f;

    private Verification() {
    }

    /**
     * The check of one layer's rule.
     *
     * @param account sums of relevance at the layer's output and inputs, and what the rule absorbed
     * @param scaling by how much homogeneity fails: the greatest difference between {@code 8 rule(r / 8)} and
     *     {@code rule(r)}, divided by the greatest absolute value of {@code rule(r)}
     * @param inputAbsolutes sum of absolute relevance that reached the layer's inputs
     */
    public record Check(LayerAccount account, double scaling, double inputAbsolutes) {
        /**
         * {@return whether the check says nothing about the rule, because no relevance reached the layer's inputs: both
         * properties hold of zeros} So it is where the activations are 0, in a network that is dead for the image.
         */
        public boolean isVacuous() {
            return inputAbsolutes == 0;
        }

        /**
         * {@return whether conservation holds: the sum at the output is the sum at the inputs plus the absorbed
         * relevance}
         *
         * @param tolerance as a share of the sum of absolute values
         */
        public boolean conserves(double tolerance) {
            return account.residual() <= tolerance;
        }

        /**
         * {@return whether homogeneity holds: {@code rule(a r) = a rule(r)}}
         *
         * @param tolerance as a share of the sum of absolute values
         */
        public boolean scales(double tolerance) {
            return scaling <= tolerance;
        }
    }

    /**
     * Checks the rule of every layer between a method's start and the image, the last layer first.
     *
     * @param network to be checked
     * @param method whose rules are checked
     * @param image {@code (C, H, W)}, normalised
     * @param seed of the random relevance
     * @return one check for each layer
     */
    public static List<Check> of(Network network, PropagationMethod method, Tensor image, long seed) {
        Objects.requireNonNull(method, "method");
        Tape tape = Objects.requireNonNull(network, "network").forward(image);
        Random random = new Random(seed);
        List<Check> checks = new ArrayList<>();
        int start = method.start(network);
        tape.backward(start, tape.output(start), Network.IMAGE_INDEX, (node, received) -> {
            checks.add(check(tape, node, method.composite().rule(network, node), random));
            return tape.inputs(node);   // any tensors of the right shapes: the pass serves to visit the nodes
        });
        return checks;
    }

    /**
     * Checks one rule at every layer that it fits, the last layer first.
     *
     * @param network to be checked
     * @param rule to be checked
     * @param image {@code (C, H, W)}, normalised
     * @param seed of the random relevance
     * @return one check for each layer
     */
    public static List<Check> of(Network network, Rule rule, Tensor image, long seed) {
        Objects.requireNonNull(rule, "rule");
        Tape tape = Objects.requireNonNull(network, "network").forward(image);
        Random random = new Random(seed);
        List<Check> checks = new ArrayList<>();
        for (int node = network.nodes().size() - 1; node >= 0; node--) {
            if (rule.fits(network.nodes().get(node).layer())) {
                checks.add(check(tape, node, rule, random));
            }
        }
        return checks;
    }

    /**
     * {@return a tensor of standard normal values}
     *
     * @param shape of the tensor
     * @param random source of the values
     */
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
        Tensor scaled = r.copy();
        for (int i = 0; i < scaled.data().length; i++) {
            scaled.data()[i] *= FACTOR;
        }
        List<Tensor> inputs = tape.inputs(index);
        Propagated propagated = rule.propagate(network.engine(), node.layer(), inputs, r)
                .requireShapesOf(inputs, rule.name(), node.name());
        Propagated propagatedScaled = rule.propagate(network.engine(), node.layer(), inputs, scaled)
                .requireShapesOf(inputs, rule.name(), node.name());
        return new Check(LayerAccount.of(node.name(), rule, r, propagated),
                scaling(propagated.relevances(), propagatedScaled.relevances()), propagated.sumOfAbsolutes());
    }

    private static double scaling(List<Tensor> whole, List<Tensor> scaled) {
        double difference = 0;
        double greatest = 0;
        for (int i = 0; i < whole.size(); i++) {
            float[] a = whole.get(i).data();
            float[] b = scaled.get(i).data();
            for (int j = 0; j < a.length; j++) {
                difference = Math.max(difference, Math.abs(a[j] - b[j] / FACTOR));
                greatest = Math.max(greatest, Math.abs(a[j]));
            }
        }
        return difference == 0 ? 0 : difference / greatest;
    }
}
