package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;

/**
 * RSP's rule for 3x3 kernels of stride 1 in float64, by its formula, and bounds of the rounding error of float32
 * algorithms. All of it leaves out the factor 2 and the shift, as {@link RspAlgorithm} does, and includes the
 * multiplication by the input.
 *
 * <p>Within one sign nothing is negative, so that no sum cancels. An algorithm that sums products directly has a
 * relative error of at most one unit roundoff for each nonzero term of its longest sum, in the filter gradient, in z
 * and in the input gradient. Winograd's filtering rounds relative to the greatest values of a tile; that error reaches
 * a result through the filters, through the ratio and through the last product, and the bound follows it there.
 */
final class RspReference {
    /** Unit roundoff of float32. */
    private static final double ROUNDOFF = 0x1p-24;
    /**
     * Growth of independent rounding errors in F(4x4, 3x3) with points 0, +-11/16, +-3/2 and infinity: the square of
     * the greatest root over outputs of the sum of (a b g)^2, a b g being entries of the transforms A^T, B^T and G that
     * meet in one product.
     */
    private static final double GROWTH = 22.5;
    private static final int KERNEL = 3;
    private static final int AREA = KERNEL * KERNEL;
    private static final int TILE = 4;

    private final Grid in;
    private final Grid out;
    private final int before;
    private final int channels;
    private final int outputs;
    private final float[] x;
    private final double[] values;
    private final double[] exactBound;
    private final double[] winogradBound;
    private double dead;

    /** Height and width of a feature map. */
    private record Grid(int height, int width) {
        int positions() {
            return height * width;
        }

        /** Returns the position of row and column, or -1 outside. */
        int at(int row, int column) {
            return row < 0 || column < 0 || row >= height || column >= width ? -1 : row * width + column;
        }

        int tileColumns() {
            return (width + TILE - 1) / TILE;
        }

        int tiles() {
            return (height + TILE - 1) / TILE * tileColumns();
        }

        int tileOf(int position) {
            return position / width / TILE * tileColumns() + position % width / TILE;
        }
    }

    RspReference(ConvolutionGeometry geometry, Tensor x, Tensor r) {
        Shape output = r.shape();
        in = new Grid(x.shape().dim(0), x.shape().dim(1));
        out = new Grid(output.dim(0), output.dim(1));
        before = geometry.rows().before();
        channels = x.shape().dim(2);
        outputs = output.dim(2);
        this.x = x.data();
        values = new double[x.data().length];
        exactBound = new double[values.length];
        winogradBound = new double[values.length];
        for (int sign = 1; sign >= -1; sign -= 2) {
            double[] q = new double[r.data().length];
            int s = sign;
            Arrays.setAll(q, i -> Math.max(0, s * r.data()[i]));
            new Part(q).add(sign);
        }
    }

    /** The relevance of each input. */
    double[] values() {
        return values;
    }

    /** Greatest error of each value of an algorithm that sums products directly. */
    double[] exactBound() {
        return exactBound;
    }

    /** Greatest error of each value of Winograd's filtering, up to a factor for the distribution of rounding errors. */
    double[] winogradBound() {
        return winogradBound;
    }

    /** The sum of the relevance where z is 0. */
    double dead() {
        return dead;
    }

    private int input(int position, int offset) {
        return in.at(position / out.width + offset / KERNEL - before, position % out.width + offset % KERNEL - before);
    }

    private int output(int position, int offset) {
        return out.at(position / in.width - offset / KERNEL + before, position % in.width - offset % KERNEL + before);
    }

    /** The relevance of one sign. */
    private final class Part {
        private final double[] q;
        private final double[] filters = new double[AREA * channels * outputs];
        /** For each channel and output the sum over the kernel's offsets. */
        private final double[] filterSums = new double[channels * outputs];
        private final double[] filterErrors = new double[channels * outputs];
        private final double[] s;
        /** Greatest error of each ratio by Winograd's filtering. */
        private final double[] ratioErrors;
        private int terms;

        Part(double[] q) {
            this.q = q;
            s = new double[q.length];
            ratioErrors = new double[q.length];
            computeFilters();
            computeRatios();
        }

        private void computeFilters() {
            int[] counts = new int[outputs];
            for (int i = 0; i < q.length; i++) {
                counts[i % outputs] += q[i] != 0 ? 1 : 0;
                for (int offset = 0; q[i] != 0 && offset < AREA; offset++) {
                    int position = input(i / outputs, offset);
                    for (int c = 0; position >= 0 && c < channels; c++) {
                        filters[(offset * channels + c) * outputs + i % outputs] += q[i] * x[position * channels + c];
                    }
                }
            }
            terms += Arrays.stream(counts).max().orElse(0);
            for (int i = 0; i < filters.length; i++) {
                filterSums[i % filterSums.length] += filters[i];
            }
            double[] relevance = new double[out.tiles() * outputs];
            for (int i = 0; i < q.length; i++) {
                relevance[out.tileOf(i / outputs) * outputs + i % outputs] += q[i];
            }
            double[] inputs = tileMaxima();
            for (int i = 0; i < relevance.length; i++) {
                for (int c = 0; relevance[i] != 0 && c < channels; c++) {
                    filterErrors[c * outputs
                            + i % outputs] += GROWTH * ROUNDOFF * relevance[i] * inputs[i / outputs * channels + c];
                }
            }
        }

        /** For each tile of outputs and each channel the greatest input below the tile. */
        private double[] tileMaxima() {
            double[] maxima = new double[out.tiles() * channels];
            for (int position = 0; position < out.positions(); position++) {
                for (int offset = 0; offset < AREA; offset++) {
                    int below = input(position, offset);
                    for (int c = 0; below >= 0 && c < channels; c++) {
                        int at = out.tileOf(position) * channels + c;
                        maxima[at] = Math.max(maxima[at], x[below * channels + c]);
                    }
                }
            }
            return maxima;
        }

        private void computeRatios() {
            double[] inputs = tileMaxima();
            int longest = 0;
            for (int i = 0; i < q.length; i++) {
                if (q[i] == 0) {
                    continue;
                }
                int o = i % outputs;
                double z = 0;
                double squares = 0;
                double error = 0;
                int nonzeros = 0;
                for (int offset = 0; offset < AREA; offset++) {
                    int position = input(i / outputs, offset);
                    for (int c = 0; position >= 0 && c < channels; c++) {
                        double value = x[position * channels + c];
                        z += filters[(offset * channels + c) * outputs + o] * value;
                        error += filterErrors[c * outputs + o] * value;
                        squares += value * value;
                        nonzeros += value != 0 ? 1 : 0;
                    }
                }
                longest = Math.max(longest, nonzeros);
                for (int c = 0; c < channels; c++) {
                    error += GROWTH * ROUNDOFF * inputs[out.tileOf(i / outputs) * channels + c] * filterSums[c * outputs
                            + o];
                }
                divide(i, z, error, q[i] * squares);
            }
            terms += longest;
        }

        /** @param floor z is known to be at least that */
        private void divide(int i, double z, double error, double floor) {
            if (z == 0) {
                return;
            }
            s[i] = q[i] / z;
            ratioErrors[i] = Math.max(q[i] / Math.max(z - error, floor) - s[i], s[i] - q[i] / (z + error));
        }

        void add(int sign) {
            double[] ratios = ratioMaxima();
            double[] shares = new double[x.length];
            double[] errors = new double[x.length];
            int longest = 0;
            for (int i = 0; i < x.length; i++) {
                int nonzeros = 0;
                for (int offset = 0; x[i] != 0 && offset < AREA; offset++) {
                    int position = output(i / channels, offset);
                    for (int o = 0; position >= 0 && o < outputs; o++) {
                        double ratio = s[position * outputs + o];
                        double filter = filters[(offset * channels + i % channels) * outputs + o];
                        double filterError = filterErrors[i % channels * outputs + o];
                        shares[i] += ratio * filter;
                        errors[i] += ratioErrors[position * outputs + o] * (filter + filterError) + ratio * filterError;
                        nonzeros += ratio != 0 ? 1 : 0;
                    }
                }
                longest = Math.max(longest, nonzeros);
                for (int o = 0; x[i] != 0 && o < outputs; o++) {
                    errors[i] += GROWTH * ROUNDOFF * ratios[in.tileOf(i / channels) * outputs
                            + o] * filterSums[i % channels * outputs + o];
                }
            }
            for (int i = 0; i < x.length; i++) {
                values[i] += sign * x[i] * shares[i];
                exactBound[i] += (terms + longest) * ROUNDOFF * x[i] * shares[i];
                winogradBound[i] += x[i] * errors[i];
            }
            for (int i = 0; i < q.length; i++) {
                dead += s[i] == 0 ? sign * q[i] : 0;
            }
        }

        /** For each tile of inputs and each output channel the greatest ratio in the windows that hold the tile. */
        private double[] ratioMaxima() {
            double[] maxima = new double[in.tiles() * outputs];
            for (int position = 0; position < in.positions(); position++) {
                for (int offset = 0; offset < AREA; offset++) {
                    int above = output(position, offset);
                    for (int o = 0; above >= 0 && o < outputs; o++) {
                        int at = in.tileOf(position) * outputs + o;
                        maxima[at] = Math.max(maxima[at], s[above * outputs + o]);
                    }
                }
            }
            return maxima;
        }
    }
}
