package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.rule.Rule;
import java.util.Arrays;

/** Another way to compute what a rule computes, best in float64 and from the formula alone. */
@FunctionalInterface
public interface Reference {
    /**
     * {@return the relevance at all inputs of a case, one input after the other}
     *
     * @param engine runs what it needs
     * @param sample of the rule
     */
    double[] relevance(Engine engine, Case sample);

    /**
     * {@return another rule as the reference}
     *
     * @param rule that the other has to agree with
     */
    static Reference of(Rule rule) {
        return (engine, sample) -> rule.propagate(engine, sample.layer(), sample.xs(), sample.r()).relevances().stream()
                .map(Tensor::data).map(ConvolutionReference::doubles).flatMapToDouble(Arrays::stream)
                .toArray();
    }
}
