package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Normalisation of constants, by which exporters write standardised weights. */
final class ConstantNorms {
    private ConstantNorms() {}

    static void addTo(Map<String, Function<OperatorCall, ConstantArray>> table) {
        table.put("BatchNormalization", ConstantNorms::batchNorm);
        table.put("InstanceNormalization", ConstantNorms::instanceNorm);
    }

    private static ConstantArray batchNorm(OperatorCall call) {
        ConstantArray x = ConstantFolder.array(call, 0);
        double epsilon = call.attributes().floatValue("epsilon", 1e-5f);
        call.attributes().ignore("momentum", "spatial", "is_test");
        boolean training = call.attributes().flag("training_mode");
        requireChannels(x);
        int channels = x.dims()[1];
        double[][] given = IntStream.range(1, 5).mapToObj(i -> numbers(call, i, channels)).toArray(double[][]::new);
        double[] mean = training ? new double[channels] : given[2];
        double[] variance = training ? new double[channels] : given[3];
        int inner = IntStream.range(2, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        if (training) {
            double count = (double) x.size() / channels;
            for (int i = 0; i < x.size(); i++) {
                mean[i / inner % channels] += x.values()[i] / count;
            }
            for (int i = 0; i < x.size(); i++) {
                double off = x.values()[i] - mean[i / inner % channels];
                variance[i / inner % channels] += off * off / count;
            }
        }
        return ConstantArray.of(DType.F32, x.dims(), i -> {
            int c = i / inner % channels;
            return (x.values()[i] - mean[c]) / Math.sqrt(variance[c] + epsilon) * given[0][c] + given[1][c];
        });
    }

    private static ConstantArray instanceNorm(OperatorCall call) {
        ConstantArray x = ConstantFolder.array(call, 0);
        double epsilon = call.attributes().floatValue("epsilon", 1e-5f);
        requireChannels(x);
        int channels = x.dims()[1];
        double[] scale = numbers(call, 1, channels);
        double[] shift = numbers(call, 2, channels);
        int inner = IntStream.range(2, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        double[] mean = new double[x.size() / inner];
        double[] variance = new double[mean.length];
        for (int i = 0; i < x.size(); i++) {
            mean[i / inner] += x.values()[i] / inner;
        }
        for (int i = 0; i < x.size(); i++) {
            variance[i / inner] += Math.pow(x.values()[i] - mean[i / inner], 2) / inner;
        }
        return ConstantArray.of(DType.F32, x.dims(), i -> {
            int c = i / inner % channels;
            return (x.values()[i] - mean[i / inner]) / Math.sqrt(variance[i / inner] + epsilon) * scale[c] + shift[c];
        });
    }

    private static void requireChannels(ConstantArray x) {
        if (x.rank() < 2 || x.size() == 0) {
            throw new IllegalArgumentException("normalises a constant of shape " + Shape.of(x.dims()));
        }
    }

    private static double[] numbers(OperatorCall call, int input, int channels) {
        double[] numbers = ConstantFolder.array(call, input).values();
        if (numbers.length != channels) {
            throw new IllegalArgumentException("input " + (input + 1) + " has " + numbers.length
                    + " numbers, wanted " + channels);
        }
        return numbers;
    }
}
