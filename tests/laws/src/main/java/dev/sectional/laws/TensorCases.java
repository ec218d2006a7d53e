package dev.sectional.laws;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic.Operation;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.ConvTranspose2d;
import dev.sectional.nn.layer.Expand;
import dev.sectional.nn.layer.FixedSize;
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
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Reshape;
import dev.sectional.nn.layer.Resize;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Slice;
import dev.sectional.nn.layer.Softmax;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** jqwik generators of layers for values of any rank, as transformers have them, with inputs and relevance. */
public final class TensorCases {
    private static final Shape VALUE = Shape.of(2, 3, 4);

    private TensorCases() {
    }

    private static Case of(Layer layer, Shape input, Draw draw) {
        return Cases.of(layer, input, Values.SIGNED, Values.SIGNED, draw);
    }

    private static Case of(Merge layer, List<Shape> inputs, Draw draw) {
        return Cases.of(layer, inputs, Values.SIGNED, draw);
    }

    private interface Maker {
        Case make(Draw draw);
    }

    private static Arbitrary<Case> any(List<Maker> makers) {
        return Combinators.combine(Arbitraries.of(makers), Draw.any()).as(Maker::make);
    }

    private static Tensor values(Shape shape) {
        return Values.SIGNED.tensor(shape, new Random(shape.size()));
    }

    /**
     * Generates layers that pass relevance: all scalar functions, what moves values, constant factors.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> passing() {
        List<Maker> makers = new ArrayList<>();
        for (ScalarFunction function : ScalarFunction.values()) {
            makers.add(draw -> of(new Pointwise(function), VALUE, draw));
        }
        Layer[] others = {new PReLU(values(Shape.of(4))), new MultiplyConstant(values(Shape.of(3, 1))),
            new MultiplyConstant(values(Shape.of(5, 2, 3, 4))), new Permute(2, 0, 1), new Reshape(Shape.of(4, 6)),
            new Slice(1, 2, -1, 2), new Gather(1, new int[] {2, 0, 2}, false), new Expand(Shape.of(3, 2, 3, 4)),
            new Pad(new int[] {1, 0, 0}, new int[] {0, 2, 0}, Pad.Mode.CONSTANT, 0.5f),
            new Pad(new int[] {1, 1, 0}, new int[] {0, 1, 0}, Pad.Mode.REFLECT, 0),
            new Quantize(Tensor.of(Shape.of(1), 0.1f), Tensor.zeros(Shape.of(1)), -128, 127),
            new Quantize(Tensor.of(Shape.of(4), 0.1f, 0.2f, 0.05f, 1), Tensor.of(Shape.of(4), 3, 0, -2, 5), 0, 255),
            new FixedSize(2, 3),
            new Constant(values(VALUE)), new Resize(4, 5, Resize.Interpolation.CUBIC, Resize.Coordinates.HALF_PIXEL,
                Resize.Rounding.FLOOR, -0.75, false, 0, 0), new Resize(1, 2, Resize.Interpolation.LINEAR,
                Resize.Coordinates.ALIGN_CORNERS, Resize.Rounding.FLOOR, 0, false, 0, 0)};
        for (Layer layer : others) {
            makers.add(draw -> of(layer, VALUE, draw));
        }
        makers.add(draw -> of(new Concat(1), List.of(VALUE, Shape.of(2, 1, 4)), draw));
        return any(makers);
    }

    /**
     * Generates products: of one shape, with a value that is broadcast, and of matrices.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> products() {
        Arithmetic product = new Arithmetic(Operation.MULTIPLY);
        return any(List.of(draw -> of(product, List.of(VALUE, VALUE), draw),
                draw -> of(product, List.of(VALUE, Shape.of(1, 1, 4)), draw),
                draw -> of(product, List.of(Shape.of(2, 3, 1), VALUE), draw),
                draw -> of(new MatMul(), List.of(Shape.of(2, 3, 4), Shape.of(2, 4, 5)), draw),
                draw -> of(new MatMul(), List.of(Shape.of(2, 1, 3, 4), Shape.of(3, 4, 2)), draw)));
    }

    /**
     * Generates quotients: of one shape, and by a value that is broadcast.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> quotients() {
        Arithmetic quotient = new Arithmetic(Operation.DIVIDE);
        return any(List.of(draw -> of(quotient, List.of(VALUE, VALUE), draw),
                draw -> of(quotient, List.of(VALUE, Shape.of(3, 1)), draw),
                draw -> of(quotient, List.of(Shape.of(1, 4), VALUE), draw)));
    }

    /**
     * Generates sums, differences, means and lengths.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> sums() {
        Merge sum = new Add();
        return any(List.of(draw -> of(sum, List.of(VALUE, Shape.of(3, 1)), draw),
                draw -> of(new Arithmetic(Operation.SUBTRACT), List.of(VALUE, Shape.of(4)), draw),
                draw -> of(new AddConstant(values(Shape.of(3, 4))), VALUE, draw),
                draw -> of(new AddConstant(values(VALUE)), Shape.of(1, 4), draw),
                draw -> of(new Reduce(Reduce.Operation.MEAN, new int[] {0, 1}, false), VALUE, draw),
                draw -> of(new Reduce(Reduce.Operation.SUM, new int[] {2}, true), VALUE, draw),
                draw -> of(new Reduce(Reduce.Operation.L2, new int[] {1}, true), VALUE, draw)));
    }

    /**
     * Generates layers whose outputs each choose one input.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> choices() {
        return any(List.of(draw -> of(new Reduce(Reduce.Operation.MAX, new int[] {0, 1}, false), VALUE, draw),
                draw -> of(new Reduce(Reduce.Operation.MIN, new int[] {2}, true), VALUE, draw),
                draw -> of(new Arithmetic(Operation.MAXIMUM), List.of(VALUE, Shape.of(3, 4)), draw),
                draw -> of(new Arithmetic(Operation.MINIMUM), List.of(VALUE, VALUE), draw)));
    }

    /**
     * Generates normalisations with and without factors.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> normalizations() {
        return any(List.of(
                draw -> of(Normalization.layerNorm(1, 1e-3).weight(draw.signed(4))
                        .bias(draw.signed(4)), VALUE, draw),
                draw -> of(Normalization.layerNorm(2, 1e-3), VALUE, draw),
                draw -> of(Normalization.rmsNorm(1, 1e-3).weight(draw.signed(4)), VALUE,
                        draw),
                draw -> of(Normalization.groupNorm(2, 1e-3).weight(draw.signed(4))
                        .bias(draw.signed(4)), VALUE, draw),
                draw -> of(Normalization.lpNormalize(1, 2, 0), VALUE, draw)));
    }

    /**
     * Generates softmaxes along different axes.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> softmaxes() {
        return any(List.of(draw -> of(new Softmax(2, false), VALUE, draw),
                draw -> of(new Softmax(0, false), VALUE, draw)));
    }

    /**
     * Generates layers with weights that convolutional networks do not have: tokens, transposed convolutions.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> weightedLayers() {
        return any(List.of(
                draw -> of(Linear.of(draw.signed(5, 4))
                        .bias(draw.signed(5)), VALUE, draw),
                draw -> of(Linear.of(draw.signed(3, 4)), Shape.of(6, 4), draw),
                draw -> of(ConvTranspose2d.of(draw.signed(4, 3, 3, 2),
                        ConvolutionGeometry.of(3, 2, 2, 0), 2, 1, 0)
                        .bias(draw.signed(6)), Shape.of(3, 2, 4), draw)));
    }
}
