package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;

/** A rule for layers in which several branches of a network meet. */
public interface MergeRule extends Rule {
    @Override
    Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r);

    @Override
    default Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return propagate(engine, layer, List.of(x), r);
    }
}
