package dev.sectional.laws;

/**
 * The properties of a layer. In the formulas x is an input, {@code y = f(x)} the output, g a gradient at the output and
 * {@code f'(x, g)} the gradient at the input; {@code <a, b>} is the sum of products of all elements.
 */
public enum LayerProperty {
    /** {@code f(x)} has the shape that the layer announces. */
    SHAPE,
    /** Every element of y and of the gradient is a finite number. */
    FINITE,
    /** The layer changes neither x nor g. */
    INPUTS_UNTOUCHED,
    /** y and the gradient have the same bits for any number of threads. */
    THREADS,
    /** y and the gradient have the same bits in each call, and no later call changes them. */
    REPEATABLE,
    /** {@code forwardAll} and {@code gradients} have the bits of {@code forward} and {@code gradient}. */
    ALL_AT_ONCE,
    /** {@code f'(x, a g + h) = a f'(x, g) + f'(x, h)}. */
    LINEAR_GRADIENT,
    /** {@code f'(x, g)} is the derivative of {@code <f(x), g>}, at a bend with a slope between those on both sides. */
    DERIVATIVE,
    /** {@code <map(x, w), g> = <x, map^T(g, w)>}: a layer with weights and its transposed operation belong together. */
    ADJOINT,
    /** {@code f(x) = map(x, w) + b} for a layer with weights. */
    BIAS_ONCE,
    /** If x moves inside zeros by one step of the windows, y moves by one position. */
    TRANSLATION,
    /** {@code sum|y - reference(x)|} is small beside {@code sum|y|}; for layers with a reference. */
    REFERENCE
}
