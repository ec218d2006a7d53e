package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decides whether the nodes of a graph for images of one size compute the same for images of any size. Exporters fold
 * sizes into constants: shapes, ends of slices, padding, factors of means. A kind of layer that could hold such a
 * constant counts as dependent, unless its input was reduced to one position before.
 */
final class SizeDependence {
    private static final Set<String> WINDOWS = Set.of("Conv2d", "MaxPool2d", "AvgPool2d");
    private static final Set<String> REDUCTIONS = Set.of("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2");
    /** Layers that compute each element alone, or from others of the same position; with a broadcast tensor or none. */
    private static final Set<String> ELEMENTWISE = Set.of("ReLU", "LeakyReLU", "Clip", "Dropout", "PReLU",
            "BatchNorm2d", "LocalResponseNorm", "Quantize", "AddConstant", "MultiplyConstant", "Add", "Subtract",
            "Multiply", "Divide", "Maximum", "Minimum", "Linear", "GroupNorm", "Sigmoid", "HardSigmoid", "HardSwish",
            "SiLU", "Tanh", "Softplus", "Softsign", "ELU", "SELU", "CELU", "Mish", "GELU", "Erf", "Exp", "Log", "Sqrt",
            "Reciprocal", "Abs", "Neg", "Power", "ThresholdedReLU");

    private final Function<String, Shape> shapes;
    /** Whether the shape of a node's output is the same for images of any size, by the node's name. */
    private final Map<String, Boolean> reduced = new HashMap<>();

    private SizeDependence(Function<String, Shape> shapes) {
        this.shapes = shapes;
        reduced.put(Network.IMAGE, false);
    }

    /**
     * Returns whether the nodes, in order, hold for every size.
     *
     * @param shapes of the outputs by the names of nodes, and of the image
     */
    static boolean isFree(List<NodeSpec> nodes, Function<String, Shape> shapes) {
        SizeDependence sizes = new SizeDependence(shapes);
        for (NodeSpec node : nodes) {
            boolean reduces = node.kind().equals("Constant") || node.inputs().stream().allMatch(sizes.reduced::get)
                    || sizes.reduces(node);
            if (!reduces && !sizes.holds(node)) {
                return false;
            }
            sizes.reduced.put(node.name(), reduces);
        }
        return nodes.isEmpty() || sizes.reduced.get(nodes.get(nodes.size() - 1).name());
    }

    /** Returns whether a node makes one position, or a fixed number of them, of a map of any size. */
    private boolean reduces(NodeSpec node) {
        return node.kind().equals("AdaptiveAvgPool2d") || node.kind().equals("GlobalMaxPool2d")
                || REDUCTIONS.contains(node.kind()) && shapes.apply(node.inputs().get(0)).rank() == 3
                && longs(node, "axes").containsAll(List.of(0L, 1L));
    }

    /** Returns whether a node does to maps of another size what it does to those of this one. */
    private boolean holds(NodeSpec node) {
        if (!node.inputs().stream().allMatch(input -> reduced.get(input) ? isPerChannel(shapes.apply(input))
                : shapes.apply(input).rank() == 3)) {
            return false;
        }
        return switch (node.kind()) {
            case "Concat" -> Objects.equals(node.settings().getOrDefault("axis", 2L), 2L);
            case "Slice", "Gather", "Softmax", "LogSoftmax", "LpNormalize" -> node.settings().get("axis").equals(2L);
            case "LayerNorm", "RMSNorm" -> node.settings().get("axes").equals(1L);
            case "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSum" ->
                    longs(node, "axes").equals(Set.of(2L)) && Objects.equals(node.settings().get("keep"), 1L);
            default -> WINDOWS.contains(node.kind()) ? isSymmetric(node)
                    : ELEMENTWISE.contains(node.kind()) && node.tensors().values().stream().allMatch(each ->
                    node.kind().equals("Linear") || isPerChannel(each.shape()));
        };
    }

    /**
     * Returns whether windows are padded alike on both sides where they have a stride. Padding that was computed for a
     * size is not, as a rule, and padding by the size itself holds for all.
     */
    private static boolean isSymmetric(NodeSpec node) {
        List<?> padding = (List<?>) node.settings().get("padding");
        List<?> stride = (List<?>) node.settings().get("stride");
        return (stride.get(0).equals(1L) || padding.get(0).equals(padding.get(2)))
                && (stride.get(1).equals(1L) || padding.get(1).equals(padding.get(3)));
    }

    /** Returns whether a shape has one element for each channel, or one for all. */
    private static boolean isPerChannel(Shape shape) {
        return shape.rank() == 0 || shape.size() == shape.dim(shape.rank() - 1);
    }

    private static Set<Long> longs(NodeSpec node, String key) {
        return ((List<?>) node.settings().get(key)).stream().map(Long.class::cast).collect(Collectors.toSet());
    }
}
