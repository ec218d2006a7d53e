package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;

/** A method of explaining as the evaluation sees it: what it gives for a target, and how that becomes one value a place. */
public interface Explainer {
    /** The method's name on the command line and in results. */
    String name();

    /**
     * One relevance for each target (index of a class of the network), in order; one forward pass serves them all.
     *
     * @param image {@code (3, H, W)}, normalised as the network's card says
     * @return tensors {@code (C, H, W)}, C being 3 or 1
     */
    List<Tensor> explain(Network network, Tensor image, List<Integer> targets);

    /** The map that metrics judge, of the same height and width. */
    default Saliency saliency(Tensor relevance) {
        return Saliency.sum(relevance);
    }

    /** Deviation of the Gaussian that smooths the map before it points, as a part of the image's longer side; usually none. */
    default double smoothing() {
        return 0;
    }

    /** The place (x, y) that it points at, in pixels of the image: the first greatest of the map at the image's size. */
    default double[] point(Case judged) {
        int width = judged.sample().width();
        int height = judged.sample().height();
        int greatest = judged.map().resized(width, height).smoothed(smoothing() * Math.max(width, height)).greatest();
        return new double[] {greatest % width, greatest / width};
    }

    /** Whether it looks at the network at all. */
    default boolean needsNetwork() {
        return true;
    }
}
