package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;

/** Finds the feature map that a classifier reads. */
final class FeatureMaps {
    private FeatureMaps() {
    }

    /** Implements {@link Network#lastFeatureMap}. */
    static int last(NetworkGraph graph, Shape[] shapes) {
        int classes = shapes[shapes.length - 1].dim(0);
        boolean classified = false;
        boolean oneToken = false;
        for (int i = graph.size() - 1; i != Network.IMAGE_INDEX; i = graph.inputs(i)[0]) {
            if (classified && !graph.layer(i).isPoolingOrDropout()) {
                if (shapes[i].rank() == 3 && !isPooledToOnePosition(graph, shapes, i)) {
                    return i;
                }
                if (isTokens(shapes[i])) {
                    return oneToken ? attentionInput(graph, shapes, i) : i;
                }
            }
            classified |= graph.layer(i).canClassify(classes);
            oneToken |= selectsToken(graph, shapes, i);
        }
        throw new InputException("the network has no feature map between the image and its classifier");
    }

    private static boolean isTokens(Shape shape) {
        return shape.rank() == 2 && shape.dim(0) > 1 && shape.dim(1) > 1;
    }

    private static boolean isOnePosition(Shape shape) {
        return shape.rank() == 3 && shape.dim(0) * shape.dim(1) == 1;
    }

    /** Returns whether a map of one position was made by pooling, not by a convolution. */
    private static boolean isPooledToOnePosition(NetworkGraph graph, Shape[] shapes, int node) {
        int at = node;
        while (isOnePosition(shapes[at])) {
            int below = graph.inputs(at)[0];
            if (below == Network.IMAGE_INDEX || !isOnePosition(shapes[below])) {
                return graph.layer(at).isPoolingOrDropout();
            }
            at = below;
        }
        return false;
    }

    /** Returns whether a node keeps one of several tokens, such as the class token. */
    private static boolean selectsToken(NetworkGraph graph, Shape[] shapes, int node) {
        int below = graph.inputs(node)[0];
        return below != Network.IMAGE_INDEX && graph.layer(node) instanceof Rearrangement && isTokens(shapes[below])
                && shapes[node].size() == shapes[below].dim(1);
    }

    /**
     * Returns the input of the attention that is nearest below a node: values of the same shape, such as the output of
     * a layer norm. The node itself if there is no attention below it.
     */
    private static int attentionInput(NetworkGraph graph, Shape[] shapes, int node) {
        int at = node;
        while (at >= 0 && !graph.layer(at).mixesTokens()) {
            at--;
        }
        while (at >= 0) {
            Layer layer = graph.layer(at);
            boolean own = layer instanceof WeightedLayer || layer.isPoolingOrDropout();
            if (shapes[at].equals(shapes[node]) && !own) {
                return at;
            }
            at = graph.inputs(at)[0];
        }
        return node;
    }
}
