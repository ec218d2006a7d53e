package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.LeakyReLU;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The same case with the channels of its inputs reversed, and those of its output too. Reversing moves every channel
 * but the middle one, and is its own inverse.
 */
final class Permutation {
    /** Layers that treat each channel alone and alike. */
    private static final Set<Class<? extends Layer>> BY_CHANNEL = Set.of(MaxPool2d.class, AvgPool2d.class,
            AdaptiveAvgPool2d.class, ReLU.class, LeakyReLU.class, Clip.class, Dropout.class, Add.class);

    private Permutation() {
    }

    /** Returns the case with reversed channels; empty for layers whose weights this class cannot permute. */
    static Optional<Case> of(Case sample) {
        return layer(sample.layer(), sample.x().shape()).map(layer -> new Case(layer,
                sample.xs().stream().map(Permutation::reversed).toList(), reversed(sample.r())));
    }

    private static Optional<Layer> layer(Layer layer, Shape input) {
        if (BY_CHANNEL.contains(layer.getClass())) {
            return Optional.of(layer);
        }
        if (layer instanceof Conv2d conv && conv.groups() == 1) {
            Tensor kernel = conv.weights();   // (kh, kw, C, O)
            Shape shape = conv.weightShape();
            Tensor weight = Tensor.zeros(shape);
            int area = shape.dim(2) * shape.dim(3);
            int channels = shape.dim(1);
            int outputs = shape.dim(0);
            for (int i = 0; i < weight.data().length; i++) {
                int output = i / area / channels;
                int channel = i / area % channels;
                weight.data()[i] = kernel.data()[(i % area * channels + channels - 1 - channel) * outputs
                        + outputs - 1 - output];
            }
            Conv2d permuted = conv.weight(weight);
            return Optional.of(conv.bias() == null ? permuted : permuted.bias(reversed(conv.bias())));
        }
        if (layer instanceof Linear linear && input.rank() == 1) {
            Tensor weight = reversed(Tensor.of(Shape.of(linear.weightShape().size()),
                    linear.weights().tensor().data())).reshape(linear.weightShape());
            Linear permuted = linear.weight(weight);
            return Optional.of(linear.bias() == null ? permuted : permuted.bias(reversed(linear.bias())));
        }
        return Optional.empty();
    }

    private static Tensor reversed(float[] values) {
        return reversed(Tensor.of(Shape.of(values.length), values));
    }

    /** Returns a tensor whose last axis is reversed. */
    static Tensor reversed(Tensor values) {
        int channels = values.shape().dim(values.shape().rank() - 1);
        Tensor result = Tensor.zeros(values.shape());
        IntStream.range(0, result.data().length).forEach(i ->
                result.data()[i] = values.data()[i - i % channels + channels - 1 - i % channels]);
        return result;
    }

    /** Returns several tensors with their last axes reversed. */
    static List<Tensor> reversed(List<Tensor> values) {
        return values.stream().map(Permutation::reversed).toList();
    }
}
