package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.Reduce;
import java.util.List;

/**
 * Max pooling, the greatest or least value along axes, and the greater or lesser of two values: propagates the whole
 * relevance to the first unit in scan order that has the output's value, also among zeros. Where windows overlap, their
 * relevance is added.
 *
 * <p>Property: {@code sum(c) = sum(r)}, and {@code sum|c| <= sum|r|}.
 */
final class FirstMaxRule implements MergeRule {
    @Override
    public String name() {
        return "winner";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof MaxPool2d || layer instanceof Reduce reduce && selects(reduce.operation())
                || layer instanceof Arithmetic each && selects(each.operation());
    }

    private static boolean selects(Reduce.Operation operation) {
        return operation == Reduce.Operation.MAX || operation == Reduce.Operation.MIN;
    }

    private static boolean selects(Arithmetic.Operation operation) {
        return operation == Arithmetic.Operation.MAXIMUM || operation == Arithmetic.Operation.MINIMUM;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Rules.requireFit(this, layer);
        if (layer instanceof Arithmetic arithmetic) {   // whose gradient selects, too
            return new Propagated(arithmetic.gradient(engine, xs, r, r), AbsorbedRelevance.NONE);
        }
        Tensor x = xs.get(0);
        return new Propagated(layer instanceof MaxPool2d pool ? pool.routeToFirstMax(engine, x, r)
                : layer.gradient(engine, x, layer.forward(engine, x), r), AbsorbedRelevance.NONE);
    }
}
