package dev.sectional.attribution;

import dev.sectional.core.Tensor;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.Set;

/**
 * The account of one layer through which relevance was propagated. The rule's conservation property is
 * {@code outputSum = inputSum + absorbed.total()}, up to rounding.
 *
 * @param name of the layer
 * @param rule that was applied
 * @param outputSum sum of relevance at the layer's output, where it arrives
 * @param inputSum sum of relevance at the layer's inputs, to which it is propagated
 * @param absorbed relevance that the rule states not to propagate: absorbed by biases, the stabiliser and dead
 *     positions, or withheld
 * @param sumOfAbsolutes sum of absolute relevance at the output or at the inputs, whichever is greater: the scale of
 *     rounding errors
 * @param algorithms the algorithms that computed the rule's products; empty for rules without a choice
 */
public record LayerAccount(String name, String rule, double outputSum, double inputSum, AbsorbedRelevance absorbed,
                           double sumOfAbsolutes, Set<RelevanceAlgorithm> algorithms) {
    /**
     * Copies the set.
     *
     * @param name the component {@code name}
     * @param rule the component {@code rule}
     * @param outputSum the component {@code outputSum}
     * @param inputSum the component {@code inputSum}
     * @param absorbed the component {@code absorbed}
     * @param sumOfAbsolutes the component {@code sumOfAbsolutes}
     * @param algorithms the component {@code algorithms}
     */
    public LayerAccount {
        algorithms = Set.copyOf(algorithms);
    }

    static LayerAccount of(String name, Rule rule, Tensor received, Propagated propagated) {
        return new LayerAccount(name, rule.name(), received.sum(), propagated.sum(), propagated.absorbed(),
                Math.max(received.sumOfAbsolutes(), propagated.sumOfAbsolutes()), propagated.algorithms());
    }

    /** {@return whether the account says nothing about the rule: no relevance arrived at the layer} */
    public boolean isVacuous() {
        return sumOfAbsolutes == 0;
    }

    /**
     * Returns by how much conservation fails: {@code |outputSum - inputSum - absorbed| / sumOfAbsolutes}.
     *
     * @return at least 0; 0 if no relevance arrived
     */
    public double residual() {
        double difference = Math.abs(outputSum - inputSum - absorbed.total());
        return difference == 0 ? 0 : difference / sumOfAbsolutes;
    }
}
