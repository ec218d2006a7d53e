package dev.sectional.core.internal.kernel;

/**
 * The constants of Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016): the interpolation points and the sizes of tiles.
 */
public final class WinogradTransform {
    /**
     * The points are 0, A, -A, B, -B and infinity. Searched for: with these, all of whose squares and products are exact,
     * rounding errors are about a third of those with the usual 1 and 2, and near those of the direct form.
     */
    public static final float A = 11 / 16f;
    /** The other pair of points. */
    public static final float B = 3 / 2f;
    /** One over the product of the differences of 0 to the other points. */
    public static final float AT_ZERO = 1 / (A * A * B * B);
    /** The same of A, and of -A. */
    public static final float AT_A = 1 / (2 * A * A * (A * A - B * B));
    /** The same of B, and of -B. */
    public static final float AT_B = 1 / (2 * B * B * (B * B - A * A));
    /** The 6 x 3 matrix that takes a filter's column to its points. */
    public static final float[] G = {AT_ZERO, 0, 0, AT_A, A * AT_A, A * A * AT_A, AT_A, -A * AT_A, A * A * AT_A,
        AT_B, B * AT_B, B * B * AT_B, AT_B, -B * AT_B, B * B * AT_B, 0, 0, 1};
    /** Outputs along a side of a tile. */
    public static final int TILE = 4;
    /** Inputs along a side of a tile. */
    public static final int WINDOW = 6;
    /** Points of a transformed tile. */
    public static final int POINTS = 36;

    private WinogradTransform() {
    }
}
