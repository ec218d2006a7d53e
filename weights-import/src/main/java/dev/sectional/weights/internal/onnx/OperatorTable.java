package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The supported operators of ONNX by name. */
final class OperatorTable {
    private static final Map<String, Operator> SUPPORTED = supported();

    private static final String OTHERWISE = ": export the model without it, or name a value before it by --output";
    private static final String INTEGERS = ": it computes with integers; export the model before it is quantised, or"
            + " quantise it with QuantizeLinear and DequantizeLinear (QDQ)";
    private static final String RECURRENT = ": recurrent layers have no relevance rule here; no option helps, explain"
            + " a model of convolutions or attention";
    private static final String DECISION = ": it has no gradient; name the logits before it by --output";
    private static final String FUSED = ": ONNX Runtime fuses layers to such operators; take the file before its"
            + " optimisation, or optimise at the basic level";
    private static final String LOOP = ": the number of its steps may depend on the image; export the model with its"
            + " loops unrolled";
    /** What to do about operators that are not supported, where that is more than {@link #OTHERWISE}. */
    private static final Map<String, String> WAYS_OUT = Map.ofEntries(Map.entry("LSTM", RECURRENT),
            Map.entry("GRU", RECURRENT), Map.entry("RNN", RECURRENT), Map.entry("ArgMax", DECISION),
            Map.entry("ArgMin", DECISION), Map.entry("TopK", DECISION), Map.entry("NonMaxSuppression", DECISION),
            Map.entry("Hardmax", DECISION), Map.entry("QLinearConv", INTEGERS), Map.entry("QLinearMatMul", INTEGERS),
            Map.entry("ConvInteger", INTEGERS), Map.entry("MatMulInteger", INTEGERS),
            Map.entry("DynamicQuantizeLinear", INTEGERS), Map.entry("Loop", LOOP), Map.entry("Scan", LOOP));

    private OperatorTable() {}

    /** Imports the nodes of one operator. */
    interface Operator {
        /**
         * Imports a node.
         *
         * @throws IllegalArgumentException if that is not possible; the message continues "node 'x' (Conv): "
         */
        void run(OperatorCall call);
    }

    /**
     * Imports a node.
     *
     * @throws dev.sectional.core.InputException if its operator is not supported, or not with these inputs and
     *     attributes
     */
    static void run(OperatorCall call) {
        try {
            boolean standard = isStandard(call.node());
            if (standard && ConstantFolder.folds(call)) {
                ConstantFolder.run(call);
            } else {
                operator(call.node(), standard).run(call);
            }
            call.requireAllUsed();
        } catch (InputException e) {
            throw e;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw call.failure(e);
        } catch (RuntimeException e) {
            throw call.failure(new IllegalArgumentException("cannot be imported (" + e + "); export it again, or report"
                    + " this file", e));
        }
    }

    /** Returns the names of the supported operators, in alphabetical order. */
    static Set<String> names() {
        return SUPPORTED.keySet();
    }

    private static boolean isStandard(NodeProto node) {
        return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
    }

    private static Operator operator(NodeProto node, boolean standard) {
        Operator operator = standard ? SUPPORTED.get(node.getOpType()) : null;
        if (operator == null) {
            throw new IllegalArgumentException("this operator" + (standard ? "" : " of domain " + node.getDomain())
                    + " is not supported" + wayOut(node, standard) + "; supported are "
                    + String.join(", ", SUPPORTED.keySet()));
        }
        return operator;
    }

    private static String wayOut(NodeProto node, boolean standard) {
        return standard ? WAYS_OUT.getOrDefault(node.getOpType(), OTHERWISE)
                : node.getDomain().startsWith("com.microsoft") ? FUSED : OTHERWISE;
    }

    private static Map<String, Operator> supported() {
        Map<String, Operator> table = new TreeMap<>();
        WindowOperators.addTo(table);
        PadOperators.addTo(table);
        LinearOperators.addTo(table);
        AttentionOperators.addTo(table);
        ArithmeticOperators.addTo(table);
        NormOperators.addTo(table);
        ReduceOperators.addTo(table);
        MovementOperators.addTo(table);
        QuantizationOperators.addTo(table);
        ActivationOperators.addTo(table);
        ShapeOperators.addTo(table);
        ConstantOperators.addTo(table);
        return table;
    }
}
