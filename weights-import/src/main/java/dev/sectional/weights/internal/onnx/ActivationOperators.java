package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;

/** Element-wise operators, local response normalisation, and the operators that turn logits into probabilities. */
final class ActivationOperators {
    private ActivationOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Relu", call -> call.emitElementwise("ReLU", Map.of()));
        table.put("LeakyRelu", ActivationOperators::leakyRelu);
        table.put("Clip", ActivationOperators::clip);
        table.put("LRN", ActivationOperators::lrn);
        table.put("Dropout", ActivationOperators::dropout);
        table.put("Softmax", ActivationOperators::softmax);
        table.put("LogSoftmax", ActivationOperators::softmax);
        table.put("Sigmoid", call -> call.setOutput(call.dynamic(0).withOutput(ModelCard.Output.SIGMOID)));
    }

    private static void leakyRelu(OperatorCall call) {
        call.emitElementwise("LeakyReLU", NodeSpec.settings("slope", call.attributes().floatValue("alpha", 0.01f)));
    }

    private static void clip(OperatorCall call) {
        boolean attributes = call.opset() < 11;
        float least = attributes ? call.attributes().floatValue("min", -Float.MAX_VALUE)
                : bound(call, 1, -Float.MAX_VALUE);
        float greatest = attributes ? call.attributes().floatValue("max", Float.MAX_VALUE)
                : bound(call, 2, Float.MAX_VALUE);
        if (least == 0 && greatest >= Float.MAX_VALUE) {
            call.emitElementwise("ReLU", Map.of());
        } else {
            call.emitElementwise("Clip", NodeSpec.settings("least", Math.max(-Float.MAX_VALUE, least),
                    "greatest", Math.min(Float.MAX_VALUE, greatest)));
        }
    }

    private static float bound(OperatorCall call, int input, float otherwise) {
        ConstantValue bound = call.constantOrNull(input);
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
        Map<String, Object> settings = NodeSpec.settings("size", attributes.intValue("size", 0),
                "alpha", attributes.floatValue("alpha", 1e-4f), "beta", attributes.floatValue("beta", 0.75f),
                "k", attributes.floatValue("bias", 1));
        call.emit("LocalResponseNorm", settings, Map.of(), call.featureMap(0));
    }

    private static void dropout(OperatorCall call) {
        call.attributes().ignore("ratio", "seed", "is_test");
        if (call.has(2) && Arrays.stream(call.integers(2)).anyMatch(training -> training != 0)) {
            throw new IllegalArgumentException("is in training mode; export the model for evaluation");
        }
        call.emitElementwise("Dropout", Map.of());
    }

    /** Ends the network at the logits and notes in the model card how they become probabilities. */
    private static void softmax(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        int[] dims = x.dims();
        boolean joint = call.opset() < 13;   // older versions treat all axes from the given one on as one
        int axis = OperatorCall.axis(call.attributes().longValue("axis", joint ? 1 : -1), dims.length);
        long over = 1;
        for (int i = axis; i < (joint ? dims.length : axis + 1); i++) {
            over *= dims[i];
        }
        if (over != x.shape().size()) {
            throw new IllegalArgumentException("takes axis " + axis + " of shape " + Shape.of(dims)
                    + ", which does not cover all values of an image");
        }
        call.setOutput(x.withOutput(ModelCard.Output.SOFTMAX));
    }
}
