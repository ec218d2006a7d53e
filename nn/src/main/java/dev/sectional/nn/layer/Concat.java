package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * Its inputs one after the other along the channels: feature maps {@code (H, W, C)} of one height and width, or
 * vectors.
 */
public final class Concat implements Merge, PureLayer {
    @Override
    public Shape outputShape(List<Shape> inputs) {
        int channels = 0;
        Shape first = inputs.get(0);
        for (Shape input : inputs) {
            boolean vectors = first.rank() == 1 && input.rank() == 1;
            boolean featureMaps = first.rank() == 3 && input.rank() == 3 && input.dim(0) == first.dim(0)
                    && input.dim(1) == first.dim(1);
            if (!vectors && !featureMaps) {
                throw new IllegalArgumentException("a concatenation takes feature maps of one height and width, or"
                        + " vectors, got " + inputs);
            }
            channels += channels(input);
        }
        return first.rank() == 1 ? Shape.of(channels) : Shape.of(first.dim(0), first.dim(1), channels);
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Tensor joined = Tensor.zeros(outputShape(inputs.stream().map(Tensor::shape).toList()));
        int width = channels(joined.shape());
        int first = 0;
        for (Tensor input : inputs) {
            int own = channels(input.shape());
            for (int position = 0; position * own < input.data().length; position++) {
                System.arraycopy(input.data(), position * own, joined.data(), position * width + first, own);
            }
            first += own;
        }
        return joined;
    }

    /** Returns for each input the output gradient of its channels. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        int width = channels(outputGradient.shape());
        List<Tensor> gradients = new ArrayList<>();
        int first = 0;
        for (Tensor input : inputs) {
            Tensor gradient = Tensor.zeros(input.shape());
            int own = channels(input.shape());
            for (int position = 0; position * own < gradient.data().length; position++) {
                System.arraycopy(outputGradient.data(), position * width + first, gradient.data(), position * own, own);
            }
            gradients.add(gradient);
            first += own;
        }
        return gradients;
    }

    private static int channels(Shape shape) {
        return shape.dim(shape.rank() - 1);
    }
}
