package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.nn.rule.Composite;

/**
 * A method that propagates relevance from a start to the image, layer by layer, with a rule for each layer. Its results
 * hold the account of every layer, and {@link Verification} checks its rules.
 */
public interface PropagationMethod extends Method {
    /** {@return the rule of each layer} */
    Composite composite();

    /**
     * {@return the index of the node at whose output relevance starts}
     *
     * @param network to be explained
     * @throws InputException if the network has no such node
     */
    int start(Network network);

    /**
     * {@return the same method with or without {@link Attribution#layerRelevances} in its results} Off by default,
     * because every layer's relevance stays in memory.
     *
     * @param on whether to keep them
     */
    PropagationMethod keepingLayerRelevances(boolean on);
}
