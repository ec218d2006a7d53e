package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;

/** Layers that change the shape or the order of axes. Keras orders elements by row, column, channel. */
final class ShapeLayers {
    private ShapeLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("InputLayer", LayerCall::input);
        table.put("Flatten", ShapeLayers::flatten);
        table.put("Reshape", ShapeLayers::reshape);
        table.put("Permute", ShapeLayers::permute);
    }

    private static KerasValue flatten(LayerCall call) {
        KerasValue x = call.input();
        return call.reshaped(x, x.shape().size());
    }

    private static KerasValue reshape(LayerCall call) {
        KerasValue x = call.input();
        int[] target = call.config().wholes("target_shape");
        if (target == null) {
            throw new IllegalArgumentException("it has no target_shape");
        }
        return call.reshaped(x, shape(x, target));
    }

    /** Returns a shape in which one size may be -1 and follows from the others. */
    static int[] shape(KerasValue x, int[] target) {
        int[] shape = target.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < -1 || shape[i] == -1 && open >= 0) {
                throw new IllegalArgumentException("its target is " + Arrays.toString(target));
            }
            open = shape[i] == -1 ? i : open;
            known = shape[i] == -1 ? known : Math.min(Integer.MAX_VALUE, known * shape[i]);
        }
        if (open >= 0 && known > 0) {
            shape[open] = (int) (x.shape().size() / known);
            known *= shape[open];
        }
        if (known != x.shape().size()) {
            throw new IllegalArgumentException("its target is " + Arrays.toString(target) + " for shape " + x.shape());
        }
        return shape;
    }

    private static KerasValue permute(LayerCall call) {
        KerasValue x = call.input();
        int[] dims = call.config().wholes("dims");
        int[] axes = dims == null ? new int[0] : Arrays.stream(dims).map(dim -> dim - 1).toArray();
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] != i || sorted.length != x.rank()) {
                throw new IllegalArgumentException("its dims are " + Arrays.toString(dims) + " for shape " + x.shape());
            }
        }
        return call.emit("Permute", NodeSpec.settings("axes", axes), Map.of(), x);
    }
}
