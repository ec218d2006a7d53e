package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Map;
import java.util.TreeMap;

/** The supported operators of ONNX by name. */
final class OperatorTable {
    private static final Map<String, Operator> SUPPORTED = supported();

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
            operator(call.node()).run(call);
            call.requireAllUsed();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw call.failure(e);
        }
    }

    private static Operator operator(NodeProto node) {
        boolean standard = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
        Operator operator = standard ? SUPPORTED.get(node.getOpType()) : null;
        if (operator == null) {
            throw new IllegalArgumentException("this operator" + (standard ? "" : " of domain " + node.getDomain())
                    + " is not supported; supported are " + String.join(", ", SUPPORTED.keySet()));
        }
        return operator;
    }

    private static Map<String, Operator> supported() {
        Map<String, Operator> table = new TreeMap<>();
        WindowOperators.addTo(table);
        LinearOperators.addTo(table);
        ActivationOperators.addTo(table);
        ShapeOperators.addTo(table);
        ConstantOperators.addTo(table);
        return table;
    }
}
