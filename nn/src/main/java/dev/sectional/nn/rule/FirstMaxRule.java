package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.MaxPool2d;

/**
 * Max pooling: propagates the whole relevance of each window to its first greatest unit in scan order, also in a window
 * of zeros. Where windows overlap, their relevance is added.
 *
 * <p>Property: {@code sum(c) = sum(r)}, and {@code sum|c| <= sum|r|}.
 */
final class FirstMaxRule implements Rule {
    @Override
    public String name() {
        return "winner";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof MaxPool2d;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return new Propagated(Rules.require(this, layer, MaxPool2d.class).routeToFirstMax(engine, x, r),
                AbsorbedRelevance.NONE);
    }
}
