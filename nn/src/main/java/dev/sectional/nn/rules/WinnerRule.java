package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.MaxPool2d;

/**
 * Each window's relevance goes whole to its first greatest unit in scan order, also where all are 0; where windows
 * overlap it adds up.
 *
 * <p>Law: {@code sum(c) = sum(r)}, and {@code sum|c| <= sum|r|}.
 */
final class WinnerRule implements Rule {
    @Override
    public String name() {
        return "winner";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof MaxPool2d;
    }

    @Override
    public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return new Handed(Rules.require(this, layer, MaxPool2d.class).pooling().toWinners(engine, x, r), Lost.NOTHING);
    }
}
