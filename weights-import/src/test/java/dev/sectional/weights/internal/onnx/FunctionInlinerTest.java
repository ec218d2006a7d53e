package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.FunctionProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Calls of a model's own functions become the nodes of those functions, with names of their own. */
class FunctionInlinerTest {
    private static NodeProto.Builder node(String operator, String name, List<String> inputs, String... outputs) {
        return NodeProto.newBuilder().setOpType(operator).setName(name).addAllInput(inputs)
                .addAllOutput(List.of(outputs));
    }

    private static NodeProto.Builder call(String function, String name, List<String> inputs, String... outputs) {
        return node(function, name, inputs, outputs).setDomain("own");
    }

    private static FunctionProto.Builder function(String name, List<String> inputs, List<String> outputs) {
        return FunctionProto.newBuilder().setDomain("own").setName(name).addAllInput(inputs).addAllOutput(outputs);
    }

    private static GraphProto inlined(List<NodeProto.Builder> nodes, FunctionProto.Builder... functions) {
        ModelProto.Builder model = ModelProto.newBuilder();
        nodes.forEach(each -> model.getGraphBuilder().addNode(each));
        List.of(functions).forEach(model::addFunctions);
        return FunctionInliner.inlined(model.build());
    }

    private static String text(List<NodeProto> nodes) {
        return nodes.stream().map(each -> each.getOpType() + " " + each.getName() + each.getInputList()
                + each.getOutputList()).collect(Collectors.joining("; "));
    }

    @Test
    void aGraphWithoutFunctionsIsTheSame() {
        ModelProto model = ModelBuilder.classifier().model();
        assertSame(model.getGraph(), FunctionInliner.inlined(model));
    }

    /** Inputs and outputs that a call leaves out have no name; values inside get that of the call. */
    @Test
    void valuesGetTheNamesOfTheCall() {
        FunctionProto.Builder twice = function("Twice", List.of("a", "b"), List.of("out", "more"))
                .addNode(node("Relu", "first", List.of("a"), "mid"))
                .addNode(node("Add", "", List.of("mid", "b", ""), "out"))
                .addNode(node("Neg", "n", List.of("mid"), "more"));
        assertEquals("Relu c/first[x][c/mid]; Add c/Add[c/mid, z, ][y]; Neg c/n[c/mid][w]",
                text(inlined(List.of(call("Twice", "c", List.of("x", "z"), "y", "w")), twice).getNodeList()));
        assertEquals("Relu Twice_1/first[x][Twice_1/mid]; Add Twice_1/Add[Twice_1/mid, , ][y];"
                + " Neg Twice_1/n[Twice_1/mid][Twice_1/more]; Relu Twice_2/first[y][Twice_2/mid];"
                + " Add Twice_2/Add[Twice_2/mid, , ][Twice_2/out]; Neg Twice_2/n[Twice_2/mid][v]",
                text(inlined(List.of(call("Twice", "", List.of("x"), "y"), call("Twice", "", List.of("y"), "", "v")),
                        twice).getNodeList()));
        assertEquals("Twice t[x][y]", text(inlined(List.of(node("Twice", "t", List.of("x"), "y")), twice)
                .getNodeList()), "another domain");
        assertEquals("Twice t[x][y]", text(inlined(List.of(call("Twice", "t", List.of("x"), "y").setOverload("v")),
                twice).getNodeList()), "another overload");
    }

    private static AttributeProto number(String name, long value) {
        return ConstantRunner.number(name, value);
    }

    /** The call's attribute wins over the function's default; one that neither has is left out. */
    @Test
    void attributesComeFromTheCallOrTheFunction() {
        FunctionProto.Builder function = function("F", List.of("a"), List.of("out"))
                .addAttributeProto(number("given", 1)).addAttributeProto(number("kept", 2))
                .addNode(node("Op", "op", List.of("a"), "out").addAttribute(number("own", 3))
                        .addAttribute(AttributeProto.newBuilder().setName("p").setRefAttrName("given"))
                        .addAttribute(AttributeProto.newBuilder().setName("q").setRefAttrName("kept"))
                        .addAttribute(AttributeProto.newBuilder().setName("r").setRefAttrName("absent")));
        NodeProto made = inlined(List.of(call("F", "f", List.of("x"), "y").addAttribute(number("given", 9))), function)
                .getNode(0);
        assertEquals(List.of(number("own", 3), number("p", 9), number("q", 2)), made.getAttributeList());
    }

    private static AttributeProto branch(GraphProto.Builder graph) {
        return AttributeProto.newBuilder().setName("then_branch").setType(AttributeType.GRAPH).setG(graph).build();
    }

    @Test
    void branchesAreInlinedAndRenamedToo() {
        FunctionProto.Builder inner = function("Inner", List.of("a"), List.of("out"))
                .addNode(node("Relu", "relu", List.of("a"), "out"));
        FunctionProto.Builder outer = function("Outer", List.of("a"), List.of("out"))
                .addNode(node("If", "if", List.of("a"), "out").addAttribute(branch(GraphProto.newBuilder()
                        .addInitializer(TensorProto.newBuilder().setName("w"))
                        .addNode(call("Inner", "i", List.of("w"), "b"))
                        .addOutput(ValueInfoProto.newBuilder().setName("b")))));
        GraphProto made = inlined(List.of(call("Outer", "o", List.of("x"), "y")), inner, outer).getNode(0)
                .getAttribute(0).getG();
        assertEquals("Relu o/i/relu[o/w][o/b]", text(made.getNodeList()));
        assertEquals("o/w", made.getInitializer(0).getName());
        assertEquals("o/b", made.getOutput(0).getName());
    }

    /** Functions 16 deep, and 20,000 nodes, each and one more. */
    @Test
    void depthAndNodesAreLimited() {
        for (int depth = 16; depth <= 17; depth++) {
            FunctionProto.Builder[] functions = new FunctionProto.Builder[depth];
            for (int i = 0; i < depth; i++) {
                functions[i] = function("F" + i, List.of("a"), List.of("out")).addNode(i == depth - 1
                        ? node("Relu", "r", List.of("a"), "out") : call("F" + (i + 1), "c", List.of("a"), "out"));
            }
            List<NodeProto.Builder> calls = List.of(call("F0", "c", List.of("x"), "y"));
            if (depth == 16) {
                assertEquals(1, inlined(calls, functions).getNodeCount());
            } else {
                assertEquals("its functions call each other more than 16 deep, or have more than 20000 nodes together",
                        assertThrows(IllegalArgumentException.class, () -> inlined(calls, functions)).getMessage());
            }
        }
        FunctionProto.Builder many = function("Many", List.of("a"), List.of("out"));
        for (int i = 0; i < 19_999; i++) {
            many.addNode(node("Relu", "r", List.of("a"), "b"));
        }
        List<NodeProto.Builder> calls = List.of(call("Many", "c", List.of("x"), "y"));
        assertEquals(19_999, inlined(calls, many).getNodeCount());
        many.addNode(node("Relu", "r", List.of("a"), "b"));
        assertThrows(IllegalArgumentException.class, () -> inlined(calls, many));
    }
}
