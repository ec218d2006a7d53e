package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;

/** An explanation method under evaluation: its relevance for a target, and the map that metrics see. */
public interface Explainer {
    /** {@return the method's name, as on the command line and in results} */
    String name();

    /**
     * Explains the targets (indices of the network's classes) with one forward pass.
     *
     * @param network to explain; null for methods that need none
     * @param image {@code (C, H, W)}, normalised as the network's card says
     * @param targets indices of classes of the network
     * @return one relevance {@code (C, H, W)} for each target, in order; C is 3 or 1
     */
    List<Tensor> explain(Network network, Tensor image, List<Integer> targets);

    /**
     * {@return the map that metrics see, of the relevance's height and width} By default the sum over channels.
     *
     * @param relevance of the image, {@code (C, H, W)}
     */
    default Saliency saliency(Tensor relevance) {
        return Saliency.sum(relevance);
    }

    /**
     * Returns the standard deviation of the Gaussian that smooths the map for {@link #point}, as a share of the image's
     * longer side. By default 0: no smoothing.
     *
     * @return 0 for no smoothing
     */
    default double smoothing() {
        return 0;
    }

    /**
     * {@return the pixel (x, y) of the image that the method points at} By default the first greatest value of the map,
     * resized to the image and smoothed.
     *
     * @param evaluated the case, with its map
     */
    default double[] point(Case evaluated) {
        int width = evaluated.sample().width();
        int height = evaluated.sample().height();
        double sigma = smoothing() * Math.max(width, height);
        int greatest = evaluated.map().resized(width, height).smoothed(sigma).greatest();
        return new double[] {greatest % width, greatest / width};
    }

    /**
     * {@return whether the sign of the map is meaningful, so that its sum over a region predicts a change of the logit}
     * By default true; false for absolute values of gradients.
     */
    default boolean signed() {
        return true;
    }

    /** {@return whether the method uses the network} */
    default boolean needsNetwork() {
        return true;
    }
}
