package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Tensor;
import java.util.Arrays;

/** RSP's rule by its formula in float64, for any kernel, stride and padding at dilation 1 and one group. */
final class RspFormula {
    private final ConvolutionGeometry geometry;
    private final Tensor x;
    private final int outputWidth;
    private final int outputs;
    private final double[] parts;
    private final double[] relevance;
    private double dead;

    /** @param x {@code (H, W, C)}, at least 0 */
    RspFormula(ConvolutionGeometry geometry, Tensor x, Tensor r) {
        this.geometry = geometry;
        this.x = x;
        outputWidth = r.shape().dim(1);
        outputs = r.shape().dim(2);
        parts = new double[x.data().length];
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int o = 0; o < outputs; o++) {
                addPart(sign, o, r);
            }
        }
        relevance = parts.clone();
        long nonzeros = Arrays.stream(parts).filter(part -> part != 0).count();
        for (int i = 0; geometry.kernelArea() > 1 && i < parts.length; i++) {
            relevance[i] = parts[i] == 0 ? 0 : 2 * parts[i] - r.sum() / nonzeros;
        }
    }

    /** Returns {@code part+ - part-}, in the shape of the input. */
    double[] parts() {
        return parts;
    }

    /** Returns the relevance at the input. */
    double[] relevance() {
        return relevance;
    }

    /** Returns the sum of the relevance where z is 0. */
    double dead() {
        return dead;
    }

    private void addPart(int sign, int o, Tensor r) {
        int area = geometry.kernelArea();
        int channels = x.shape().dim(2);
        int positions = r.data().length / outputs;
        double[] filter = new double[area * channels];
        for (int p = 0; p < positions; p++) {
            double q = Math.max(0, sign * r.data()[p * outputs + o]);
            for (int i = 0; i < filter.length; i++) {
                filter[i] += q * input(p, i / channels, i % channels);
            }
        }
        for (int p = 0; p < positions; p++) {
            double q = Math.max(0, sign * r.data()[p * outputs + o]);
            double z = 0;
            for (int i = 0; i < filter.length; i++) {
                z += filter[i] * input(p, i / channels, i % channels);
            }
            dead += z == 0 ? sign * q : 0;
            for (int i = 0; z != 0 && i < filter.length; i++) {
                double value = input(p, i / channels, i % channels);
                if (value != 0) {
                    parts[index(p, i / channels, i % channels)] += sign * value * filter[i] * q / z;
                }
            }
        }
    }

    private double input(int position, int offset, int channel) {
        int index = index(position, offset, channel);
        return index < 0 ? 0 : x.data()[index];
    }

    /** Returns the index of the input that a window reads, or -1 in the padding. */
    private int index(int position, int offset, int channel) {
        int row = position / outputWidth * geometry.rows().stride() - geometry.rows().before()
                + offset / geometry.columns().size();
        int column = position % outputWidth * geometry.columns().stride() - geometry.columns().before()
                + offset % geometry.columns().size();
        boolean inside = row >= 0 && column >= 0 && row < x.shape().dim(0) && column < x.shape().dim(1);
        return inside ? (row * x.shape().dim(1) + column) * x.shape().dim(2) + channel : -1;
    }
}
