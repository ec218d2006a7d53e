package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.FunctionProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Replaces the nodes that call a model's own functions by the nodes of those functions. */
final class FunctionInliner {
    private static final int DEEPEST = 16;
    private static final int MOST_NODES = 20_000;

    private final Map<List<String>, FunctionProto> functions = new HashMap<>();
    private int calls;
    private int nodes;

    private FunctionInliner(ModelProto model) {
        model.getFunctionsList().forEach(function -> functions.put(List.of(function.getDomain(), function.getName(),
                function.getOverload()), function));
    }

    /**
     * Returns the graph of a model without calls of functions.
     *
     * @throws IllegalArgumentException if functions call each other too deep or become too many nodes
     */
    static GraphProto inlined(ModelProto model) {
        return model.getFunctionsCount() == 0 ? model.getGraph() : new FunctionInliner(model)
                .inlined(model.getGraph(), 0);
    }

    private GraphProto inlined(GraphProto graph, int depth) {
        List<NodeProto> flat = new ArrayList<>();
        graph.getNodeList().forEach(node -> add(node, flat, depth));
        return graph.toBuilder().clearNode().addAllNode(flat).build();
    }

    private void add(NodeProto node, List<NodeProto> into, int depth) {
        if (depth > DEEPEST || ++nodes > MOST_NODES) {
            throw new IllegalArgumentException("its functions call each other more than " + DEEPEST
                    + " deep, or have more than " + MOST_NODES + " nodes together");
        }
        FunctionProto function = functions.get(List.of(node.getDomain(), node.getOpType(), node.getOverload()));
        if (function == null) {
            NodeProto.Builder own = node.toBuilder();
            own.getAttributeBuilderList().stream().filter(AttributeProto.Builder::hasG)
                    .forEach(attribute -> attribute.setG(inlined(attribute.getG(), depth + 1)));
            into.add(own.build());
            return;
        }
        String prefix = (node.getName().isEmpty() ? node.getOpType() + "_" + ++calls : node.getName()) + "/";
        Map<String, String> names = new HashMap<>(Map.of("", ""));
        for (int i = 0; i < function.getInputCount(); i++) {
            names.put(function.getInput(i), i < node.getInputCount() ? node.getInput(i) : "");
        }
        for (int i = 0; i < Math.min(function.getOutputCount(), node.getOutputCount()); i++) {
            if (!node.getOutput(i).isEmpty()) {
                names.put(function.getOutput(i), node.getOutput(i));
            }
        }
        Map<String, AttributeProto> attributes = new LinkedHashMap<>();
        function.getAttributeProtoList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
        node.getAttributeList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
        function.getNodeList().forEach(inner -> add(renamed(inner, prefix, names, attributes), into, depth + 1));
    }

    private static NodeProto renamed(NodeProto node, String prefix, Map<String, String> names,
                                     Map<String, AttributeProto> attributes) {
        NodeProto.Builder copy = node.toBuilder().clearInput().clearOutput().clearAttribute();
        copy.setName(prefix + (node.getName().isEmpty() ? node.getOpType() : node.getName()));
        node.getInputList().forEach(name -> copy.addInput(renamed(name, prefix, names)));
        node.getOutputList().forEach(name -> copy.addOutput(renamed(name, prefix, names)));
        node.getAttributeList().stream().map(attribute -> renamed(attribute, prefix, names, attributes))
                .filter(Objects::nonNull).forEach(copy::addAttribute);
        return copy.build();
    }

    private static String renamed(String name, String prefix, Map<String, String> names) {
        return names.computeIfAbsent(name, inner -> prefix + inner);
    }

    /** Returns an attribute as the call has it; null if it is that of the function, and the call leaves it out. */
    private static AttributeProto renamed(AttributeProto attribute, String prefix, Map<String, String> names,
                                          Map<String, AttributeProto> attributes) {
        if (!attribute.getRefAttrName().isEmpty()) {
            AttributeProto given = attributes.get(attribute.getRefAttrName());
            return given == null ? null : given.toBuilder().setName(attribute.getName()).build();
        }
        if (!attribute.hasG()) {
            return attribute;
        }
        GraphProto.Builder graph = attribute.getG().toBuilder().clearNode();
        attribute.getG().getNodeList().forEach(node -> graph.addNode(renamed(node, prefix, names, attributes)));
        graph.getInitializerBuilderList().forEach(tensor -> tensor.setName(renamed(tensor.getName(), prefix, names)));
        graph.getOutputBuilderList().forEach(output -> output.setName(renamed(output.getName(), prefix, names)));
        return attribute.toBuilder().setG(graph).build();
    }
}
