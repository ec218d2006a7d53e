package dev.sectional.laws;

/**
 * How the windows of a layer move over feature maps {@code (H, W, C)}. The translation property moves the input by
 * one step of the windows and expects the relevance to move with it.
 *
 * @param rows rows of the input from one output position to the next
 * @param columns columns of the input from one output position to the next
 * @param reach a number of positions that no window and no padding exceeds; the property keeps as far from the border
 */
public record Steps(int rows, int columns, int reach) {
    /** The steps of a layer that treats each position alone. */
    public static final Steps ONE = new Steps(1, 1, 1);
}
