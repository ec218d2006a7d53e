package dev.sectional.viewer;

import dev.sectional.attribution.PassListener;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.List;

/** Measures the forward pass of each layer. */
final class LayerTimes {
    private static final int ROUNDS = 3;

    private LayerTimes() {
    }

    /**
     * Runs every layer on its own, three times, and returns the least times. A layer that runs within another one in a
     * real pass, as an activation after its convolution does, is counted on its own here.
     *
     * @param image {@code (3, H, W)}
     * @return microseconds for each node
     */
    static double[] measure(Network network, Tensor image, PassListener listener) {
        Tape tape = network.forward(image);
        int nodes = network.nodes().size();
        double[] least = new double[nodes];
        for (int i = 0; i < nodes; i++) {
            least[i] = Double.POSITIVE_INFINITY;
            for (int round = 0; round < ROUNDS; round++) {
                long began = System.nanoTime();
                run(network.engine(), network.nodes().get(i).layer(), tape.inputs(i));
                least[i] = Math.min(least[i], (System.nanoTime() - began) / 1e3);
            }
            listener.passed(i + 1, nodes);
        }
        return least;
    }

    private static void run(Engine engine, Layer layer, List<Tensor> inputs) {
        if (layer instanceof Merge merge) {
            merge.forward(engine, inputs);
        } else {
            layer.forward(engine, inputs.get(0));
        }
    }
}
