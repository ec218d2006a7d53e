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
        Targets.requireLogits(network);
        int node = layer == null ? network.lastFeatureMap() : network.indexOf(layer);
        return Targets.explainEach(network, image, targets, node, (tape, target) -> explain(tape, node, target));
    }

    private Attribution explain(Tape tape, int node, int target) {
        TokenGrid grid = TokenGrid.of(tape, node);
        Tensor gradient = tape.gradient(Targets.oneHot(tape, target, 1), node);
        Shape shape = grid.shape();
        float[] activations = tape.output(node).data();
        int skipped = grid.skipped();
        double[] weights = new double[shape.dim(2)];
        int positions = shape.dim(0) * shape.dim(1);
        for (int p = 0, i = skipped; p < positions; p++) {
            for (int c = 0; c < weights.length; c++, i++) {
                weights[c] += gradient.data()[i];
            }
        }
        Arrays.setAll(weights, c -> weights[c] / positions);
        Tensor start = Tensor.zeros(tape.output(node).shape());
        double[] sums = new double[positions];
        for (int p = 0, i = skipped; p < positions; p++) {
            for (int c = 0; c < weights.length; c++, i++) {
                double value = activations[i] * weights[c];
                start.data()[i] = (float) value;
                sums[p] += value;
            }
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
        float[] values = enlarged.data();
        Neighbours vertical = Neighbours.of(height, rows);
        Neighbours horizontal = Neighbours.of(width, columns);
        double[] wide = new double[height * columns];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < columns; x++) {
                double across = horizontal.share[x];
                wide[y * columns + x] = (1 - across) * map[y * width + horizontal.first[x]]
                        + across * map[y * width + horizontal.second[x]];
            }
        }
        for (int y = 0; y < rows; y++) {
            int top = vertical.first[y] * columns;
            int bottom = vertical.second[y] * columns;
            double down = vertical.share[y];
            for (int x = 0; x < columns; x++) {
                float value = (float) ((1 - down) * wide[top + x] + down * wide[bottom + x]);
                values[y * columns + x] = value / channels;
            }
        }
        for (int c = 1; c < channels; c++) {
            System.arraycopy(values, 0, values, c * rows * columns, rows * columns);
        }
        return enlarged;
    }

    /**
     * The positions of one side of a map between which each position of the enlarged side lies, the outermost one twice
     * outside the map, and the share of the second.
     */
    private record Neighbours(int[] first, int[] second, double[] share) {
        static Neighbours of(int length, int enlarged) {
            Neighbours all = new Neighbours(new int[enlarged], new int[enlarged], new double[enlarged]);
            for (int i = 0; i < enlarged; i++) {
                double at = Math.max(0, Math.min(length - 1, (i + 0.5) * length / enlarged - 0.5));
                all.first[i] = (int) at;
                all.second[i] = Math.min(length - 1, all.first[i] + 1);
                all.share[i] = at - all.first[i];
            }
            return all;
        }
    }
}
