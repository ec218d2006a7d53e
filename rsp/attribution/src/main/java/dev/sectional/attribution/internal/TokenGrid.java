package dev.sectional.attribution.internal;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;

/**
 * The positions of a node's values: those of a feature map, or the grid from which a transformer made its tokens.
 *
 * @param shape {@code (H, W, C)}
 * @param skipped number of values before the first position: those of class tokens
 */
public record TokenGrid(Shape shape, int skipped) {
    /** More tokens than this beside the grid's are no class tokens. */
    private static final int MOST_EXTRA = 8;

    /**
     * Returns the positions of a node's output. Tokens {@code (T, D)} lie on the nearest feature map below them that
     * has at most T positions and at most a few fewer; tokens before these are class tokens.
     *
     * @throws InputException if the output is neither a feature map nor tokens of one
     */
    public static TokenGrid of(Tape tape, int node) {
        Shape own = tape.output(node).shape();
        if (own.rank() == 3) {
            return new TokenGrid(own, 0);
        }
        Network network = tape.network();
        Shape image = tape.image().shape();
        Shape[] shapes = network.shapes(Shape.of(image.dim(2), image.dim(0), image.dim(1)));
        for (int at = node - 1; own.rank() == 2 && at >= 0; at--) {
            Shape map = shapes[at];
            if (map.rank() != 3) {
                continue;
            }
            int extra = own.dim(0) - map.dim(0) * map.dim(1);
            if (extra >= 0 && extra <= MOST_EXTRA && network.nodes().get(at).layer().weightCount() > 0
                    && map.dim(0) * map.dim(1) > 1) {
                return new TokenGrid(Shape.of(map.dim(0), map.dim(1), own.dim(1)), extra * own.dim(1));
            }
        }
        throw new InputException("Grad-CAM needs a feature map or tokens made from one, and the output of '"
                + network.nodes().get(node).name() + "' has shape " + own + ": name a layer below the classifier");
    }
}
