package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Map;
import java.util.Set;
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
                    + " is not supported; supported are " + String.join(", ", SUPPORTED.keySet()));
        }
        return operator;
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
