package dev.sectional.attribution;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Map;

/**
 * A convolution of 2 x 2 with stride 2, ReLU and a linear head for three classes, for images of 4 x 6 pixels and one
 * channel; and its activations and weights in plain arrays, for references in double precision.
 */
public final class StridedNetwork {
    public static final int ROWS = 2;
    public static final int COLUMNS = 3;
    public static final int CHANNELS = 2;
    public static final int CLASSES = 3;
    private static final float[] KERNELS = {0.5f, -0.25f, 0.75f, 1, -0.5f, 1, 0.25f, 0.125f};

    private StridedNetwork() {
    }

    /** Returns the network; {@code relu} is its last feature map. */
    public static Network network() {
        ModelCard card = ModelCard.fromMetadata(Map.of("sectional.input", "1,4,6", "sectional.mean", "0",
                "sectional.std", "1"));
        return Network.builder().card(card)
                .add("conv", Conv2d.of(Tensor.of(Shape.of(CHANNELS, 1, 2, 2), KERNELS)).stride(2))
                .add("relu", new ReLU())
                .add("flatten", new Flatten())
                .add("head", Linear.of(Tensor.of(Shape.of(CLASSES, CHANNELS * ROWS * COLUMNS), head())))
                .build();
    }

    /** Returns an image of values of both signs. */
    public static Tensor image() {
        float[] image = new float[24];
        for (int i = 0; i < image.length; i++) {
            image[i] = (i * 7 % 11 - 4) / 4f;
        }
        return Tensor.of(Shape.of(1, 4, 6), image);
    }

    private static float[] head() {
        float[] head = new float[CLASSES * CHANNELS * ROWS * COLUMNS];
        for (int i = 0; i < head.length; i++) {
            head[i] = (i * 5 % 13 - 5) / 8f;
        }
        return head;
    }

    /** Returns the activations after the ReLU: channel, position. */
    public static double[][] activations() {
        float[] image = image().data();
        double[][] activations = new double[CHANNELS][ROWS * COLUMNS];
        for (int c = 0; c < CHANNELS; c++) {
            for (int p = 0; p < ROWS * COLUMNS; p++) {
                double sum = 0;
                for (int k = 0; k < 4; k++) {
                    sum += KERNELS[4 * c + k] * image[pixel(p, k)];
                }
                activations[c][p] = Math.max(0, sum);
            }
        }
        return activations;
    }

    /** Returns the mean gradient of a logit over the positions of a channel: the mean of the head's weights. */
    public static double weight(int target, int channel) {
        double sum = 0;
        for (int p = 0; p < ROWS * COLUMNS; p++) {
            sum += head()[(target * CHANNELS + channel) * ROWS * COLUMNS + p];
        }
        return sum / (ROWS * COLUMNS);
    }

    /** Returns relevance at a ReLU's input, for its input and what arrives at its output. */
    @FunctionalInterface
    public interface Backward {
        double at(double activation, double received);
    }

    /** Returns what a backward pass from one logit brings to the image, with the given step at the ReLU. */
    public static double[] backward(float[] image, int target, Backward relu) {
        double[] gradient = new double[24];
        for (int c = 0; c < CHANNELS; c++) {
            for (int p = 0; p < ROWS * COLUMNS; p++) {
                double sum = 0;
                for (int k = 0; k < 4; k++) {
                    sum += KERNELS[4 * c + k] * image[pixel(p, k)];
                }
                double passed = relu.at(sum, head()[(target * CHANNELS + c) * ROWS * COLUMNS + p]);
                for (int k = 0; k < 4; k++) {
                    gradient[pixel(p, k)] += KERNELS[4 * c + k] * passed;
                }
            }
        }
        return gradient;
    }

    private static int pixel(int position, int kernelOffset) {
        return (position / COLUMNS * 2 + kernelOffset / 2) * 6 + position % COLUMNS * 2 + kernelOffset % 2;
    }
}
