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
import dev.sectional.nn.layer.Unflatten;
import java.util.List;

/**
 * Relevance stays with its unit: activations, dropout and batch norm hand down what they received; flatten, its reverse and
 * concatenation hand each unit's relevance to where it came from, so each branch gets its channels.
 *
 * <p>Law: {@code sum(c) = sum(r)}. Of a padding, r on the added border is lost: there is nobody to take it.
 */
final class PassRule implements MergeRule {
    @Override
    public String name() {
        return "pass";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Activation || layer instanceof Dropout || layer instanceof BatchNorm2d
                || moves(layer) || layer instanceof Concat;
    }

    /** Whether units change their place, not their value. */
    private static boolean moves(Layer layer) {
        return layer instanceof Flatten || layer instanceof Unflatten || layer instanceof Pad2d;
    }

    @Override
    public Propagated apply(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        if (layer instanceof Concat concat) {
            return new Propagated(concat.gradient(engine, xs, r, r), AbsorbedRelevance.NOTHING);
        }
        if (moves(layer)) {
            Tensor handed = layer.gradient(engine, xs.get(0), r, r);
            return new Propagated(handed, layer instanceof Pad2d ? AbsorbedRelevance.dead(r.sum() - handed.sum()) : AbsorbedRelevance.NOTHING);
        }
        Rules.requireFit(this, layer);
        return new Propagated(r, AbsorbedRelevance.NOTHING);
    }
}
