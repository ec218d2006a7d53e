package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a batch norm part of the convolution or linear layer before it, where nothing else uses that layer's output.
 * Relevance rules expect this, as the ONNX importer does it too.
 */
final class BatchNormFolding {
    private BatchNormFolding() {}

    /**
     * Returns the nodes with batch norms folded. The convolution takes the batch norm's place and keeps its own name.
     *
     * @param end name of the node that the network ends with
     */
    static List<NodeSpec> fold(List<NodeSpec> nodes, String end) {
        Map<String, Integer> uses = new HashMap<>(Map.of(end, 1));
        nodes.forEach(node -> node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum)));
        Map<String, NodeSpec> kept = new LinkedHashMap<>();
        Map<String, String> replaced = new HashMap<>();
        for (NodeSpec node : nodes) {
            List<String> inputs = node.inputs().stream().map(name -> replaced.getOrDefault(name, name)).toList();
            NodeSpec before = inputs.isEmpty() || inputs.get(0).equals(Network.IMAGE) ? null : kept.get(inputs.get(0));
            boolean foldable = node.kind().equals("BatchNorm2d") && before != null
                    && uses.get(node.inputs().get(0)) == 1
                    && (before.kind().equals("Conv2d") || before.kind().equals("Linear"));
            if (foldable && !node.name().equals(end)) {
                kept.put(before.name(), before.with(folded(before, node)));
                replaced.put(node.name(), before.name());
                uses.put(before.name(), uses.getOrDefault(node.name(), 0));
            } else {
                kept.put(node.name(), new NodeSpec(node.name(), node.kind(), node.settings(), node.tensors(), inputs));
            }
        }
        return new ArrayList<>(kept.values());
    }

    /** Turns {@code scale (w x + b) + shift} into {@code (scale w) x + (scale b + shift)}. */
    private static Map<String, TensorSource> folded(NodeSpec layer, NodeSpec norm) {
        float[] gamma = norm.tensors().get("weight").tensor().data();
        float[] beta = norm.tensors().get("bias").tensor().data();
        float[] mean = norm.tensors().get("running_mean").tensor().data();
        float[] variance = norm.tensors().get("running_var").tensor().data();
        double epsilon = ((Number) norm.settings().get("epsilon")).doubleValue();
        TensorSource bias = layer.tensors().get("bias");
        float[] before = bias == null ? new float[gamma.length] : bias.tensor().data();
        float[] factors = new float[gamma.length];
        float[] after = new float[gamma.length];
        for (int c = 0; c < factors.length; c++) {
            double scale = gamma[c] / Math.sqrt(variance[c] + epsilon);
            factors[c] = (float) scale;
            after[c] = (float) (scale * ((double) before[c] - mean[c]) + beta[c]);
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", TensorViews.rowsScaled(layer.tensors().get("weight"), factors));
        tensors.put("bias", Tensor.of(Shape.of(after.length), after));
        return tensors;
    }
}
