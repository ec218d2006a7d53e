package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Constants as the layers of a network take them: in the order in which a value is stored. */
final class Constants {
    private Constants() {}

    /**
     * Returns a constant with its axes in the stored order of a value.
     *
     * @param rank of the value in ONNX; the axes of the constant are its last ones
     * @param order axes of the value in ONNX, as they are stored. An axis of the constant that is missing has size 1
     */
    static Tensor arranged(OperatorCall call, ConstantValue constant, int rank, int[] order) {
        call.importer().limits().countFolded(constant.shape().size());
        int[] dims = constant.shape().dims();
        int[] full = new int[rank];
        Arrays.fill(full, 1);
        System.arraycopy(dims, 0, full, rank - dims.length, dims.length);
        float[] values = constant.values().tensor().data();
        ConstantArray array = ConstantArray.of(constant.type(), full, i -> values[i]);
        int[] strides = array.strides();
        int[] to = Arrays.stream(order).map(axis -> axis < 0 ? 1 : full[axis]).toArray();
        if (Shape.of(to).size() != values.length) {
            throw new IllegalArgumentException("a constant of shape " + constant.shape()
                    + " does not fit the value that it is combined with");
        }
        double[] moved = array.view(to, Arrays.stream(order).map(axis -> axis < 0 ? 0 : strides[axis]).toArray(), 0)
                .values();
        float[] floats = new float[moved.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) moved[i];
        }
        return Tensor.of(Shape.of(to), floats);
    }

    /** Adds a node that holds a constant, stored in that order of its axes. */
    static DynamicValue node(OperatorCall call, ConstantValue constant, int[] order) {
        if (call.importer().batch() != 1) {
            throw new IllegalArgumentException("combines a constant with a batch of " + call.importer().batch()
                    + " images; export the model with a batch of 1");
        }
        int[] dims = constant.shape().dims();
        Tensor value = arranged(call, constant, dims.length, order);
        DynamicValue made = call.importer().addNode(call.importer().nextName(call.name() + ".constant"), "Constant",
                Map.of(), Map.of("value", value), List.of(call.importer().image()));
        return DynamicValue.of(made.node(), made.shape(), dims, order);
    }
}
