package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The result of a rule at one layer. Conservation: {@code sum(r) = sum(relevances) + absorbed.total()}, up to rounding.
 *
 * @param relevances relevance at each of the layer's inputs, in their order
 * @param absorbed relevance that reaches no input, computed at the output side
 * @param algorithms the algorithms that computed the rule's products; empty for rules without a choice. A rule of
 *     several products may use more than one
 */
public record Propagated(List<Tensor> relevances, AbsorbedRelevance absorbed, Set<RelevanceAlgorithm> algorithms) {
    /**
     * Copies the collections.
     *
     * @param relevances the component {@code relevances}
     * @param absorbed the component {@code absorbed}
     * @param algorithms the component {@code algorithms}
     */
    public Propagated {
        Objects.requireNonNull(absorbed, "absorbed");
        relevances = List.copyOf(relevances);
        algorithms = Set.copyOf(algorithms);
    }

    /**
     * Creates the result of a rule without a choice of algorithms.
     *
     * @param relevances one for each input
     * @param absorbed what did not arrive at the inputs
     */
    public Propagated(List<Tensor> relevances, AbsorbedRelevance absorbed) {
        this(relevances, absorbed, Set.of());
    }

    /**
     * Creates the result of a rule without a choice of algorithms, for a layer with one input.
     *
     * @param relevance of the only input
     * @param absorbed what did not arrive at the inputs
     */
    public Propagated(Tensor relevance, AbsorbedRelevance absorbed) {
        this(List.of(relevance), absorbed, Set.of());
    }

    /**
     * {@return this result after checking that it has one relevance for each input, of its shape}
     *
     * @param inputs of the layer
     * @param rule that gave the result, for the message
     * @param layer name of the layer, for the message
     * @throws IllegalStateException if not: the rule breaks the promise of {@link Rule}
     */
    public Propagated requireShapesOf(List<Tensor> inputs, String rule, String layer) {
        List<Shape> wanted = inputs.stream().map(Tensor::shape).toList();
        List<Shape> got = relevances.stream().map(Tensor::shape).toList();
        if (!got.equals(wanted)) {
            throw new IllegalStateException("rule " + rule + " at layer '" + layer + "' returned relevance of shape "
                    + got + " for inputs of shape " + wanted);
        }
        return this;
    }

    /** {@return relevance at the first input, which is the only one unless branches meet in the layer} */
    public Tensor relevance() {
        return relevances.get(0);
    }

    /**
     * Sums over all inputs.
     *
     * @param sum of relevance
     * @param absolutes sum of absolute relevance
     */
    public record Sums(double sum, double absolutes) {
    }

    /**
     * Computes both sums in one pass, on the engine's threads.
     *
     * @param engine runs the kernels
     * @return sum and sum of absolute values, in float64
     */
    public Sums sums(Engine engine) {
        double sum = 0;
        double absolutes = 0;
        for (Tensor each : relevances) {
            Sums own = sums(engine, each);
            sum += own.sum;
            absolutes += own.absolutes;
        }
        return new Sums(sum, absolutes);
    }

    /**
     * Computes both sums of one relevance.
     *
     * @param engine runs the kernels
     * @param relevance of any shape
     * @return sum and sum of absolute values, in float64
     */
    public static Sums sums(Engine engine, Tensor relevance) {
        double[] sums = ChunkedReduction.sums(Execution.of(engine), relevance.data());
        return new Sums(sums[0], sums[1]);
    }

    /** {@return the sum of relevance over all inputs} */
    public double sum() {
        return relevances.stream().mapToDouble(Tensor::sum).sum();
    }

    /** {@return the sum of absolute relevance over all inputs} */
    public double sumOfAbsolutes() {
        return relevances.stream().mapToDouble(Tensor::sumOfAbsolutes).sum();
    }
}
