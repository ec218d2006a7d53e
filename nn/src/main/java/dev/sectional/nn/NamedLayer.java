package dev.sectional.nn;

/**
 * A layer and its name in the network, such as {@code features.0}.
 */
public record NamedLayer(String name, Layer layer) {
}
