package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Rearrangement;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Expand;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.layer.Pad;
import java.util.List;

/**
 * Passes relevance on, unit by unit: unchanged through activations, dropout, batch norm and constant factors; to where
 * each value came from through {@link Rearrangement}s, so that each branch of a concatenation receives the relevance of
 * its part. An added constant takes no share.
 *
 * <p>Property: {@code sum(c) = sum(r)}. Padding absorbs r at the positions that it adds, which no input fills, and a
 * {@link Constant} absorbs all of it, as a bias does.
 */
final class PassRule implements MergeRule {
    @Override
    public String name() {
        return "pass";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Activation || layer instanceof Dropout || layer instanceof BatchNorm2d
                || layer instanceof Rearrangement || layer instanceof AddConstant
                || layer instanceof MultiplyConstant || layer instanceof Constant;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Rules.requireFit(this, layer);
        if (layer instanceof Constant) {
            return new Propagated(Tensor.zeros(xs.get(0).shape()), new AbsorbedRelevance(r.sum(), 0, 0, 0));
        }
        if (layer instanceof Merge merge) {
            return new Propagated(merge.gradient(engine, xs, r, r), AbsorbedRelevance.NONE);
        }
        Tensor x = xs.get(0);
        if (layer instanceof Rearrangement) {
            Tensor c = layer.gradient(engine, x, r, r);
            boolean padded = layer instanceof Pad2d || layer instanceof Pad;
            return new Propagated(c, padded ? AbsorbedRelevance.deadPositions(r.sum() - c.sum())
                    : AbsorbedRelevance.NONE);
        }
        if (!r.shape().equals(x.shape())) {   // a constant that broadcasts the input
            return new Propagated(new Expand(r.shape()).gradient(engine, x, r, r), AbsorbedRelevance.NONE);
        }
        return new Propagated(r, AbsorbedRelevance.NONE);
    }
}
