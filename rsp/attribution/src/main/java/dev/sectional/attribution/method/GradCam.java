package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.Attributions;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.attribution.internal.TokenGrid;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Grad-CAM (Selvaraju et al. 2017): the activations A of one feature map, weighted with the mean gradient of their
 * channel, {@code max(0, sum over c of A[c,p] mean over positions of dy/dA[c,.])}, enlarged to the image (bilinear,
 * corners not aligned) and shared evenly by the image's channels. Tokens {@code (T, D)} of a transformer count as the
 * positions of the last feature map below them, in row-major order; class tokens before these take no part. Immutable
 * and safe for use by several threads.
 */
public final class GradCam implements Method {
    /** Null for the last feature map. */
    private final String layer;

    private GradCam(String layer) {
        this.layer = layer;
    }

    /** {@return Grad-CAM at the last feature map before the classifier} */
    public static GradCam atLastFeatureMap() {
        return new GradCam(null);
    }

    /**
     * {@return Grad-CAM at the output of a layer}
     *
     * @param layer name of a layer whose output is a feature map; checked against each network
     */
    public static GradCam at(String layer) {
        return new GradCam(Objects.requireNonNull(layer, "name of the layer"));
    }

    @Override
    public String name() {
        return "grad-cam";
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        return Targets.explainEach(network, image, targets, this::explain);
    }

    private Attribution explain(Tape tape, int target) {
        Network network = tape.network();
        int node = layer == null ? network.lastFeatureMap() : network.indexOf(layer);
        TokenGrid grid = TokenGrid.of(tape, node);
        Tensor gradient = tape.gradient(Targets.oneHot(tape, target, 1), node);
        Shape shape = grid.shape();
        float[] activations = tape.output(node).data();
        int skipped = grid.skipped();
        double[] weights = new double[shape.dim(2)];
        for (int i = skipped; i < activations.length; i++) {
            weights[(i - skipped) % weights.length] += gradient.data()[i];
        }
        int positions = shape.dim(0) * shape.dim(1);
        Arrays.setAll(weights, c -> weights[c] / positions);
        Tensor start = Tensor.zeros(tape.output(node).shape());
        double[] sums = new double[positions];
        for (int i = skipped; i < activations.length; i++) {
            double value = activations[i] * weights[(i - skipped) % weights.length];
            start.data()[i] = (float) value;
            sums[(i - skipped) / weights.length] += value;
        }
        float[] map = new float[sums.length];
        for (int i = 0; i < map.length; i++) {
            map[i] = (float) Math.max(sums[i], 0);
        }
        Tensor relevance = enlarged(map, shape.dim(0), shape.dim(1), tape.image().shape());
        return Attributions.of(name(), tape, target, start, relevance);
    }

    /** @param image {@code (H, W, C)} */
    private static Tensor enlarged(float[] map, int height, int width, Shape image) {
        int rows = image.dim(0);
        int columns = image.dim(1);
        int channels = image.dim(2);
        Tensor enlarged = Tensor.zeros(Shape.of(channels, rows, columns));
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                double row = (y + 0.5) * height / rows - 0.5;
                double column = (x + 0.5) * width / columns - 0.5;
                float value = interpolated(map, height, width, row, column) / channels;
                for (int c = 0; c < channels; c++) {
                    enlarged.data()[(c * rows + y) * columns + x] = value;
                }
            }
        }
        return enlarged;
    }

    /** Returns the map's value between its positions; outside the outermost ones the nearest value. */
    private static float interpolated(float[] map, int height, int width, double y, double x) {
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
