package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.WeightedLayer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Finds out whether an output of a layer depends on an element of its input. For a layer with weights, all of them are
 * set to 1, so that the answer depends on geometry and groups alone. Other layers are probed: the element takes several
 * values, with the case's other values and with random ones.
 */
final class Locality {
    private static final float[] PROBES = {1000, -1000, 0.3f, -0.3f, 2.7f};

    private final Engine engine;
    private final Layer layer;
    private final List<Tensor> xs;
    private final List<Tensor> others;

    Locality(Engine engine, Case sample) {
        this.engine = engine;
        layer = sample.layer();
        xs = sample.xs();
        others = xs.stream().map(x -> Values.SIGNED.tensor(x.shape(), new Random(x.shape().size()))).toList();
    }

    /** Returns whether output element {@code output} depends on element {@code index} of input {@code input}. */
    boolean depends(int input, int index, int output) {
        if (layer instanceof WeightedLayer weighted) {
            Tensor ones = Tensor.zeros(weighted.weights().shape());
            Arrays.fill(ones.data(), 1);
            Tensor one = Tensor.zeros(xs.get(0).shape());
            one.data()[index] = 1;
            return weighted.forward(engine, one, ones).data()[output] != 0;
        }
        return moves(xs, input, index, output) || moves(others, input, index, output);
    }

    private boolean moves(List<Tensor> base, int input, int index, int output) {
        float before = forward(base)[output];
        for (float probe : PROBES) {
            List<Tensor> changed = new ArrayList<>(base);
            Tensor x = base.get(input).copy();
            x.data()[index] = probe;
            changed.set(input, x);
            if (Float.compare(before, forward(changed)[output]) != 0) {
                return true;
            }
        }
        return false;
    }

    private float[] forward(List<Tensor> inputs) {
        return layer instanceof Merge merge ? merge.forward(engine, inputs).data()
                : layer.forward(engine, inputs.get(0)).data();
    }
}
