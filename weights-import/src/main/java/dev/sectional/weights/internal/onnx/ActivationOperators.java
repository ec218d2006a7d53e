package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.NodeSpec;
import java.util.Map;

/** What works on each value alone, and what turns logits into probabilities. */
final class ActivationOperators {
    private ActivationOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> known) {
        known.put("Relu", call -> call.emitElementwise("ReLU", Map.of()));
        known.put("LeakyRelu", call -> call.emitElementwise("LeakyReLU", NodeSpec.settings("slope", call.attributes().number("alpha", 0.01f))));
        known.put("Clip", ActivationOperators::clip);
        known.put("LRN", ActivationOperators::lrn);
        known.put("Dropout", ActivationOperators::dropout);
        known.put("Softmax", ActivationOperators::softmax);
        known.put("LogSoftmax", ActivationOperators::softmax);
        known.put("Sigmoid", call -> call.put(call.computed(0).ending(ModelCard.Output.SIGMOID)));
    }

    private static void clip(OperatorCall call) {
        float least = call.opset() < 11 ? call.attributes().number("min", -Float.MAX_VALUE) : bound(call, 1, -Float.MAX_VALUE);
        float greatest = call.opset() < 11 ? call.attributes().number("max", Float.MAX_VALUE) : bound(call, 2, Float.MAX_VALUE);
        if (least == 0 && greatest >= Float.MAX_VALUE) {
            call.emitElementwise("ReLU", Map.of());
        } else {
            call.emitElementwise("Clip", NodeSpec.settings("least", Math.max(-Float.MAX_VALUE, least),
                    "greatest", Math.min(Float.MAX_VALUE, greatest)));
        }
    }

    private static float bound(OperatorCall call, int input, float otherwise) {
        ConstantValue bound = call.knownOrNull(input);
        if (bound == null) {
            return otherwise;
        }
        if (bound.shape().size() != 1) {
            throw new IllegalArgumentException("a bound has shape " + bound.shape() + ", wanted one number");
        }
        return bound.values().tensor().data()[0];
    }

    private static void lrn(OperatorCall call) {
        NodeAttributes attributes = call.attributes();
        call.emit("LocalResponseNorm", NodeSpec.settings("size", attributes.integer("size", 0), "alpha", attributes.number("alpha", 1e-4f),
                "beta", attributes.number("beta", 0.75f), "k", attributes.number("bias", 1)), Map.of(), call.map(0));
    }

    private static void dropout(OperatorCall call) {
        call.attributes().ignore("ratio", "seed", "is_test");
        if (call.has(2) && call.known(2).whole()[0] != 0) {
            throw new IllegalArgumentException("is in training mode; export the model for evaluation");
        }
        call.emitElementwise("Dropout", Map.of());
    }

    /** Cut off: the network ends in the logits, and its card says what they are for. */
    private static void softmax(OperatorCall call) {
        DynamicValue x = call.computed(0);
        int[] dims = x.dims();
        boolean joint = call.opset() < 13;   // then all axes from the given one on count as one
        int axis = OperatorCall.axis(call.attributes().whole("axis", joint ? 1 : -1), dims.length);
        long over = 1;
        for (int i = axis; i < (joint ? dims.length : axis + 1); i++) {
            over *= dims[i];
        }
        if (over != x.shape().size()) {
            throw new IllegalArgumentException("takes axis " + axis + " of shape " + Shape.of(dims) + ", which is not all values of an image");
        }
        call.put(x.ending(ModelCard.Output.SOFTMAX));
    }
}
