package dev.sectional.attribution;

import dev.sectional.core.Tensor;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;

/**
 * The account of one layer that relevance passed.
 *
 * @param name of the layer
 * @param rule that was applied
 * @param sumIn sum of relevance at the layer's output, where it comes in
 * @param sumOut sum of relevance at its inputs, where it goes out
 * @param lost what the rule's law says does not arrive: biases, stabilisers, dead places, what the rule keeps back
 * @param sumOfAbsolutes sum of absolute relevance that came in or went out, whichever is greater: the scale of rounding
 */
public record LayerAccount(String name, String rule, double sumIn, double sumOut, AbsorbedRelevance lost, double sumOfAbsolutes) {
    static LayerAccount of(String name, Rule rule, Tensor received, Propagated handed) {
        return new LayerAccount(name, rule.name(), received.sum(), handed.sum(), handed.lost(),
                Math.max(received.sumOfAbsolutes(), handed.sumOfAbsolutes()));
    }

    /** Sum of relevance at the layer's inputs. */
    public double sum() {
        return sumOut;
    }

    /** How far the law is missed: {@code |sumIn - sumOut - lost| / sumOfAbsolutes}; 0 when nothing came in. */
    public double residual() {
        double missed = Math.abs(sumIn - sumOut - lost.total());
        return missed == 0 ? 0 : missed / sumOfAbsolutes;
    }
}
