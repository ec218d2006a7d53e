package dev.sectional.viewer;

import dev.sectional.nn.Network;
import java.util.List;

/**
 * The network of a page.
 *
 * @param network stays open as long as the page is served; belongs to the caller
 * @param description a phrase that names it
 * @param arguments the options with which {@code sectional explain} opens the same network, such as
 *     {@code --weights FILE}
 * @param preparation brings images to the network's size
 * @param identity its file
 */
public record ViewedModel(Network network, String description, List<String> arguments,
                          ImagePreparation preparation, ModelIdentity identity) {
    /** Copies the list. */
    public ViewedModel {
        arguments = List.copyOf(arguments);
    }

    /** Describes a network that was built in code. */
    public ViewedModel(Network network, String description, List<String> arguments, ImagePreparation preparation) {
        this(network, description, arguments, preparation, ModelIdentity.NONE);
    }
}
