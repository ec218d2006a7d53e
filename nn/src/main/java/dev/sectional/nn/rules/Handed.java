package dev.sectional.nn.rules;

import dev.sectional.core.Tensor;
import java.util.List;

/**
 * What a rule handed down.
 *
 * @param relevances at the layer's inputs, in their order
 * @param lost what the rule's law says does not arrive (to biases, stabilisers, dead places), found at the output side:
 *     {@code sum(r) - sum(relevances) = lost} up to rounding. Negative when more arrives than was given.
 */
public record Handed(List<Tensor> relevances, double lost) {
    /** Copies the list. */
    public Handed {
        relevances = List.copyOf(relevances);
    }

    /** To the one input of a layer. */
    public Handed(Tensor relevance, double lost) {
        this(List.of(relevance), lost);
    }

    /** At the only input. */
    public Tensor relevance() {
        if (relevances.size() != 1) {
            throw new IllegalStateException("relevance was handed to " + relevances.size() + " inputs");
        }
        return relevances.get(0);
    }

    /** The sum over all inputs. */
    public double sum() {
        return relevances.stream().mapToDouble(Tensor::sum).sum();
    }

    /** The sum of absolutes over all inputs. */
    public double sumOfAbsolutes() {
        return relevances.stream().mapToDouble(Tensor::sumOfAbsolutes).sum();
    }
}
