package dev.sectional.nn.rule;

import dev.sectional.core.Shape;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.Rearrangement;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Softmax;

/**
 * Decides which input of a product of two values is the signal and which the gate. A gate comes from a sigmoid, a hard
 * sigmoid or a softmax, directly or through layers that only move, scale or drop out values. If that holds for both
 * inputs or for none, the gate of a product element by element is the smaller value, which is broadcast. Otherwise
 * there is no gate, and both take half.
 */
final class Gates {
    /** Neither input is a gate. */
    static final int NONE = -1;

    private Gates() {
    }

    /** Returns whether a layer multiplies two values. */
    static boolean isProduct(Layer layer) {
        return layer instanceof MatMul
                || layer instanceof Arithmetic each && each.operation() == Arithmetic.Operation.MULTIPLY;
    }

    /** Returns the position of the signal among the two inputs of a product, or {@link #NONE}. */
    static int signal(Network network, int node) {
        int[] inputs = network.inputs(node);
        boolean first = isGate(network, inputs[0]);
        boolean second = isGate(network, inputs[1]);
        if (first != second) {
            return first ? 1 : 0;
        }
        if (network.nodes().get(node).layer() instanceof MatMul) {
            return NONE;
        }
        Shape[] shapes = network.shapes(network.inputShape());
        int size = size(network, shapes, inputs[0]);
        int other = size(network, shapes, inputs[1]);
        return size == other ? NONE : size > other ? 0 : 1;
    }

    private static int size(Network network, Shape[] shapes, int node) {
        return node == Network.IMAGE_INDEX ? network.inputShape().size() : shapes[node].size();
    }

    private static boolean isGate(Network network, int node) {
        int at = node;
        while (at != Network.IMAGE_INDEX) {
            Layer layer = network.nodes().get(at).layer();
            if (layer instanceof Softmax || layer instanceof Pointwise pointwise
                    && (pointwise.function() == ScalarFunction.SIGMOID
                    || pointwise.function() == ScalarFunction.HARD_SIGMOID)) {
                return true;
            }
            boolean moves = layer instanceof Rearrangement && network.inputs(at).length == 1
                    || layer instanceof Dropout || layer instanceof MultiplyConstant;
            if (!moves) {
                return false;
            }
            at = network.inputs(at)[0];
        }
        return false;
    }
}
