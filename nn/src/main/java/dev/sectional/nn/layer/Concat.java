package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.ArrayList;
import java.util.List;

/** Its inputs side by side along the channels: maps of one height and width, or vectors. */
public final class Concat implements Merge, PureLayer {
    @Override
    public Shape outputShape(List<Shape> inputs) {
        int channels = 0;
        for (Shape input : inputs) {
            if (input.rank() != inputs.get(0).rank() || input.rank() != 1 && input.rank() != 3 || places(input) != places(inputs.get(0))
                    || input.dim(0) != inputs.get(0).dim(0) && input.rank() == 3) {
                throw new IllegalArgumentException("a concatenation takes maps of one height and width, or vectors, got " + inputs);
            }
            channels += channels(input);
        }
        Shape first = inputs.get(0);
        return first.rank() == 1 ? Shape.of(channels) : Shape.of(first.dim(0), first.dim(1), channels);
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Tensor joined = Tensor.zeros(outputShape(inputs.stream().map(Tensor::shape).toList()));
        int width = channels(joined.shape());
        int at = 0;
        for (Tensor input : inputs) {
            int own = channels(input.shape());
            copy(input.data(), 0, own, joined.data(), at, width, own, places(input.shape()));
            at += own;
        }
        return joined;
    }

    /** Hands each input the channels that came from it. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        int width = channels(outputGradient.shape());
        List<Tensor> gradients = new ArrayList<>();
        int at = 0;
        for (Tensor input : inputs) {
            Tensor gradient = Tensor.zeros(input.shape());
            int own = channels(input.shape());
            copy(outputGradient.data(), at, width, gradient.data(), 0, own, own, places(input.shape()));
            gradients.add(gradient);
            at += own;
        }
        return gradients;
    }

    private static int channels(Shape shape) {
        return shape.dim(shape.rank() - 1);
    }

    private static int places(Shape shape) {
        return shape.rank() == 3 ? shape.dim(0) * shape.dim(1) : 1;
    }

    private static void copy(float[] from, int fromStart, int fromWidth, float[] to, int toStart, int toWidth, int count, int places) {
        for (int place = 0; place < places; place++) {
            System.arraycopy(from, place * fromWidth + fromStart, to, place * toWidth + toStart, count);
        }
    }
}
