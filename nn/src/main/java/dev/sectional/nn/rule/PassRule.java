package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Unflatten;
import java.util.List;

/**
 * Passes relevance on, unit by unit: unchanged through activations, dropout and batch norm; to the unit that a value
 * came from through flatten, its reverse and concatenation, so that each branch receives the relevance of its channels.
 *
 * <p>Property: {@code sum(c) = sum(r)}. Padding absorbs r at the positions that it adds, which no input fills.
 */
final class PassRule implements MergeRule {
    @Override
    public String name() {
        return "pass";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof ReLU || layer instanceof Activation || layer instanceof Dropout
                || layer instanceof BatchNorm2d
                || movesUnits(layer) || layer instanceof Concat;
    }

    /** Returns whether a layer changes the position of units and keeps their values. */
    private static boolean movesUnits(Layer layer) {
        return layer instanceof Flatten || layer instanceof Unflatten || layer instanceof Pad2d;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        if (layer instanceof Concat concat) {
            return new Propagated(concat.gradient(engine, xs, r, r), AbsorbedRelevance.NONE);
        }
        if (movesUnits(layer)) {
            Tensor c = layer.gradient(engine, xs.get(0), r, r);
            boolean padded = layer instanceof Pad2d;
            return new Propagated(c, padded ? AbsorbedRelevance.deadPositions(r.sum() - c.sum())
                    : AbsorbedRelevance.NONE);
        }
        Rules.requireFit(this, layer);
        return new Propagated(r, AbsorbedRelevance.NONE);
    }
}
