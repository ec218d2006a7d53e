package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.BatchNorm2d;
import dev.sectional.nn.Concat;
import dev.sectional.nn.Dropout;
import dev.sectional.nn.Flatten;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Pad2d;
import dev.sectional.nn.ReLU;
import dev.sectional.nn.Unflatten;
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
        return layer instanceof ReLU || layer instanceof Activation || layer instanceof Dropout || layer instanceof BatchNorm2d
                || moves(layer) || layer instanceof Concat;
    }

    /** Whether units change their place, not their value. */
    private static boolean moves(Layer layer) {
        return layer instanceof Flatten || layer instanceof Unflatten || layer instanceof Pad2d;
    }

    @Override
    public Handed apply(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        if (layer instanceof Concat concat) {
            return new Handed(concat.gradient(engine, xs, r, r), Lost.NOTHING);
        }
        if (moves(layer)) {
            Tensor handed = layer.gradient(engine, xs.get(0), r, r);
            return new Handed(handed, layer instanceof Pad2d ? Lost.dead(r.sum() - handed.sum()) : Lost.NOTHING);
        }
        Rules.requireFit(this, layer);
        return new Handed(r, Lost.NOTHING);
    }
}
