package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.internal.StartRelevance;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.Map;

/**
 * Grad-CAM (Selvaraju et al. 2017): the activations A of one map, weighted by the mean gradient of their channel,
 * {@code max(0, sum over c of A[c,p] mean over places of dy/dA[c,.])}, enlarged to the image (bilinear, corners not aligned)
 * and shared evenly by the image's channels. Immutable and safe to share.
 */
public final class GradCam extends TapeMethod {
    private final String layer;

    private GradCam(String layer) {
        this.layer = layer;
    }

    /** At the last map before the classifier. */
    public static GradCam atLastMap() {
        return new GradCam(null);
    }

    /** At the output of a layer, by name. */
    public static GradCam at(String layer) {
        return new GradCam(layer);
    }

    @Override
    public String name() {
        return "grad-cam";
    }

    @Override
    Attribution explain(Tape tape, int target) {
        Network network = tape.network();
        int node = layer == null ? network.lastFeatureMap() : network.indexOf(layer);
        Shape shape = tape.output(node).shape();
        if (shape.rank() != 3) {
            throw new InputException("Grad-CAM starts at a map, and '" + layer + "' gives shape " + shape);
        }
        double[] weights = StartRelevance.weights(tape, node, target).get(0);
        float[] activations = tape.output(node).data();
        Tensor start = Tensor.zeros(shape);
        double[] sums = new double[shape.dim(0) * shape.dim(1)];
        for (int i = 0; i < activations.length; i++) {
            double value = activations[i] * weights[i % weights.length];
            start.data()[i] = (float) value;
            sums[i / shape.dim(2)] += value;
        }
        float[] map = new float[sums.length];
        for (int i = 0; i < map.length; i++) {
            map[i] = (float) Math.max(sums[i], 0);
        }
        return Attribution.of(name(), tape, target, start, spread(map, shape.dim(0), shape.dim(1), tape.image().shape()), List.of(), Map.of());
    }

    private static Tensor spread(float[] map, int height, int width, Shape image) {
        int rows = image.dim(0);
        int columns = image.dim(1);
        int channels = image.dim(2);
        Tensor spread = Tensor.zeros(Shape.of(channels, rows, columns));
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                float value = between(map, height, width, (y + 0.5) * height / rows - 0.5, (x + 0.5) * width / columns - 0.5) / channels;
                for (int c = 0; c < channels; c++) {
                    spread.data()[(c * rows + y) * columns + x] = value;
                }
            }
        }
        return spread;
    }

    /** The map's value between its places; beyond the outermost ones it stays theirs. */
    private static float between(float[] map, int height, int width, double y, double x) {
        double row = Math.max(0, Math.min(height - 1, y));
        double column = Math.max(0, Math.min(width - 1, x));
        int top = (int) row;
        int left = (int) column;
        int bottom = Math.min(height - 1, top + 1);
        int right = Math.min(width - 1, left + 1);
        double down = row - top;
        double across = column - left;
        return (float) ((1 - down) * ((1 - across) * map[top * width + left] + across * map[top * width + right])
                + down * ((1 - across) * map[bottom * width + left] + across * map[bottom * width + right]));
    }
}
