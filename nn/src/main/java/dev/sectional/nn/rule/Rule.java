package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;

/**
 * A relevance rule: propagates relevance from the output of one layer to its input. Rules are immutable and safe to
 * share.
 *
 * <p>Ownership: a rule neither changes nor keeps x and r. The tensors that it returns belong to the caller. Sectional
 * reuses their memory only where {@link #returnsFreshTensors} allows it.
 */
public interface Rule {
    /** {@return the name by which the field knows the rule} */
    String name();

    /**
     * {@return whether the rule is defined for a layer}
     *
     * @param layer any layer
     */
    boolean fits(Layer layer);

    /**
     * {@return whether nothing but the result refers to the tensors that this rule returns, r itself excepted} The
     * propagation through a network then reuses their memory as soon as the layers below have read them. The default,
     * false, leaves them to the garbage collector. A rule that keeps, caches or shares a tensor that it returns, or
     * that wraps a rule and keeps its results, must return false.
     */
    default boolean returnsFreshTensors() {
        return false;
    }

    /**
     * Propagates relevance through a layer with one input.
     *
     * @param engine runs the kernels
     * @param layer the layer, which the rule fits
     * @param x the layer's input
     * @param r relevance at the layer's output, of the output's shape
     * @return relevance at the layer's input, of the shape of x: a new tensor, or r itself
     * @throws IllegalArgumentException if the rule does not fit the layer
     */
    Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r);

    /**
     * Propagates relevance through a layer with any number of inputs. {@link MergeRule}s take more than one.
     *
     * @param engine runs the kernels
     * @param layer the layer, which the rule fits
     * @param xs the layer's inputs, in their order
     * @param r relevance at the layer's output, of the output's shape
     * @return relevance at each input
     * @throws IllegalArgumentException if the rule does not fit the layer, or takes one input and is given more
     */
    default Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        if (xs.size() != 1) {
            throw new IllegalArgumentException("rule " + name() + " takes layers with one input, got " + xs.size()
                    + " inputs");
        }
        return propagate(engine, layer, xs.get(0), r);
    }

    /**
     * Propagates several relevances through a layer with one input: the bits of {@link #propagate} for each. Rules that
     * compute something from x alone compute it once.
     *
     * @param engine runs the kernels
     * @param layer the layer, which the rule fits
     * @param x the input of all
     * @param rs at least one
     * @return the results in the order of {@code rs}
     */
    default List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        return rs.stream().map(r -> propagate(engine, layer, x, r)).toList();
    }

    /**
     * Propagates several relevances through a layer with any number of inputs.
     *
     * @param engine runs the kernels
     * @param layer the layer, which the rule fits
     * @param xs the layer's inputs, in their order
     * @param rs relevances at the layer's output, at least one
     * @return the results in the order of {@code rs}
     */
    default List<Propagated> propagateAll(Engine engine, Layer layer, List<Tensor> xs, List<Tensor> rs) {
        return xs.size() == 1 ? propagateAll(engine, layer, xs.get(0), rs)
                : rs.stream().map(r -> propagate(engine, layer, xs, r)).toList();
    }
}
