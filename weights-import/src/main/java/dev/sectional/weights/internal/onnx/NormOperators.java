package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Normalisation: by batch statistics, over channels, groups, positions or neighbours. */
final class NormOperators {
    private NormOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("BatchNormalization", NormOperators::batchNorm);
        table.put("LayerNormalization", NormOperators::layerNorm);
        table.put("RMSNormalization", NormOperators::rmsNorm);
        table.put("InstanceNormalization", NormOperators::instanceNorm);
        table.put("GroupNormalization", NormOperators::groupNorm);
        table.put("LpNormalization", NormOperators::lpNorm);
        table.put("LRN", NormOperators::lrn);
    }

    private static void batchNorm(OperatorCall call) {
        DynamicValue given = call.dynamic(0);
        if (given.rank() < 2) {
            throw new IllegalArgumentException("takes shape " + Shape.of(given.dims()));
        }
        DynamicValue x = call.layouts().withLast(given, 1);
        float epsilon = epsilon(call, 1e-5f);
        call.attributes().ignore("momentum", "is_test");
        if (call.attributes().flag("training_mode") || call.attributes().longValue("spatial", 1) == 0) {
            throw new IllegalArgumentException("normalises with the batch's statistics or by position;"
                    + " only batch normalisation for evaluation is supported");
        }
        float[][] values = new float[4][];   // gamma, beta, mean, variance
        for (int i = 0; i < 4; i++) {
            ConstantValue parameter = call.constant(i + 1);
            if (!parameter.shape().equals(Shape.of(x.channels()))) {
                throw new IllegalArgumentException("input " + (i + 2) + " has shape " + parameter.shape() + ", wanted "
                        + x.channels() + " elements");
            }
            values[i] = parameter.values().tensor().data();
        }
        double[] scale = new double[x.channels()];
        double[] shift = new double[x.channels()];
        for (int c = 0; c < scale.length; c++) {
            scale[c] = values[0][c] / Math.sqrt((double) values[3][c] + epsilon);
            shift[c] = values[1][c] - scale[c] * values[2][c];
        }
        if (ChannelFolding.folds(call, x)) {
            ChannelFolding.fold(call, x, scale, shift);
            call.setOutput(x);
            return;
        }
        if (x.shape().rank() != 1 && x.shape().rank() != 3) {
            DynamicValue scaled = call.addSame("MultiplyConstant", Map.of(),
                    Map.of("value", ArithmeticOperators.vector(scale)), x);
            call.setOutput(call.addSame("AddConstant", Map.of(), Map.of("value", ArithmeticOperators.vector(shift)),
                    scaled));
            return;
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (String key : List.of("weight", "bias", "running_mean", "running_var")) {
            tensors.put(key, call.constant(tensors.size() + 1).values());
        }
        call.setOutput(call.addSame("BatchNorm2d", NodeSpec.settings("epsilon", epsilon), tensors, x));
    }

    private static float epsilon(OperatorCall call, float otherwise) {
        float epsilon = call.attributes().floatValue("epsilon", otherwise);
        if (!(epsilon >= 0) || Float.isInfinite(epsilon)) {
            throw new IllegalArgumentException("its epsilon is " + epsilon);
        }
        return epsilon;
    }

    private static void layerNorm(OperatorCall call) {
        call.attributes().ignore("stash_type");
        DynamicValue x = overLastAxes(call);
        int count = x.rank() - axis(call, x.rank());
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        put(call, tensors, "weight", 1, lastDims(x, count));
        put(call, tensors, "bias", 2, lastDims(x, count));
        call.attributes().ignore("axis");
        call.setOutput(call.addSame("LayerNorm", NodeSpec.settings("axes", count, "epsilon", epsilon(call, 1e-5f)),
                tensors, x));
    }

    private static void rmsNorm(OperatorCall call) {
        call.attributes().ignore("stash_type");
        DynamicValue x = overLastAxes(call);
        int count = x.rank() - axis(call, x.rank());
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        put(call, tensors, "weight", 1, lastDims(x, count));
        call.attributes().ignore("axis");
        call.setOutput(call.addSame("RMSNorm", NodeSpec.settings("axes", count, "epsilon", epsilon(call, 1e-5f)),
                tensors, x));
    }

    private static int axis(OperatorCall call, int rank) {
        return OperatorCall.axis(call.attributes().peekLong("axis", -1), rank);
    }

    private static int[] lastDims(DynamicValue x, int count) {
        return Arrays.copyOfRange(x.dims(), x.rank() - count, x.rank());
    }

    /** Returns the first input with the axes from the attribute {@code axis} on stored last. */
    private static DynamicValue overLastAxes(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        int axis = axis(call, x.rank());
        call.requireNotBatch(axis);
        int[] first = Arrays.stream(Layouts.storedOrder(x)).filter(i -> i < axis).toArray();
        return call.layouts().arranged(x,
                IntStream.concat(Arrays.stream(first), IntStream.range(axis, x.rank())).toArray());
    }

    private static void put(OperatorCall call, Map<String, TensorSource> tensors, String key, int input, int[] dims) {
        ConstantValue given = call.constantOrNull(input);
        if (given == null) {
            return;
        }
        int[] fitting = ConstantArray.broadcast(given.shape().dims(), dims);
        if (!Arrays.equals(fitting, dims)) {
            throw new IllegalArgumentException("input " + (input + 1) + " has shape " + given.shape() + ", wanted "
                    + Shape.of(dims));
        }
        tensors.put(key, given.shape().equals(Shape.of(dims)) ? given.values()
                : ConstantArray.of(given).broadcast(dims).toConstant().values());
    }

    /** Normalises each channel, or each group of channels if a reshape made groups of them. */
    private static void instanceNorm(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        float[] weight = call.constant(1).values().tensor().data();
        float[] bias = call.constant(2).values().tensor().data();
        if (x.rank() < 3 || weight.length != x.dims()[1] || bias.length != x.dims()[1]) {
            throw new IllegalArgumentException("takes shape " + Shape.of(x.dims()) + " with " + weight.length
                    + " scales and " + bias.length + " shifts");
        }
        int groups = x.dims()[1];
        boolean map = x.shape().rank() == 3 && Arrays.equals(x.order(), new int[] {2, 0, 1})
                && x.dims()[0] == 1 && x.channels() % groups == 0;
        DynamicValue in = map ? x : call.layouts().withLast(x, 1);
        int each = in.channels() / groups;
        Map<String, TensorSource> tensors = OperatorCall.tensors(spread(weight, each), spread(bias, each));
        call.setOutput(call.addSame("GroupNorm", NodeSpec.settings("groups", groups, "epsilon", epsilon(call, 1e-5f)),
                tensors, in));
    }

    private static void groupNorm(OperatorCall call) {
        call.attributes().ignore("stash_type");
        DynamicValue x = call.layouts().withLast(call.dynamic(0), 1);
        int groups = call.attributes().intValue("num_groups", 0);
        float[] weight = call.constant(1).values().tensor().data();
        float[] bias = call.constant(2).values().tensor().data();
        int channels = x.channels();
        boolean byGroup = call.opset() < 21;
        if (groups < 1 || channels % groups != 0 || weight.length != bias.length
                || weight.length != (byGroup ? groups : channels)) {
            throw new IllegalArgumentException("has " + groups + " groups of " + channels + " channels with "
                    + weight.length + " scales");
        }
        int each = byGroup ? channels / groups : 1;
        call.setOutput(call.addSame("GroupNorm", NodeSpec.settings("groups", groups, "epsilon", epsilon(call, 1e-5f)),
                OperatorCall.tensors(spread(weight, each), spread(bias, each)), x));
    }

    /** Returns each number so many times. */
    private static Tensor spread(float[] numbers, int each) {
        Tensor spread = Tensor.zeros(Shape.of(Math.multiplyExact(numbers.length, each)));
        for (int i = 0; i < spread.data().length; i++) {
            spread.data()[i] = numbers[i / each];
        }
        return spread;
    }

    private static void lpNorm(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        int axis = OperatorCall.axis(call.attributes().longValue("axis", -1), x.rank());
        call.requireNotBatch(axis);
        int stored = x.storedAxes()[axis];
        if (stored < 0) {
            throw new IllegalArgumentException("normalises axis " + axis + " of shape " + Shape.of(x.dims()));
        }
        call.setOutput(call.addSame("LpNormalize", NodeSpec.settings("axis", stored, "p",
                call.attributes().longValue("p", 2)), Map.of(), x));
    }

    private static void lrn(OperatorCall call) {
        NodeAttributes attributes = call.attributes();
        Map<String, Object> settings = NodeSpec.settings("size", attributes.intValue("size", 0),
                "alpha", attributes.floatValue("alpha", 1e-4f), "beta", attributes.floatValue("beta", 0.75f),
                "k", attributes.floatValue("bias", 1));
        call.setOutput(call.addSame("LocalResponseNorm", settings, Map.of(), call.featureMap(0)));
    }
}
