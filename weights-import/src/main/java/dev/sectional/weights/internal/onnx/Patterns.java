package dev.sectional.weights.internal.onnx;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Recognises functions that exporters spell out in simpler operators, so that the network has one layer with the rule
 * of that function: SiLU, HardSwish, Mish, GELU, LayerNorm and RMSNorm. The layers that spell them out stay behind
 * without a reader, and so outside the network.
 */
final class Patterns {
    private static final double CLOSE = 1e-4;
    private static final double CUBE = 0.044715;

    private final GraphImporter importer;

    private Patterns(GraphImporter importer) {
        this.importer = importer;
    }

    /** A product of the outputs of nodes and of a number. */
    private record Product(List<String> nodes, double number) {
    }

    /** A layer that stands for a pattern. */
    private record Match(String kind, Map<String, Object> settings, String input) {
    }

    /** Returns a value that is a product, as the layer that the product spells out if there is one. */
    static DynamicValue product(OperatorCall call, DynamicValue value) {
        Patterns patterns = new Patterns(call.importer());
        NodeSpec spec = call.importer().spec(value);
        boolean product = spec != null && (spec.kind().equals("Multiply") || spec.kind().equals("MultiplyConstant"));
        return product ? patterns.replaced(call, value, patterns.activation(spec)) : value;
    }

    /** Returns a value that is a quotient, as the layer that the quotient spells out if there is one. */
    static DynamicValue quotient(OperatorCall call, DynamicValue value) {
        Patterns patterns = new Patterns(call.importer());
        NodeSpec spec = call.importer().spec(value);
        return spec == null || !spec.kind().equals("Divide") ? value
                : patterns.replaced(call, value, patterns.norm(spec.inputs().get(0), spec.inputs().get(1)));
    }

    private DynamicValue replaced(OperatorCall call, DynamicValue value, Match match) {
        if (match == null || !value.shape().equals(importer.shape(match.input))) {
            return value;
        }
        importer.remove(value.node());
        DynamicValue input = value.at(match.input);
        return call.addSame(match.kind, match.settings, Map.of(), input);
    }

    private Match activation(NodeSpec spec) {
        if (spec.kind().equals("Multiply")) {
            Match match = gated(spec.inputs().get(0), spec.inputs().get(1), 1);
            match = match != null ? match : gated(spec.inputs().get(1), spec.inputs().get(0), 1);
            if (match != null) {
                return match;
            }
        }
        Product product = product(spec.name(), 4);
        if (product.nodes.size() != 2) {
            return null;
        }
        Match match = gated(product.nodes.get(0), product.nodes.get(1), product.number);
        return match != null ? match : gated(product.nodes.get(1), product.nodes.get(0), product.number);
    }

    /** Matches {@code number x gate}, where the gate depends on x alone. */
    private Match gated(String x, String gate, double number) {
        NodeSpec spec = importer.spec(gate);
        if (spec == null) {
            return null;
        }
        boolean plain = close(number, 1);
        String of = spec.inputs().get(0);
        switch (spec.kind()) {
            case "Sigmoid":
                Product inner = of.equals(x) ? new Product(List.of(x), 1) : product(of, 2);
                return plain && inner.nodes.equals(List.of(x))
                        ? new Match("SiLU", NodeSpec.settings("beta", inner.number), x) : null;
            case "HardSigmoid":
                boolean sixth = close((Double) spec.settings().get("alpha"), 1 / 6.0)
                        && close((Double) spec.settings().get("beta"), 0.5);
                return plain && sixth && of.equals(x) ? new Match("HardSwish", Map.of(), x) : null;
            case "Clip":
                boolean six = spec.settings().get("least").equals(0.0) && spec.settings().get("greatest").equals(6.0);
                return six && close(number, 1 / 6.0) && plus(of, 3, x) ? new Match("HardSwish", Map.of(), x) : null;
            case "Tanh":
                NodeSpec soft = importer.spec(of);
                return plain && soft != null && soft.kind().equals("Softplus") && soft.inputs().get(0).equals(x)
                        ? new Match("Mish", Map.of(), x) : null;
            case "AddConstant":
                return close(number, 0.5) && isNumber(spec, 1) ? gelu(x, importer.spec(of)) : null;
            default:
                return null;
        }
    }

    private Match gelu(String x, NodeSpec inner) {
        if (inner == null) {
            return null;
        }
        Product argument = inner.inputs().isEmpty() ? null : product(inner.inputs().get(0), 3);
        if (inner.kind().equals("Erf")) {
            return argument.nodes.equals(List.of(x)) && close(argument.number, Math.sqrt(0.5))
                    ? new Match("GELU", NodeSpec.settings("tanh", false), x) : null;
        }
        if (!inner.kind().equals("Tanh") || argument.nodes.isEmpty()
                || !close(argument.number, Math.sqrt(2 / Math.PI))) {
            return null;
        }
        boolean spelled = argument.nodes.size() == 1 ? cubicSum(argument.nodes.get(0), x)
                : argument.nodes.size() == 2 && (argument.nodes.get(0).equals(x) && squareSum(argument.nodes.get(1), x)
                || argument.nodes.get(1).equals(x) && squareSum(argument.nodes.get(0), x));
        return spelled ? new Match("GELU", NodeSpec.settings("tanh", true), x) : null;
    }

    /** Whether a node is {@code x + 0.044715 x^3}. */
    private boolean cubicSum(String node, String x) {
        NodeSpec sum = importer.spec(node);
        if (sum == null || !sum.kind().equals("Add") || sum.inputs().size() != 2) {
            return false;
        }
        String other = sum.inputs().get(0).equals(x) ? sum.inputs().get(1) : sum.inputs().get(0);
        return sum.inputs().contains(x) && isPower(other, x, 3);
    }

    /** Whether a node is {@code 1 + 0.044715 x^2}. */
    private boolean squareSum(String node, String x) {
        NodeSpec sum = importer.spec(node);
        return sum != null && sum.kind().equals("AddConstant") && isNumber(sum, 1)
                && isPower(sum.inputs().get(0), x, 2);
    }

    /** Whether a node is 0.044715 times a power of x. */
    private boolean isPower(String node, String x, int exponent) {
        Product product = product(node, 4);
        double power = 0;
        for (String factor : product.nodes) {
            NodeSpec spec = importer.spec(factor);
            if (factor.equals(x)) {
                power++;
            } else if (spec != null && spec.kind().equals("Power") && spec.inputs().get(0).equals(x)) {
                power += (Double) spec.settings().get("exponent");
            } else {
                return false;
            }
        }
        return power == exponent && close(product.number, CUBE);
    }

    /** Matches {@code (x - mean) / sqrt(variance + epsilon)} and {@code x / sqrt(mean square + epsilon)}. */
    private Match norm(String top, String bottom) {
        NodeSpec root = importer.spec(bottom);
        NodeSpec shifted = root == null || !root.kind().equals("Sqrt") ? null : importer.spec(root.inputs().get(0));
        boolean sum = shifted != null && shifted.kind().equals("AddConstant") && isNumber(shifted, Double.NaN);
        NodeSpec mean = sum ? importer.spec(shifted.inputs().get(0)) : null;
        if (mean == null || !mean.kind().equals("ReduceMean")) {
            return null;
        }
        int rank = importer.shape(top).rank();
        Object axes = mean.settings().get("axes");
        List<Long> last = new ArrayList<>();
        int count = ((List<?>) axes).size();
        for (int i = rank - count; i < rank; i++) {
            last.add((long) i);
        }
        String base = squared(mean.inputs().get(0));
        if (base == null || !last.equals(axes)) {
            return null;
        }
        Map<String, Object> settings = NodeSpec.settings("axes", count, "epsilon", number(shifted));
        String x = centred(top, axes);
        if (x != null && x.equals(centred(base, axes))) {
            return new Match("LayerNorm", settings, x);
        }
        return base.equals(top) ? new Match("RMSNorm", settings, top) : null;
    }

    private String squared(String node) {
        NodeSpec spec = importer.spec(node);
        if (spec == null) {
            return null;
        }
        boolean power = spec.kind().equals("Power") && spec.settings().get("exponent").equals(2.0);
        boolean product = spec.kind().equals("Multiply") && spec.inputs().get(0).equals(spec.inputs().get(1));
        return power || product ? spec.inputs().get(0) : null;
    }

    /** Returns x if a node is x minus its mean over those axes. */
    private String centred(String node, Object axes) {
        NodeSpec spec = importer.spec(node);
        if (spec == null || !spec.kind().equals("Subtract")) {
            return null;
        }
        NodeSpec mean = importer.spec(spec.inputs().get(1));
        boolean matches = mean != null && mean.kind().equals("ReduceMean") && axes.equals(mean.settings().get("axes"))
                && mean.inputs().get(0).equals(spec.inputs().get(0));
        return matches ? spec.inputs().get(0) : null;
    }

    private boolean plus(String node, double number, String x) {
        NodeSpec spec = importer.spec(node);
        return spec != null && spec.kind().equals("AddConstant") && isNumber(spec, number)
                && spec.inputs().get(0).equals(x);
    }

    private Product product(String node, int depth) {
        NodeSpec spec = importer.spec(node);
        if (spec != null && depth > 0 && spec.kind().equals("Multiply")) {
            Product a = product(spec.inputs().get(0), depth - 1);
            Product b = product(spec.inputs().get(1), depth - 1);
            List<String> nodes = new ArrayList<>(a.nodes);
            nodes.addAll(b.nodes);
            return new Product(nodes, a.number * b.number);
        }
        if (spec != null && depth > 0 && spec.kind().equals("MultiplyConstant") && isNumber(spec, Double.NaN)) {
            Product a = product(spec.inputs().get(0), depth - 1);
            return new Product(a.nodes, a.number * number(spec));
        }
        return new Product(List.of(node), 1);
    }

    /** Whether the constant of a node is that number; any one number if it is NaN. */
    private static boolean isNumber(NodeSpec spec, double number) {
        TensorSource value = spec.tensors().get("value");
        return value.shape().size() == 1 && (Double.isNaN(number) || close(number(spec), number));
    }

    private static double number(NodeSpec spec) {
        return spec.tensors().get("value").tensor().data()[0];
    }

    private static boolean close(double a, double b) {
        return Math.abs(a - b) <= CLOSE * Math.abs(b);
    }
}
