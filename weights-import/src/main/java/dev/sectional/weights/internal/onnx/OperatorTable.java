package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Map;
import java.util.TreeMap;

/** The operators of ONNX that networks here are made of. */
final class OperatorTable {
    private static final Map<String, Operator> KNOWN = known();

    private OperatorTable() {}

    /** What one operator does with a node. */
    interface Operator {
        /** @throws IllegalArgumentException if it cannot be done; says why */
        void run(OperatorCall call);
    }

    /**
     * Runs a node.
     *
     * @throws dev.sectional.core.InputException if its operator is not known or does not take what the node gives it
     */
    static void run(OperatorCall call) {
        try {
            operator(call.node()).run(call);
            call.finish();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw call.wrong(e);
        }
    }

    private static Operator operator(NodeProto node) {
        boolean own = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
        Operator operator = own ? KNOWN.get(node.getOpType()) : null;
        if (operator == null) {
            throw new IllegalArgumentException("this operator" + (own ? "" : " of domain " + node.getDomain())
                    + " is not supported; supported are " + String.join(", ", KNOWN.keySet()));
        }
        return operator;
    }

    private static Map<String, Operator> known() {
        Map<String, Operator> known = new TreeMap<>();
        WindowOperators.addTo(known);
        LinearOperators.addTo(known);
        ActivationOperators.addTo(known);
        ShapeOperators.addTo(known);
        ConstantOperators.addTo(known);
        return known;
    }
}
