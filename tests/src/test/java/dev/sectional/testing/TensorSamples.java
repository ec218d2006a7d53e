package dev.sectional.testing;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.laws.Values;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic.Operation;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Gather;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Normalization;
import dev.sectional.nn.layer.Permute;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Reshape;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Softmax;
import java.util.Random;

/** Small random networks of layers for values of any rank. */
public final class TensorSamples {
    private TensorSamples() {
    }

    private static Linear linear(int outputs, int inputs, Random random) {
        Tensor weight = Values.SIGNED.tensor(Shape.of(outputs, inputs), random);
        for (int i = 0; i < weight.data().length; i++) {
            weight.data()[i] *= (float) Math.sqrt(3.0 / inputs);
        }
        return Linear.of(weight).bias(Values.SIGNED.tensor(Shape.of(outputs), random));
    }

    private static Normalization norm(int width, Random random) {
        return Normalization.layerNorm(1, 1e-6).weight(Values.SIGNED.tensor(Shape.of(width), random))
                .bias(Values.SIGNED.tensor(Shape.of(width), random));
    }

    /**
     * Creates a vision transformer for images of 8 by 12 pixels: patches of 4, a class token, two blocks of two heads
     * with a GELU between their linear layers, and a head of five classes.
     */
    public static Network transformer(Engine engine, Random random) {
        NetworkBuilder graph = Network.builder(Shape.of(3, 8, 12)).engine(engine);
        graph.add("patches", Conv2d.of(Values.SIGNED.tensor(Shape.of(8, 3, 4, 4), random)).stride(4));
        graph.add("tokens", new Reshape(Shape.of(6, 8)));
        graph.add("class", new Constant(Values.SIGNED.tensor(Shape.of(1, 8), random)), Network.IMAGE);
        graph.add("joined", new Concat(0), "class", "tokens");
        graph.add("position", new AddConstant(Values.SIGNED.tensor(Shape.of(7, 8), random)));
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
        graph.add("scaled", new MultiplyConstant(Values.SIGNED.tensor(Shape.of(1, 1, 3), random)));
        graph.add("shifted", new AddConstant(Values.SIGNED.tensor(Shape.of(1, 1, 3), random)));
        graph.add("stem", Conv2d.of(Values.SIGNED.tensor(Shape.of(6, 3, 3, 3), random)).padding(1));
        graph.add("stem.swish", new Pointwise(ScalarFunction.HARD_SWISH));
        Conv2d shared = Conv2d.of(Values.SIGNED.tensor(Shape.of(6, 6, 1, 1), random));
        graph.add("shared1", shared);
        graph.add("silu", new Pointwise(ScalarFunction.SILU));
        graph.add("shared2", shared);
        graph.add("groups", Normalization.groupNorm(3, 1e-5).weight(Values.SIGNED.tensor(Shape.of(6), random))
                .bias(Values.SIGNED.tensor(Shape.of(6), random)));
        graph.add("squeeze", new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, true));
        graph.add("reduce", linear(2, 6, random));
        graph.add("relu", new ReLU());
        graph.add("excite", linear(6, 2, random));
        graph.add("gate", new Pointwise(ScalarFunction.SIGMOID));
        graph.add("product", new Arithmetic(Operation.MULTIPLY), "gate", "groups");
        graph.add("last", Conv2d.of(Values.SIGNED.tensor(Shape.of(5, 6, 3, 3), random)).padding(1));
        graph.add("elu", new Pointwise(ScalarFunction.ELU));
        graph.add("pool", new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, true));
        graph.add("vector", new Reshape(Shape.of(5)));
        graph.add("head", linear(4, 5, random));
        return graph.build();
    }
}
