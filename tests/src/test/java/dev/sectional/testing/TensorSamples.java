package dev.sectional.testing;

import static dev.sectional.testing.Samples.tensor;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic.Operation;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.ConvTranspose2d;
import dev.sectional.nn.layer.Expand;
import dev.sectional.nn.layer.Gather;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Normalization;
import dev.sectional.nn.layer.PReLU;
import dev.sectional.nn.layer.Pad;
import dev.sectional.nn.layer.Permute;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.Quantize;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Reshape;
import dev.sectional.nn.layer.Resize;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Slice;
import dev.sectional.nn.layer.Softmax;
import dev.sectional.testing.Samples.Case;
import dev.sectional.testing.Samples.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** jqwik generators of layers for values of any rank, and small networks of them. */
public final class TensorSamples {
    private static final Shape VALUE = Shape.of(2, 3, 4);

    private TensorSamples() {
    }

    private static Case of(Layer layer, Shape input, Random random) {
        return new Case(layer, tensor(input, Values.SIGNED, random),
                tensor(layer.outputShape(input), Values.SIGNED, random));
    }

    private static Case of(Merge layer, List<Shape> inputs, Random random) {
        return new Case(layer, inputs.stream().map(shape -> tensor(shape, Values.SIGNED, random)).toList(),
                tensor(layer.outputShape(inputs), Values.SIGNED, random));
    }

    private interface Maker {
        Case make(Random random);
    }

    private static Arbitrary<Case> any(List<Maker> makers) {
        return Combinators.combine(Arbitraries.of(makers), Arbitraries.longs())
                .as((maker, seed) -> maker.make(new Random(seed)));
    }

    private static Tensor values(Shape shape) {
        return tensor(shape, Values.SIGNED, new Random(shape.size()));
    }

    /** Generates layers that pass relevance: all scalar functions, what moves values, constant factors. */
    public static Arbitrary<Case> passing() {
        List<Maker> makers = new ArrayList<>();
        for (ScalarFunction function : ScalarFunction.values()) {
            makers.add(random -> of(new Pointwise(function), VALUE, random));
        }
        Layer[] others = {new PReLU(values(Shape.of(4))), new MultiplyConstant(values(Shape.of(3, 1))),
            new MultiplyConstant(values(Shape.of(5, 2, 3, 4))), new Permute(2, 0, 1), new Reshape(Shape.of(4, 6)),
            new Slice(1, 2, -1, 2), new Gather(1, new int[] {2, 0, 2}, false), new Expand(Shape.of(3, 2, 3, 4)),
            new Pad(new int[] {1, 0, 0}, new int[] {0, 2, 0}, Pad.Mode.CONSTANT, 0.5f),
            new Pad(new int[] {1, 1, 0}, new int[] {0, 1, 0}, Pad.Mode.REFLECT, 0),
            new Quantize(Tensor.of(Shape.of(1), 0.1f), Tensor.zeros(Shape.of(1)), -128, 127),
            new Constant(values(VALUE)), new Resize(4, 5, Resize.Interpolation.CUBIC, Resize.Coordinates.HALF_PIXEL,
                Resize.Rounding.FLOOR, -0.75, false, 0, 0), new Resize(1, 2, Resize.Interpolation.LINEAR,
                Resize.Coordinates.ALIGN_CORNERS, Resize.Rounding.FLOOR, 0, false, 0, 0)};
        for (Layer layer : others) {
            makers.add(random -> of(layer, VALUE, random));
        }
        makers.add(random -> of(new Concat(1), List.of(VALUE, Shape.of(2, 1, 4)), random));
        return any(makers);
    }

    /** Generates products: of one shape, with a value that is broadcast, and of matrices. */
    public static Arbitrary<Case> products() {
        Arithmetic product = new Arithmetic(Operation.MULTIPLY);
        return any(List.of(random -> of(product, List.of(VALUE, VALUE), random),
                random -> of(product, List.of(VALUE, Shape.of(1, 1, 4)), random),
                random -> of(product, List.of(Shape.of(2, 3, 1), VALUE), random),
                random -> of(new MatMul(), List.of(Shape.of(2, 3, 4), Shape.of(2, 4, 5)), random),
                random -> of(new MatMul(), List.of(Shape.of(2, 1, 3, 4), Shape.of(3, 4, 2)), random)));
    }

    /** Generates sums, differences, means and lengths. */
    public static Arbitrary<Case> sums() {
        Merge sum = new Add();
        return any(List.of(random -> of(sum, List.of(VALUE, Shape.of(3, 1)), random),
                random -> of(new Arithmetic(Operation.SUBTRACT), List.of(VALUE, Shape.of(4)), random),
                random -> of(new AddConstant(values(Shape.of(3, 4))), VALUE, random),
                random -> of(new AddConstant(values(VALUE)), Shape.of(1, 4), random),
                random -> of(new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, false), VALUE, random),
                random -> of(new Reduce(Reduce.Operation.SUM, new int[] {2}, true), VALUE, random),
                random -> of(new Reduce(Reduce.Operation.L2, new int[] {1}, true), VALUE, random)));
    }

    /** Generates layers whose outputs each choose one input. */
    public static Arbitrary<Case> choices() {
        return any(List.of(random -> of(new Reduce(Reduce.Operation.MAX, new int[] {0, 1}, false), VALUE, random),
                random -> of(new Reduce(Reduce.Operation.MIN, new int[] {2}, true), VALUE, random),
                random -> of(new Arithmetic(Operation.MAXIMUM), List.of(VALUE, Shape.of(3, 4)), random),
                random -> of(new Arithmetic(Operation.MINIMUM), List.of(VALUE, VALUE), random)));
    }

    /** Generates normalisations with and without factors. */
    public static Arbitrary<Case> normalizations() {
        return any(List.of(
                random -> of(Normalization.layerNorm(1, 1e-3).weight(tensor(Shape.of(4), Values.SIGNED, random))
                        .bias(tensor(Shape.of(4), Values.SIGNED, random)), VALUE, random),
                random -> of(Normalization.layerNorm(2, 1e-3), VALUE, random),
                random -> of(Normalization.rmsNorm(1, 1e-3).weight(tensor(Shape.of(4), Values.SIGNED, random)), VALUE,
                        random),
                random -> of(Normalization.groupNorm(2, 1e-3).weight(tensor(Shape.of(4), Values.SIGNED, random))
                        .bias(tensor(Shape.of(4), Values.SIGNED, random)), VALUE, random),
                random -> of(Normalization.lpNormalize(1, 2, 0), VALUE, random)));
    }

    /** Generates softmaxes along different axes. */
    public static Arbitrary<Case> softmaxes() {
        return any(List.of(random -> of(new Softmax(2, false), VALUE, random),
                random -> of(new Softmax(0, false), VALUE, random)));
    }

    /** Generates layers with weights that convolutional networks do not have: tokens, transposed convolutions. */
    public static Arbitrary<Case> maps() {
        return any(List.of(
                random -> of(Linear.of(tensor(Shape.of(5, 4), Values.SIGNED, random))
                        .bias(tensor(Shape.of(5), Values.SIGNED, random)), VALUE, random),
                random -> of(Linear.of(tensor(Shape.of(3, 4), Values.SIGNED, random)), Shape.of(6, 4), random),
                random -> of(ConvTranspose2d.of(tensor(Shape.of(4, 3, 3, 2), Values.SIGNED, random),
                        ConvolutionGeometry.of(3, 2, 2, 0), 2, 1, 0)
                        .bias(tensor(Shape.of(6), Values.SIGNED, random)), Shape.of(3, 2, 4), random)));
    }

    private static Linear linear(int outputs, int inputs, Random random) {
        Tensor weight = tensor(Shape.of(outputs, inputs), Values.SIGNED, random);
        for (int i = 0; i < weight.data().length; i++) {
            weight.data()[i] *= (float) Math.sqrt(3.0 / inputs);
        }
        return Linear.of(weight).bias(tensor(Shape.of(outputs), Values.SIGNED, random));
    }

    private static Normalization norm(int width, Random random) {
        return Normalization.layerNorm(1, 1e-6).weight(tensor(Shape.of(width), Values.SIGNED, random))
                .bias(tensor(Shape.of(width), Values.SIGNED, random));
    }

    /**
     * Creates a vision transformer for images of 8 by 12 pixels: patches of 4, a class token, two blocks of two heads
     * with a GELU between their linear layers, and a head of five classes.
     */
    public static Network transformer(Engine engine, Random random) {
        NetworkBuilder graph = Network.builder(Shape.of(3, 8, 12)).engine(engine);
        graph.add("patches", Conv2d.of(tensor(Shape.of(8, 3, 4, 4), Values.SIGNED, random)).stride(4));
        graph.add("tokens", new Reshape(Shape.of(6, 8)));
        graph.add("class", new Constant(tensor(Shape.of(1, 8), Values.SIGNED, random)), Network.IMAGE);
        graph.add("joined", new Concat(0), "class", "tokens");
        graph.add("position", new AddConstant(tensor(Shape.of(7, 8), Values.SIGNED, random)));
        for (int i = 0; i < 2; i++) {
            block(graph, "block" + i, random);
        }
        graph.add("norm", norm(8, random));
        graph.add("one", new Gather(0, new int[] {0}, true));
        graph.add("head", linear(5, 8, random));
        return graph.build();
    }

    private static void block(NetworkBuilder graph, String name, Random random) {
        String input = graph.last();
        graph.add(name + ".norm1", norm(8, random));
        graph.add(name + ".qkv", linear(24, 8, random));
        graph.add(name + ".heads", new Reshape(Shape.of(7, 3, 2, 4)));
        graph.add(name + ".turned", new Permute(1, 2, 0, 3));
        for (int i = 0; i < 3; i++) {
            graph.add(name + ".part" + i, new Gather(0, new int[] {i}, true), name + ".turned");
        }
        graph.add(name + ".keys", new Permute(0, 2, 1), name + ".part1");
        graph.add(name + ".scores", new MatMul(), name + ".part0", name + ".keys");
        graph.add(name + ".scaled", new MultiplyConstant(Tensor.of(Shape.of(1), 0.5f)));
        graph.add(name + ".softmax", new Softmax(2, false));
        graph.add(name + ".attention", new MatMul(), name + ".softmax", name + ".part2");
        graph.add(name + ".back", new Permute(1, 0, 2));
        graph.add(name + ".flat", new Reshape(Shape.of(7, 8)));
        graph.add(name + ".projection", linear(8, 8, random));
        graph.add(name + ".sum1", new Add(), graph.last(), input);
        graph.add(name + ".norm2", norm(8, random));
        graph.add(name + ".fc1", linear(16, 8, random));
        graph.add(name + ".gelu", new Pointwise(ScalarFunction.GELU));
        graph.add(name + ".fc2", linear(8, 16, random));
        graph.add(name + ".sum2", new Add(), graph.last(), name + ".sum1");
    }

    /**
     * Creates a convolutional network for images of 9 by 8 pixels with smooth activations, a squeeze-and-excitation
     * gate, a layer that two nodes share, a group norm, and four classes.
     */
    public static Network gated(Engine engine, Random random) {
        NetworkBuilder graph = Network.builder(Shape.of(3, 9, 8)).engine(engine);
        graph.add("scaled", new MultiplyConstant(tensor(Shape.of(1, 1, 3), Values.SIGNED, random)));
        graph.add("shifted", new AddConstant(tensor(Shape.of(1, 1, 3), Values.SIGNED, random)));
        graph.add("stem", Conv2d.of(tensor(Shape.of(6, 3, 3, 3), Values.SIGNED, random)).padding(1));
        graph.add("stem.swish", new Pointwise(ScalarFunction.HARD_SWISH));
        Conv2d shared = Conv2d.of(tensor(Shape.of(6, 6, 1, 1), Values.SIGNED, random));
        graph.add("shared1", shared);
        graph.add("silu", new Pointwise(ScalarFunction.SILU));
        graph.add("shared2", shared);
        graph.add("groups", Normalization.groupNorm(3, 1e-5).weight(tensor(Shape.of(6), Values.SIGNED, random))
                .bias(tensor(Shape.of(6), Values.SIGNED, random)));
        graph.add("squeeze", new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, true));
        graph.add("reduce", linear(2, 6, random));
        graph.add("relu", new ReLU());
        graph.add("excite", linear(6, 2, random));
        graph.add("gate", new Pointwise(ScalarFunction.SIGMOID));
        graph.add("product", new Arithmetic(Operation.MULTIPLY), "gate", "groups");
        graph.add("last", Conv2d.of(tensor(Shape.of(5, 6, 3, 3), Values.SIGNED, random)).padding(1));
        graph.add("elu", new Pointwise(ScalarFunction.ELU));
        graph.add("pool", new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, true));
        graph.add("vector", new Reshape(Shape.of(5)));
        graph.add("head", linear(4, 5, random));
        return graph.build();
    }
}
