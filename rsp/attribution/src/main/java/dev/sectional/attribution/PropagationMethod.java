package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.nn.rule.Composite;

/** A method whose relevance travels down to the image layer by layer, each handing it on by a rule with a law. */
public interface PropagationMethod extends Method {
    /** The rules. */
    Composite composite();

    /**
     * The node at whose output relevance starts.
     *
     * @throws InputException if the network has none such
     */
    int start(Network network);

    /** The same method, whose results hold the relevance at every layer's input or not. */
    PropagationMethod keepingLayers(boolean on);
}
