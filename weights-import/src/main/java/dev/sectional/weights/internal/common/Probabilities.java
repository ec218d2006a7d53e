package dev.sectional.weights.internal.common;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard.Output;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Decides how the outputs of an imported graph become probabilities: by the softmax or sigmoid that was cut off, by the
 * user, or, for logits, by an assumption that is printed. Outputs that the graph computes from probabilities are no
 * logits; nothing is assumed of them.
 */
public final class Probabilities {
    /** Key of the model card. */
    public static final String KEY = "sectional.output";
    /** The option in messages. */
    private static final String OPTION = "--probabilities";
    /** Layers whose values are probabilities, or bounded or positive where logits are neither. */
    private static final Set<String> SOURCES = Set.of("Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "Tanh", "Erf",
            "Exp", "Softplus");
    /** Layers of one value that rearrange, scale, limit or summarise it. */
    private static final Set<String> KEEPS = Set.of("Reshape", "Permute", "Flatten", "Unflatten", "Slice", "Gather",
            "Expand", "Pad", "Pad2d", "Dropout", "Quantize", "AddConstant", "MultiplyConstant", "Clip", "ReLU", "Neg",
            "Abs", "Log", "Sqrt", "Power", "Reciprocal", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin",
            "ReduceL2", "AvgPool2d", "AdaptiveAvgPool2d", "MaxPool2d", "GlobalMaxPool2d", "LpNormalize", "BatchNorm2d");
    /** Joins whose result is none of logits if one of the values is not. */
    private static final Set<String> MIXES = Set.of("Add", "Subtract", "Concat", "Maximum", "Minimum");
    /** Joins of a signal and its gate, which is no probability of a class, unless both values are probabilities. */
    private static final Set<String> GATES = Set.of("Multiply", "Divide");
    /** Most elements of a matrix that is searched for a negative one. */
    private static final int MOST_SEARCHED = 1 << 22;

    private Probabilities() {
    }

    /**
     * Returns how the user or the file's metadata says that outputs become probabilities; null if they do not.
     *
     * @param card with or without {@link #KEY}
     */
    public static Output stated(Map<String, String> card) {
        return card.containsKey(KEY) ? ModelCard.fromMetadata(Map.of(KEY, card.get(KEY))).output() : null;
    }

    /**
     * Decides how the outputs of a graph become probabilities.
     *
     * @param kind of the file's network in words: graph or model
     * @param nodes that lead to the outputs, in order; the last one gives them
     * @param classes number of outputs
     * @param cut the softmax or sigmoid that was cut off at the end; null if there was none
     * @param stated by the user or the file's metadata; null if neither says it
     * @param assume receives what is assumed
     * @return how, or null if nothing says so: then the model card's default, softmax, is assumed
     * @throws IllegalArgumentException if the statement contradicts the graph, or the outputs are no logits and nothing
     *     is stated
     */
    public static Output of(String kind, List<NodeSpec> nodes, int classes, Output cut, Output stated,
                            Consumer<String> assume) {
        if (classes == 1 && stated == Output.SOFTMAX || classes == 1 && cut == Output.SOFTMAX && stated == null) {
            throw new IllegalArgumentException("a softmax of its one output is 1 for every image; state " + OPTION
                    + " sigmoid if that is meant");
        }
        if (cut != null && stated != null && stated != cut && classes > 1) {
            throw new IllegalArgumentException("its " + kind + " ends in a " + name(cut) + ", but " + OPTION + " "
                    + name(stated) + " is stated; leave that out");
        }
        if (stated != null || cut != null) {
            return stated != null ? stated : cut;
        }
        String source = nodes.isEmpty() ? null : sources(nodes).get(nodes.get(nodes.size() - 1).name());
        if (source != null) {
            throw new IllegalArgumentException("its outputs are computed from " + source + ", so they may be"
                    + " probabilities already; state " + OPTION + " none if they are, or softmax or sigmoid if that is"
                    + " to be applied to them" + (kind.equals("graph") ? ", or choose logits by --output" : ""));
        }
        assume.accept(ModelTensors.logits(classes));
        return classes == 1 ? Output.SIGMOID : null;
    }

    /** Refuses a statement that contradicts the metadata of a file. */
    public static void requireOpen(String file, Map<String, String> metadata, Map<String, String> overrides) {
        Output own = stated(metadata);
        if (own != null && own != stated(overrides)) {
            throw CannotRead.file(file, "its metadata says that " + name(own) + " makes its probabilities, but "
                    + OPTION + " " + name(stated(overrides)) + " is stated; leave that out");
        }
    }

    /** Returns whether a sentence is one of those that {@link #of} assumes, which a statement refutes. */
    static boolean isAssumption(String sentence) {
        return sentence.equals(ModelTensors.logits(1)) || sentence.equals(ModelTensors.logits(2));
    }

    private static String name(Output output) {
        return output.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the layer that makes each value no logits, such as {@code Softmax 'fc.softmax'}, by the node's name. */
    private static Map<String, String> sources(List<NodeSpec> nodes) {
        Map<String, String> sources = new HashMap<>();
        Map<String, String> kinds = new HashMap<>();
        for (NodeSpec node : nodes) {
            List<String> known = node.inputs().stream().filter(input -> !"Constant".equals(kinds.get(input)))
                    .map(sources::get).toList();
            List<String> found = known.stream().filter(Objects::nonNull).toList();
            boolean from = KEEPS.contains(node.kind()) || MIXES.contains(node.kind())
                    || GATES.contains(node.kind()) && found.size() == known.size()
                    || node.kind().equals("Linear") && !found.isEmpty() && isPositive(node.tensors());
            if (from && !found.isEmpty()) {
                sources.put(node.name(), found.get(0));
            } else if (SOURCES.contains(node.kind()) || isUnitClip(node)) {
                sources.put(node.name(), node.kind() + " '" + node.name() + "'");
            }
            kinds.put(node.name(), node.kind());
        }
        return sources;
    }

    private static boolean isUnitClip(NodeSpec node) {
        return node.kind().equals("Clip") && ((Number) node.settings().get("least")).doubleValue() >= 0
                && ((Number) node.settings().get("greatest")).doubleValue() <= 1;
    }

    /** Returns whether no weight is negative: such a product averages probabilities, or sums them. */
    private static boolean isPositive(Map<String, TensorSource> tensors) {
        return tensors.values().stream().allMatch(tensor -> tensor.shape().size() <= MOST_SEARCHED
                && isPositive(tensor.tensor().data()));
    }

    private static boolean isPositive(float[] values) {
        for (float value : values) {
            if (value < 0) {
                return false;
            }
        }
        return true;
    }
}
