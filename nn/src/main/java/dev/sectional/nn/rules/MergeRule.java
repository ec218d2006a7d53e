package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import java.util.List;

/** How a layer of several inputs hands relevance down to each of them. */
public interface MergeRule extends Rule {
    /**
     * @param inputs of the layer, in its order
     * @param r relevance at its output, of the output's shape
     * @return relevance at each input, of its shape, and what the rule's law says is lost
     * @throws IllegalArgumentException if the rule does not fit the layer
     */
    Handed apply(Engine engine, Merge layer, List<Tensor> inputs, Tensor r);

    @Override
    default Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return apply(engine, Rules.require(this, layer, Merge.class), List.of(x), r);
    }
}
