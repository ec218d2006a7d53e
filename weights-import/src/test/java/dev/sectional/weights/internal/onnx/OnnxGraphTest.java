package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.GraphRunner.made;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Several nodes: branches, names, probabilities inside a graph, folded and quantised weights, products. */
class OnnxGraphTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.startsWith("cannot read file: ") && message.contains(said), message);
    }

    private static float[] values(GraphRunner graph) {
        return graph.run().values(engine, i -> i + 1);
    }

    private static AttributeProto branch(String name, List<TensorProto> tensors, List<NodeProto> nodes,
                                         String... outputs) {
        GraphProto.Builder graph = GraphProto.newBuilder().addAllInitializer(tensors).addAllNode(nodes);
        for (String output : outputs) {
            graph.addOutput(ValueInfoProto.newBuilder().setName(output));
        }
        return AttributeProto.newBuilder().setName(name).setType(AttributeType.GRAPH).setG(graph).build();
    }

    private static GraphRunner conditions() {
        return GraphRunner.of(1, 3).constant("true", new ConstantArray(DType.BOOL, dims(), new double[] {1}))
                .constant("false", new ConstantArray(DType.BOOL, dims(), new double[] {0})).number("ten", 10);
    }

    private static AttributeProto[] branches(GraphRunner graph, String tensor, float then, float otherwise,
                                             String from) {
        return new AttributeProto[] {
            branch("then_branch", List.of(graph.stored(tensor, then)), List.of(made("Add", from + " " + tensor, "o")),
                    "o"),
            branch("else_branch", List.of(graph.stored(tensor, otherwise)),
                    List.of(made("Add", from + " " + tensor, "o")), "o")};
    }

    /** Branches of two nodes may give their tensors and values the same names. */
    @Test
    void namesInsideABranchEndWithIt() {
        GraphRunner graph = conditions();
        graph.node("If", "true", "a", branches(graph, "w", 100, 200, "x"))
                .node("If", "false", "y", branches(graph, "w", 1000, 2000, "a"));
        assertArrayEquals(new float[] {2101, 2102, 2103}, values(graph));
        GraphRunner same = conditions();
        same.node("Neg", "x", "n").node("If", "true", "y", branch("then_branch", List.of(),
                List.of(made("Abs", "n", "n")), "n"), branch("else_branch", List.of(), List.of(), "x"));
        refused("a node makes 'n', which is also the name of a tensor or an input", same);
        GraphRunner known = conditions();
        known.node("Add", "x ten", "b").node("If", "true", "y", branches(known, "ten", 1, 2, "b"));
        refused("a branch and the graph around it name 'ten'", known);
        GraphRunner stored = conditions();
        stored.graph().addInitializer(stored.stored("w", 7));
        stored.node("If", "true", "a", branches(stored, "w", 1, 2, "x")).node("Add", "a w", "y");
        refused("a branch and the graph around it name 'w'", stored);
    }

    @Test
    void branchesMakeSeveralOutputs() {
        GraphRunner two = conditions();
        two.graph().addNode(made("If", "true", "a b", branch("then_branch", List.of(),
                List.of(made("Add", "x ten", "p"), made("Neg", "p", "q")), "q", "p"),
                branch("else_branch", List.of(), List.of(), "x", "x")));
        assertArrayEquals(new float[] {0, 0, 0}, values(two.node("Add", "a b", "y")));
        GraphRunner outer = conditions();
        outer.graph().addNode(made("If", "false", "y", branch("then_branch", List.of(), List.of(), "ten"),
                branch("else_branch", List.of(), List.of(), "x")));
        assertArrayEquals(new float[] {1, 2, 3}, values(outer));
        GraphRunner few = conditions();
        few.graph().addNode(made("If", "true", "a b", branch("then_branch", List.of(), List.of(), "x"),
                branch("else_branch", List.of(), List.of(), "x")));
        refused("its branch makes 1 outputs", few.node("Add", "a b", "y"));
        GraphRunner missing = conditions();
        missing.graph().addNode(made("If", "true", "y", branch("then_branch", List.of(), List.of(), "x")));
        refused("attribute else_branch is missing", missing);
        GraphRunner open = conditions();
        open.graph().addNode(made("If", "x", "y", branch("then_branch", List.of(), List.of(), "x"),
                branch("else_branch", List.of(), List.of(), "x")));
        refused("its condition depends on the image", open);
        GraphRunner inner = conditions();
        NodeProto within = made("If", "false", "m", branches(inner, "v", 3, 5, "x"));
        inner.graph().addNode(made("If", "true", "y", branch("then_branch", List.of(inner.stored("w", 40)),
                List.of(within, made("Add", "m w", "k")), "k"), branch("else_branch", List.of(), List.of(), "x")));
        assertArrayEquals(new float[] {46, 47, 48}, values(inner));
    }

    private static List<String> names(GraphRunner graph) {
        return graph.run().nodes().stream().map(NodeSpec::name).toList();
    }

    /** An operator that takes several nodes of the network numbers them; unused nodes need no name. */
    @Test
    void nodesOfTheNetworkHaveNamesOfTheirOwn() {
        assertEquals(List.of("na", "ny", "ny_1"), names(GraphRunner.of(1, 3).number("two", 2).node("Neg", "x", "a")
                .node("Abs", "x", "unused").node("Sub", "two a", "y")));
        GraphRunner twice = GraphRunner.of(1, 3).node("Neg", "x", "a").node("Abs", "a", "y");
        twice.graph().setNode(1, twice.graph().getNode(1).toBuilder().setName("na"));
        assertEquals(List.of("na", "na_1"), names(twice));
        GraphRunner moved = GraphRunner.of(1, 2, 3).node("Transpose", "x", "t", ints("perm", 0, 2, 1))
                .floats("w", dims(2, 2), 1, 0, 0, 1).node("MatMul", "t w", "y");
        assertEquals(List.of("nt", "ny"), names(moved));
        refused("two nodes make 'y'", GraphRunner.of(1, 3).node("Neg", "x", "y").node("Abs", "x", "y"));
        refused("takes 'a', which no node before it makes", GraphRunner.of(1, 3).node("Neg", "a", "y")
                .node("Neg", "x", "a"));
        GraphRunner held = GraphRunner.of(1, 3);
        held.graph().addInitializer(held.stored("a", 1));
        refused("a node makes 'a', which is also the name of a tensor", held.node("Neg", "x", "a")
                .node("Neg", "a", "y"));
        refused("its output 'y' does not depend on the image", GraphRunner.of(1, 3).number("c", 1)
                .node("Neg", "c", "y"));
    }

    @Test
    void aNodeThatMakesNothingIsRefused() {
        refused("its output is empty", GraphRunner.of(1, 1).whole("s", 0).node("Expand", "x s", "y"));
    }

    /** Probabilities that two operators take are computed once. */
    @Test
    void probabilitiesInsideAGraphAreComputed() {
        GraphRunner softmax = GraphRunner.of(1, 3).node("Softmax", "x", "p").node("Neg", "p", "n")
                .node("Abs", "p", "a").node("Sub", "a n", "y");
        float[] twice = values(softmax);
        softmax.only("Softmax");
        double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
        for (int i = 0; i < 3; i++) {
            assertEquals(2 * Math.exp(i + 1) / sum, twice[i], 1e-6);
        }
        GraphRunner row = GraphRunner.of(1, 2, 2).opset(12).whole("s", 4).node("Softmax", "x", "p")
                .node("Reshape", "p s", "r").node("Neg", "r", "y");
        float[] four = values(row);
        double all = sum + Math.exp(4);
        for (int i = 0; i < 4; i++) {
            assertEquals(-Math.exp(i + 1) / all, four[i], 1e-6);
        }
        GraphRunner gate = GraphRunner.of(1, 3).node("Sigmoid", "x", "p").node("Mul", "p p", "y");
        assertEquals(Math.pow(1 + Math.exp(-2), -2), values(gate)[1], 1e-6);
        gate.only("Sigmoid");
        GraphRunner logarithm = GraphRunner.of(1, 3).node("LogSoftmax", "x", "p").node("Neg", "p", "y");
        assertEquals(Math.log(sum) - 1, values(logarithm)[0], 1e-5);
        GraphRunner plain = GraphRunner.of(1, 3).node("Log", "x", "y").run();
        assertEquals("Log", plain.kinds());
        GraphRunner sigmoid = GraphRunner.of(1, 3).node("Sigmoid", "x", "p").node("Log", "p", "y").run();
        assertEquals("Sigmoid, Log", sigmoid.kinds());
        GraphRunner end = GraphRunner.of(1, 3).node("Softmax", "x", "p").node("Log", "p", "y").run();
        assertEquals(ModelCard.Output.SOFTMAX, end.result().output());
        assertEquals(Network.IMAGE, end.result().end());
        assertEquals(Shape.of(3), end.result().shape());
    }

    private static GraphRunner linear() {
        return GraphRunner.of(1, 2).floats("w", dims(2, 2), 1, 2, 3, 4).floats("s", dims(2), 10, 100)
                .floats("b", dims(2), 5, 6).number("k", 2).node("MatMul", "x w", "m");
    }

    /** A scale and a shift become weights of the layer before, unless another operator reads it too. */
    @Test
    void scalesAndShiftsAreFolded() {
        GraphRunner folded = linear().node("Mul", "m s", "a").node("Add", "a b", "c").node("Mul", "c k", "y");
        assertArrayEquals(new float[] {2 * (70 + 5), 2 * (1000 + 6)}, values(folded));
        assertEquals("Linear", folded.kinds());
        assertArrayEquals(new float[] {150, 2012}, values(linear().node("Mul", "m s", "a").node("Add", "a b", "c")
                .node("Add", "c c", "y")));
        GraphRunner shared = linear().node("Mul", "m s", "a").node("Add", "m a", "y");
        assertArrayEquals(new float[] {77, 1010}, values(shared));
        assertEquals("Linear, BatchNorm2d, Add", shared.kinds());
        GraphRunner shift = linear().node("Add", "m b", "y").run();
        assertArrayEquals(new float[] {1, 3, 2, 4}, shift.only("Linear").tensors().get("weight").tensor().data());
        GraphRunner image = GraphRunner.of(1, 2).floats("s", dims(2), 10, 100).node("Mul", "x s", "y").run();
        assertEquals("BatchNorm2d", image.kinds());
        assertArrayEquals(new float[] {10, 200}, image.values(engine, i -> i + 1));
        assertEquals("MultiplyConstant", GraphRunner.of(1, 1).floats("s", dims(1), 10).node("Mul", "x s", "y").run()
                .kinds());
        assertEquals("MultiplyConstant", GraphRunner.of(1, 2, 2).floats("s", dims(2), 1, 2).node("Mul", "x s", "y")
                .run().kinds(), "rows of elements have no channels");
        assertEquals("Linear, MultiplyConstant", GraphRunner.of(1, 2, 2).floats("w", dims(2, 2), 1, 2, 3, 4)
                .floats("s", dims(2, 1), 1, 2).node("MatMul", "x w", "m").node("Mul", "m s", "y").run().kinds());
    }

    @Test
    void normsTakeScalesAndShiftsToo() {
        GraphRunner norm = GraphRunner.of(1, 2, 2).floats("g", dims(2), 3, 5).floats("s", dims(2), 10, 100)
                .node("LayerNormalization", "x g", "m").node("Mul", "m s", "a").node("Add", "a g", "y").run();
        assertEquals("LayerNorm", norm.kinds());
        assertArrayEquals(new float[] {30, 500}, norm.only("LayerNorm").tensors().get("weight").tensor().data());
        assertArrayEquals(new float[] {3, 5}, norm.only("LayerNorm").tensors().get("bias").tensor().data());
        GraphRunner both = GraphRunner.of(1, 2, 2).floats("g", dims(2, 2), 1, 2, 3, 4).floats("s", dims(2), 10, 100)
                .node("LayerNormalization", "x g", "m", number("axis", 1)).node("Mul", "m s", "y").run();
        assertEquals("LayerNorm, MultiplyConstant", both.kinds());
        GraphRunner group = GraphRunner.of(1, 2, 2, 2).floats("g", dims(2), 3, 5).floats("b", dims(2), 1, 2)
                .floats("s", dims(2, 1, 1), 10, 100).node("InstanceNormalization", "x g b", "m")
                .node("Mul", "m s", "y").run();
        assertEquals("GroupNorm", group.kinds());
        assertArrayEquals(new float[] {30, 500}, group.only("GroupNorm").tensors().get("weight").tensor().data());
        assertArrayEquals(new float[] {10, 200}, group.only("GroupNorm").tensors().get("bias").tensor().data());
        GraphRunner spelled = GraphRunner.of(1, 2, 2).number("two", 2).number("eps", 1e-3).whole("last", -1)
                .floats("s", dims(2), 10, 100).node("ReduceMean", "x last", "u").node("Sub", "x u", "d")
                .node("Pow", "d two", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                .node("Sqrt", "e", "r").node("Div", "d r", "n").node("Mul", "n s", "y").run();
        assertEquals("LayerNorm", spelled.kinds());
        assertArrayEquals(new float[] {10, 100}, spelled.only("LayerNorm").tensors().get("weight").tensor().data());
    }

    private static GraphRunner steps() {
        return GraphRunner.of(1, 3).number("s", 0.5).number("t", 0.25)
                .constant("z", new ConstantArray(DType.U8, dims(), new double[] {128}))
                .constant("o", new ConstantArray(DType.U8, dims(), new double[] {0}))
                .constant("i", new ConstantArray(DType.I8, dims(), new double[] {0}))
                .node("QuantizeLinear", "x s z", "q");
    }

    /** Steps of a scale are kept by moves and refused where another scale, or no scale, reads them. */
    @Test
    void quantisedValuesAreDequantisedByTheirScale() {
        GraphRunner rounded = steps().node("DequantizeLinear", "q s z", "y");
        assertArrayEquals(new float[] {1, 2, 3}, values(rounded));
        assertArrayEquals(new float[] {0.5f, 0.5f, 1}, rounded.values(engine, i -> 0.3 + i * 0.3));
        assertArrayEquals(new float[] {-64, 63.5f, 63.5f}, rounded.values(engine, i -> -100 + 200 * i));
        assertEquals("Quantize", rounded.kinds());
        assertEquals(List.of(0L, 255L), List.of(rounded.nodes().get(0).settings().get("least"),
                rounded.nodes().get(0).settings().get("greatest")));
        refused("has another scale", steps().node("DequantizeLinear", "q t z", "y"));
        refused("has another scale", steps().node("DequantizeLinear", "q s o", "y"));
        refused("has another scale", steps().node("DequantizeLinear", "q s", "y"));
        refused("has another scale", GraphRunner.of(1, 3).number("s", 0.5).node("DequantizeLinear", "x s", "y"));
        refused("has another scale", GraphRunner.of(1, 3).number("s", 0.5).node("Neg", "x", "q")
                .node("DequantizeLinear", "q s", "y"));
        refused("its integers are the output of the graph", steps().node("Identity", "q", "y"));
        refused("its integers go into Neg 'ny', wanted DequantizeLinear", steps().whole("k", 3, 1)
                .node("Reshape", "q k", "r").node("Neg", "r", "y"));
        refused("has a scale per block", GraphRunner.of(1, 3).number("s", 0.5).node("QuantizeLinear", "x s", "q",
                number("block_size", 2)).node("DequantizeLinear", "q s", "y"));
        GraphRunner moved = steps().whole("k", 3, 1).whole("f", 1).whole("e", 3).whole("a", 0)
                .node("Reshape", "q k", "r").node("Transpose", "r", "t1").node("Flatten", "t1", "g")
                .node("Squeeze", "g", "u").node("Slice", "u f e a", "v").node("DequantizeLinear", "v s z", "y");
        assertArrayEquals(new float[] {2, 3}, values(moved));
    }

    @Test
    void quantisationKnowsItsRange() {
        for (int[] type : new int[][] {{2, 0, 255}, {3, -128, 127}, {5, -32768, 32767}}) {
            GraphRunner stated = GraphRunner.of(1, 3).opset(21).number("s", 0.5)
                    .node("QuantizeLinear", "x s", "q", number("output_dtype", type[0]))
                    .node("DequantizeLinear", "q s", "y").run();
            assertEquals(List.of((long) type[1], (long) type[2]), List.of(stated.nodes().get(0).settings()
                    .get("least"), stated.nodes().get(0).settings().get("greatest")));
        }
        refused("quantises to ONNX's type 4, which is not supported", GraphRunner.of(1, 3).opset(21).number("s", 0.5)
                .node("QuantizeLinear", "x s", "q", number("output_dtype", 4)).node("DequantizeLinear", "q s", "y"));
        refused("quantises to ONNX's type F32", GraphRunner.of(1, 3).number("s", 0.5).number("z", 0)
                .node("QuantizeLinear", "x s z", "q").node("DequantizeLinear", "q s z", "y"));
        GraphRunner plain = GraphRunner.of(1, 3).number("s", 0.5).node("QuantizeLinear", "x s", "q")
                .node("DequantizeLinear", "q s", "y").run();
        assertEquals(255L, plain.nodes().get(0).settings().get("greatest"));
        assertArrayEquals(new float[] {0}, plain.nodes().get(0).tensors().get("zero").tensor().data());
    }

    /** A scale for each element of an axis: that axis and no other of the same length. */
    @Test
    void scalesPerChannelBelongToOneAxis() {
        GraphRunner channels = GraphRunner.of(1, 2, 2).floats("s", dims(2), 1, 10)
                .node("QuantizeLinear", "x s", "q").node("DequantizeLinear", "q s", "y").run();
        assertArrayEquals(new float[] {1, 2, 0, 0}, channels.values(engine, i -> i + 1));
        GraphRunner columns = GraphRunner.of(1, 2, 2).floats("s", dims(2), 1, 10)
                .node("QuantizeLinear", "x s", "q", number("axis", -1))
                .node("DequantizeLinear", "q s", "y", number("axis", 2)).run();
        assertArrayEquals(new float[] {1, 0, 3, 0}, columns.values(engine, i -> i + 1));
        GraphRunner moved = GraphRunner.of(1, 2, 2).floats("s", dims(2), 1, 10)
                .node("QuantizeLinear", "x s", "q").node("Transpose", "q", "t", ints("perm", 0, 2, 1))
                .node("DequantizeLinear", "t s", "y", number("axis", 2)).run();
        assertArrayEquals(new float[] {1, 0, 2, 0}, moved.values(engine, i -> i + 1));
        refused("has another scale", GraphRunner.of(1, 2, 2).floats("s", dims(2), 1, 10)
                .node("QuantizeLinear", "x s", "q").node("DequantizeLinear", "q s", "y", number("axis", 2)));
        refused("input 2 has shape 3", GraphRunner.of(1, 2, 2).floats("s", dims(3), 1, 10, 3)
                .node("QuantizeLinear", "x s", "q").node("DequantizeLinear", "q s", "y"));
    }

    @Test
    void productsOfValues() {
        GraphRunner gemm = GraphRunner.of(1, 4).whole("s", 2, 2).number("c", 7).floats("d", dims(2), 1, 2)
                .node("Reshape", "x s", "a").node("Gemm", "a a d", "y", real("alpha", 2), real("beta", 3),
                        number("transA", 1));
        // (1 3; 2 4) (1 2; 3 4) = (10 14; 14 20)
        assertArrayEquals(new float[] {23, 34, 31, 46}, values(gemm));
        GraphRunner second = GraphRunner.of(1, 4).whole("s", 2, 2).node("Reshape", "x s", "a").node("Neg", "a", "n")
                .node("Gemm", "a a n", "y", number("transB", 1), real("beta", 0.5f));
        assertArrayEquals(new float[] {4.5f, 10, 9.5f, 23}, values(second));
        GraphRunner plain = GraphRunner.of(1, 4).whole("s", 2, 2).node("Reshape", "x s", "a")
                .node("Gemm", "a a a", "y");
        assertArrayEquals(new float[] {8, 12, 18, 26}, values(plain));
        GraphRunner weights = GraphRunner.of(1, 2).floats("w", dims(2, 3), 1, 2, 3, 4, 5, 6).node("Neg", "x", "n")
                .whole("t", 3).floats("c", dims(1, 3), 1, 2, 3).node("Gemm", "x w c", "y", real("alpha", 2));
        assertArrayEquals(new float[] {19, 26, 33}, values(weights));
        GraphRunner left = GraphRunner.of(1, 2, 3).floats("w", dims(2, 2), 1, 2, 3, 4).node("MatMul", "w x", "y");
        assertArrayEquals(new float[] {9, 12, 15, 19, 26, 33}, values(left));
        GraphRunner vector = GraphRunner.of(1, 2, 3).floats("w", dims(2), 1, 2).node("MatMul", "w x", "y");
        refused("wanted matrices", vector);
        GraphRunner batches = GraphRunner.of(1, 8).whole("s", 2, 2, 2).whole("t", 1, 2, 2, 2)
                .node("Reshape", "x s", "a").node("Reshape", "x t", "b").node("MatMul", "a b", "y");
        assertArrayEquals(new float[] {7, 67, 10, 78, 15, 91, 22, 106}, values(batches));
        GraphRunner thin = GraphRunner.of(1, 2, 3).whole("z", 0).whole("o", 1).whole("a", 2)
                .node("Transpose", "x", "t", ints("perm", 0, 2, 1)).node("Slice", "t z o a", "c")
                .node("MatMul", "x c", "y");
        assertArrayEquals(new float[] {14, 32}, values(thin));
        GraphRunner row = GraphRunner.of(1, 2, 3).whole("z", 0).whole("o", 1).whole("a", 1)
                .node("Slice", "x z o a", "c").node("Transpose", "x", "t", ints("perm", 0, 2, 1))
                .node("MatMul", "c t", "y");
        assertArrayEquals(new float[] {14, 32}, values(row));
        refused("works along the batch of 2 images", GraphRunner.of(2, 3).floats("w", dims(2, 2), 1, 2, 3, 4)
                .node("MatMul", "w x", "y"));
        refused("multiplies shapes 1x3x4 and 1x1x4x3, wanted matrices", GraphRunner.of(2, 12).whole("s", 2, 3, 4)
                .whole("t", 2, 1, 4, 3).node("Reshape", "x s", "a").node("Reshape", "x t", "b")
                .node("MatMul", "a b", "y"));
        GraphRunner.of(1, 2).opset(6).floats("w", dims(2, 3), 1, 2, 3, 4, 5, 6).node("Gemm", "x w w1", "y",
                number("broadcast", 1)).floats("w1", dims(3), 1, 2, 3).run();
    }
}
