package dev.sectional.core.internal.kernel;

/**
 * The constants of Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016): interpolation points and sizes. A
 * tile of 4 x 4 outputs is {@code Y = A^T [sum over channels of (G g G^T) * (B^T d B)] A}, where {@code *}
 * multiplies point by point, d is the window of 6 x 6 inputs below the tile, and g is the filter of 3 x 3 kernel
 * offsets.
 */
public final class WinogradTransform {
    /**
     * One pair of points. The points are 0, A, -A, B, -B and infinity; all squares and products of A and B are
     * exact. A search found them: their rounding errors are about a third of those of the usual points 1 and 2, and
     * close to those of the direct algorithm.
     */
    public static final float A = 11 / 16f;
    /** The other pair of points. */
    public static final float B = 3 / 2f;
    /** 1 over the product of the differences between 0 and the other finite points. */
    public static final float AT_ZERO = 1 / (A * A * B * B);
    /** The same for A and for -A. */
    public static final float AT_A = 1 / (2 * A * A * (A * A - B * B));
    /** The same for B and for -B. */
    public static final float AT_B = 1 / (2 * B * B * (B * B - A * A));
    /** The 6 x 3 matrix G, row by row. */
    public static final float[] G = {AT_ZERO, 0, 0, AT_A, A * AT_A, A * A * AT_A, AT_A, -A * AT_A, A * A * AT_A,
        AT_B, B * AT_B, B * B * AT_B, AT_B, -B * AT_B, B * B * AT_B, 0, 0, 1};
    /** Output positions along a side of a tile. */
    public static final int TILE = 4;
    /** Input positions along a side of the window below a tile. */
    public static final int WINDOW = 6;
    /** Points of a transformed window, filter or tile. */
    public static final int POINTS = 36;

    private WinogradTransform() {
    }
}
