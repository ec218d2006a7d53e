package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;

/**
 * How one layer hands relevance from its output down to its input. Rules are stateless and safe to share.
 */
public interface Rule {
    /** The name by which the field knows the rule. */
    String name();

    /** Whether the rule is defined for this kind of layer. */
    boolean fits(Layer layer);

    /**
     * @param x the layer's input
     * @param r relevance at its output, of the output's shape
     * @return relevance at its input, of x's shape, and what the rule's law says is lost; a new tensor or r itself, whose memory
     *     is used again once the layer below has passed it on: what keeps it keeps a copy
     * @throws IllegalArgumentException if the rule does not fit the layer
     */
    Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r);

    /**
     * The form for layers of any number of inputs; {@link MergeRule}s serve more than one.
     *
     * @param xs the layer's inputs, in their order
     * @throws IllegalArgumentException if the rule does not fit the layer, or serves one input and is given more
     */
    default Propagated apply(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        if (xs.size() != 1) {
            throw new IllegalArgumentException("rule " + name() + " serves layers of one input, got " + xs.size());
        }
        return apply(engine, layer, xs.get(0), r);
    }

    /**
     * The same for several relevances at one layer, in their order; rules that have work to share between them do.
     *
     * @param rs at least one
     */
    default List<Propagated> applyAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        return rs.stream().map(r -> apply(engine, layer, x, r)).toList();
    }

    /** The same for a layer of any number of inputs. */
    default List<Propagated> applyAll(Engine engine, Layer layer, List<Tensor> xs, List<Tensor> rs) {
        return xs.size() == 1 ? applyAll(engine, layer, xs.get(0), rs) : rs.stream().map(r -> apply(engine, layer, xs, r)).toList();
    }
}
