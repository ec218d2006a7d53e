package dev.sectional.nn;

/**
 * A layer that promises to keep no reference to a tensor after a call: neither to one it received nor to one it
 * returned. If all layers of a network promise this, the network and the methods of attribution reuse the memory of
 * intermediate tensors; otherwise they leave it to the garbage collector. All layers of {@code dev.sectional.nn.layer}
 * are pure.
 */
public interface PureLayer extends Layer {
}
