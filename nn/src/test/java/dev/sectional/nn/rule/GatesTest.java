package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Permute;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Softmax;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which input of a product is the signal, and the rules of layers that every composite shares. */
class GatesTest {
    private static final Layer SIGMOID = new Pointwise(ScalarFunction.SIGMOID);
    private static final Layer TANH = new Pointwise(ScalarFunction.TANH);
    private static final Layer MEAN = new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, true);
    private static final Layer MULTIPLY = new Arithmetic(Arithmetic.Operation.MULTIPLY);

    /** Returns the rule of a product of two branches of a convolution's output. */
    private static Rule rule(Layer product, List<Layer> first, List<Layer> second) {
        NetworkBuilder graph = Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "3,4,4")));
        graph.add("conv", Conv2d.of(Tensor.zeros(Shape.of(4, 3, 1, 1))), Network.IMAGE);
        String left = branch(graph, "left", first);
        String right = branch(graph, "right", second);
        graph.add("product", product, left, right);
        graph.add("flatten", new Flatten());
        try (Network network = graph.build()) {
            return Composite.epsilonPlus().rule(network, network.indexOf("product"));
        }
    }

    private static String branch(NetworkBuilder graph, String name, List<Layer> layers) {
        String from = "conv";
        for (int i = 0; i < layers.size(); i++) {
            graph.add(name + i, layers.get(i), from);
            from = name + i;
        }
        return from;
    }

    @Test
    void theGateComesFromASigmoidOrSoftmax() {
        for (Layer gate : List.of(SIGMOID, new Pointwise(ScalarFunction.HARD_SIGMOID), new Softmax())) {
            assertSame(Rules.signal(0), rule(MULTIPLY, List.of(new ReLU()), List.of(gate)));
            assertSame(Rules.signal(1), rule(MULTIPLY, List.of(gate), List.of(new ReLU())));
        }
    }

    @Test
    void layersThatMoveOrScaleValuesLeaveAGateOne() {
        List<Layer> moved = List.of(SIGMOID, new Permute(0, 1, 2), new Dropout(),
                new MultiplyConstant(Tensor.of(Shape.of(1), 2)));
        assertSame(Rules.signal(0), rule(MULTIPLY, List.of(), moved));
        assertSame(Rules.signal(1), rule(MULTIPLY, moved, List.of()));
        assertSame(Rules.uniform(), rule(MULTIPLY, List.of(), List.of(SIGMOID, new ReLU())), "a ReLU makes a signal");
        assertSame(Rules.uniform(), rule(MULTIPLY, List.of(), List.of(TANH)));
    }

    @Test
    void otherwiseTheBroadcastInputIsTheGate() {
        assertSame(Rules.signal(0), rule(MULTIPLY, List.of(), List.of(MEAN)));
        assertSame(Rules.signal(1), rule(MULTIPLY, List.of(MEAN), List.of()));
        assertSame(Rules.signal(0), rule(MULTIPLY, List.of(SIGMOID), List.of(MEAN, SIGMOID)), "both are gates");
        assertSame(Rules.signal(1), rule(MULTIPLY, List.of(MEAN, SIGMOID), List.of(SIGMOID)));
        assertSame(Rules.uniform(), rule(MULTIPLY, List.of(), List.of(new ReLU())));
        assertSame(Rules.uniform(), rule(MULTIPLY, List.of(SIGMOID), List.of(SIGMOID)));
    }

    @Test
    void productsOfMatricesAndQuotients() {
        Layer matrices = new MatMul();
        assertSame(Rules.signal(1), rule(matrices, List.of(new Softmax()), List.of()));
        assertSame(Rules.signal(0), rule(matrices, List.of(), List.of(new Softmax())));
        assertSame(Rules.uniform(), rule(matrices, List.of(), List.of()));
        Layer quotient = new Arithmetic(Arithmetic.Operation.DIVIDE);
        assertSame(Rules.signal(0), rule(quotient, List.of(SIGMOID), List.of()));
        assertSame(Rules.signal(0), rule(quotient, List.of(), List.of()));
        assertEquals("proportional", rule(new Arithmetic(Arithmetic.Operation.SUBTRACT), List.of(), List.of()).name());
        assertEquals("winner", rule(new Arithmetic(Arithmetic.Operation.MAXIMUM), List.of(), List.of()).name());
    }

    /** A product of the image itself: its size counts, and it is no gate. */
    @Test
    void theImageMayBeASignal() {
        NetworkBuilder graph = Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "3,4,4")));
        graph.add("mean", MEAN, Network.IMAGE);
        graph.add("wide", MULTIPLY, Network.IMAGE, "mean");
        graph.add("narrow", MULTIPLY, "mean", Network.IMAGE);
        graph.add("both", MULTIPLY, "wide", "narrow");
        graph.add("flatten", new Flatten());
        try (Network network = graph.build()) {
            Composite composite = Composite.of("any");
            assertSame(Rules.signal(0), composite.rule(network, network.indexOf("wide")));
            assertSame(Rules.signal(1), composite.rule(network, network.indexOf("narrow")));
            assertSame(Rules.uniform(), composite.rule(network, network.indexOf("both")));
            assertSame(Rules.uniform(), composite.uniformProducts().rule(network, network.indexOf("wide")));
        }
    }

    @Test
    void constantsAddedToTheImageTakeNoShare() {
        AddConstant constant = new AddConstant(Tensor.of(Shape.of(1), 2));
        NetworkBuilder graph = Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "3,4,4")));
        graph.add("below", constant, Network.IMAGE);
        graph.add("conv", Conv2d.of(Tensor.zeros(Shape.of(4, 3, 1, 1))));
        graph.add("above", constant);
        graph.add("flatten", new Flatten());
        try (Network network = graph.build()) {
            Composite composite = Composite.epsilonPlus();
            assertEquals("pass", composite.rule(network, network.indexOf("below")).name());
            assertEquals("proportional", composite.rule(network, network.indexOf("above")).name());
            assertEquals("z+", composite.rule(network, network.indexOf("conv")).name());
        }
    }
}
