package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;

/** Operators on each element alone, and those that turn logits into probabilities. */
final class ActivationOperators {
    private ActivationOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        for (String same : new String[] {"HardSwish", "Tanh", "Softplus", "Softsign", "Erf", "Exp", "Sqrt",
            "Reciprocal", "Abs", "Neg", "Mish"}) {
            table.put(same, call -> call.emitElementwise(same, Map.of()));
        }
        table.put("Log", ActivationOperators::log);
        table.put("Relu", call -> call.emitElementwise("ReLU", Map.of()));
        table.put("LeakyRelu", call -> call.emitElementwise("LeakyReLU",
                NodeSpec.settings("slope", call.attributes().floatValue("alpha", 0.01f))));
        table.put("HardSigmoid", call -> call.emitElementwise("HardSigmoid",
                NodeSpec.settings("alpha", call.attributes().floatValue("alpha", 0.2f),
                "beta", call.attributes().floatValue("beta", 0.5f))));
        table.put("Swish", call -> call.emitElementwise("SiLU",
                NodeSpec.settings("beta", call.attributes().floatValue("alpha", 1))));
        table.put("SwiGLU", ActivationOperators::gatedSwish);
        table.put("Elu", call -> call.emitElementwise("ELU",
                NodeSpec.settings("alpha", call.attributes().floatValue("alpha", 1))));
        table.put("Celu", call -> call.emitElementwise("CELU",
                NodeSpec.settings("alpha", call.attributes().floatValue("alpha", 1))));
        table.put("Selu", call -> call.emitElementwise("SELU",
                NodeSpec.settings("alpha", call.attributes().floatValue("alpha", 1.6732632f),
                "gamma", call.attributes().floatValue("gamma", 1.0507010f))));
        table.put("ThresholdedRelu", call -> call.emitElementwise("ThresholdedReLU",
                NodeSpec.settings("alpha", call.attributes().floatValue("alpha", 1))));
        table.put("Gelu", ActivationOperators::gelu);
        table.put("Clip", ActivationOperators::clip);
        table.put("Dropout", ActivationOperators::dropout);
        table.put("Softmax", call -> softmax(call, "Softmax"));
        table.put("LogSoftmax", call -> softmax(call, "LogSoftmax"));
        table.put("Sigmoid", ActivationOperators::sigmoid);
    }

    private static void gelu(OperatorCall call) {
        String approximate = call.attributes().stringValue("approximate", "none");
        if (!approximate.equals("none") && !approximate.equals("tanh")) {
            throw new IllegalArgumentException("approximate is '" + approximate + "', wanted none or tanh");
        }
        call.emitElementwise("GELU", NodeSpec.settings("tanh", approximate.equals("tanh")));
    }

    /** The product of a SiLU and a value. */
    private static void gatedSwish(OperatorCall call) {
        DynamicValue gate = call.addSame("SiLU", NodeSpec.settings("beta", call.attributes().floatValue("alpha", 1)),
                Map.of(), call.dynamic(0));
        call.setOutput(ArithmeticOperators.merged(call, "Multiply", gate, call.dynamic(1)));
    }

    private static void clip(OperatorCall call) {
        boolean attributes = call.opset() < 11;
        float least = attributes ? call.attributes().floatValue("min", -Float.MAX_VALUE)
                : (float) call.number(1, -Float.MAX_VALUE);
        float greatest = attributes ? call.attributes().floatValue("max", Float.MAX_VALUE)
                : (float) call.number(2, Float.MAX_VALUE);
        call.setOutput(clipped(call, call.dynamic(0), least, greatest));
    }

    /** Returns a value limited to a range. */
    static DynamicValue clipped(OperatorCall call, DynamicValue x, float least, float greatest) {
        if (least == 0 && greatest >= Float.MAX_VALUE) {
            return call.addSame("ReLU", Map.of(), Map.of(), x);
        }
        return call.addSame("Clip", NodeSpec.settings("least", Math.max(-Float.MAX_VALUE, least),
                "greatest", Math.min(Float.MAX_VALUE, greatest)), Map.of(), x);
    }

    private static void dropout(OperatorCall call) {
        call.attributes().ignore("ratio", "seed", "is_test");
        if (call.has(2) && call.number(2, 0) != 0) {
            throw new IllegalArgumentException("is in training mode; export the model for evaluation");
        }
        call.emitElementwise("Dropout", Map.of());
    }

    /** The logarithm of a Softmax that may be the end of the graph is a LogSoftmax, whose logits are the same. */
    private static void log(OperatorCall call) {
        DynamicValue.Ending ending = call.input(0) instanceof DynamicValue x ? x.ending() : null;
        if (ending == null || !ending.kind().equals("Softmax")) {
            call.emitElementwise("Log", Map.of());
            return;
        }
        call.setOutput(((DynamicValue) call.input(0)).withEnding(new DynamicValue.Ending(ending.output(), "LogSoftmax",
                call.name(), ending.axis(), ending.dims())));
    }

    private static void sigmoid(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        call.setOutput(x.withEnding(new DynamicValue.Ending(ModelCard.Output.SIGMOID, "Sigmoid", call.name(), 0,
                x.dims())));
    }

    /**
     * Notes in the value how logits become probabilities if the axis covers all values of an image, since it may be the
     * end of the graph; otherwise computes it.
     */
    private static void softmax(OperatorCall call, String kind) {
        DynamicValue x = call.dynamic(0);
        int[] dims = x.dims();
        boolean joint = call.opset() < 13;   // older versions treat all axes from the given one on as one
        int axis = OperatorCall.axis(call.attributes().longValue("axis", joint ? 1 : -1), dims.length);
        call.requireNotBatch(axis);
        long over = 1;
        for (int i = axis; i < (joint ? dims.length : axis + 1); i++) {
            over *= dims[i];
        }
        if (over != dims[axis]) {
            int[] flat = Arrays.copyOf(dims, axis + 1);
            flat[axis] = Math.toIntExact(over);
            x = x.reshaped(flat, call.name());
        }
        if (over == x.shape().size()) {
            call.setOutput(x.withEnding(new DynamicValue.Ending(ModelCard.Output.SOFTMAX, kind, call.name(), axis,
                    x.dims())).reshaped(dims, call.name()));
            return;
        }
        DynamicValue in = call.layouts().aligned(x);
        int stored = in.storedAxes()[axis];
        if (stored < 0) {
            throw new IllegalArgumentException("takes axis " + axis + " of shape " + Shape.of(dims)
                    + ", which has one element");
        }
        call.setOutput(call.addSame(kind, NodeSpec.settings("axis", stored), Map.of(), in)
                .reshaped(dims, call.name()));
    }
}
