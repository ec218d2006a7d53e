package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;

/** A rule that also serves layers where several branches meet. */
public interface MergeRule extends Rule {
    @Override
    Propagated apply(Engine engine, Layer layer, List<Tensor> xs, Tensor r);

    @Override
    default Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return apply(engine, layer, List.of(x), r);
    }
}
