package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import java.util.List;

/**
 * What a rule handed down.
 *
 * @param relevances at each of the layer's inputs, in their order
 * @param lost what the rule's law says does not arrive, found at the output side:
 *     {@code sum(r) - sum(relevances) = lost.total()} up to rounding
 */
public record Propagated(List<Tensor> relevances, AbsorbedRelevance lost) {
    /** Copies the list. */
    public Propagated {
        relevances = List.copyOf(relevances);
    }

    /** What was handed to the one input of a layer. */
    public Propagated(Tensor relevance, AbsorbedRelevance lost) {
        this(List.of(relevance), lost);
    }

    /** Relevance at the first input, which is the only one unless branches meet in the layer. */
    public Tensor relevance() {
        return relevances.get(0);
    }

    /**
     * What is noted of it.
     *
     * @param sum over all inputs
     * @param absolutes the sum of absolute values over all inputs
     */
    public record Sums(double sum, double absolutes) {
    }

    /** Both sums, which the engine's threads share. */
    public Sums sums(Engine engine) {
        double sum = 0;
        double absolutes = 0;
        for (Tensor each : relevances) {
            double[][] values = ChunkedReduction.mapChunks(Execution.of(engine), each.data().length, each::sum, each::sumOfAbsolutes);
            sum += ChunkedReduction.sum(values[0]);
            absolutes += ChunkedReduction.sum(values[1]);
        }
        return new Sums(sum, absolutes);
    }

    /** The sum over all inputs. */
    public double sum() {
        return relevances.stream().mapToDouble(Tensor::sum).sum();
    }

    /** The sum of absolute values over all inputs. */
    public double sumOfAbsolutes() {
        return relevances.stream().mapToDouble(Tensor::sumOfAbsolutes).sum();
    }
}
