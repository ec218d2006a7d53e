package dev.sectional.laws;

/**
 * The properties of an explanation method on a whole network. R is the relevance at the image; the account lists, layer
 * by layer from the start to the image, the relevance at output and inputs and the relevance that the layer absorbed.
 */
public enum MethodProperty {
    /** At each layer, {@code sum(c) = sum(r) - absorbed}, for random relevance at its output. */
    LAYER_CONSERVATION,
    /** At each layer, {@code rule(a r) = a rule(r)}. */
    LAYER_HOMOGENEITY,
    /** {@code sum(R) = sum(start) - sum over layers(absorbed)}. */
    ACCOUNT,
    /** R has the shape of the image and finite elements. */
    FINITE,
    /** The method does not change the image. */
    IMAGE_UNTOUCHED,
    /** R does not depend on which other targets are explained in the same call. */
    ALL_AT_ONCE,
    /** R has the same bits for any number of threads. */
    THREADS,
    /** R has the same bits in each call. */
    REPEATABLE,
    /** Of classes with equal logits, {@code top(1)} is the first one. */
    FIRST_OF_EQUALS
}
