package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Quantised values, computed in float32: QuantizeLinear rounds to the steps of its scale at once, and DequantizeLinear
 * of the same scale has nothing left to do.
 */
final class QuantizationOperators {
    private static final Map<DType, long[]> RANGES = Map.of(DType.U8, new long[] {0, 255}, DType.I8,
            new long[] {-128, 127}, DType.I16, new long[] {-32768, 32767}, DType.I32,
            new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE});
    /** Layers that keep the steps of a scale. */
    private static final Set<String> KEEPS = Set.of("Reshape", "Permute", "Flatten", "Slice", "Gather", "MaxPool2d",
            "GlobalMaxPool2d");
    /** Operators whose result on integers stands for their result on the numbers that the integers stand for. */
    private static final Set<String> MOVES = Set.of("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice",
            "Gather", "Identity", "MaxPool");

    private QuantizationOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("QuantizeLinear", QuantizationOperators::quantize);
        table.put("DequantizeLinear", QuantizationOperators::dequantize);
    }

    private static void quantize(OperatorCall call) {
        call.attributes().ignore("saturate", "precision");
        requireSingleBlock(call);
        requireDequantized(call);
        DynamicValue x = call.dynamic(0);
        if (call.constant(1).shape().size() != 1) {
            int axis = OperatorCall.axis(call.attributes().longValue("axis", 1), x.rank());
            x = call.layouts().withLast(x, axis);
        }
        call.attributes().ignore("axis");
        long[] range = RANGES.get(type(call));
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("scale", flat(call, 1, x));
        tensors.put("zero", call.has(2) ? flat(call, 2, x) : Tensor.zeros(tensors.get("scale").shape()));
        call.setOutput(call.addSame("Quantize", NodeSpec.settings("least", range[0], "greatest", range[1]), tensors,
                x));
    }

    /** Returns the type of the integers: that of the zero point, or the stated one, or unsigned bytes. */
    static DType type(OperatorCall call) {
        int stated = call.attributes().intValue("output_dtype", 0);
        DType type = call.has(2) ? call.constant(2).type() : stated == 0 || stated == 2 ? DType.U8
                : stated == 3 ? DType.I8 : stated == 5 ? DType.I16 : null;
        if (type == null || !RANGES.containsKey(type)) {
            throw new IllegalArgumentException("quantises to ONNX's type " + (type == null ? stated : type)
                    + ", which is not supported");
        }
        return type;
    }

    /** Returns an integer limited to a type. */
    static double clipped(DType type, double integer) {
        return Math.max(RANGES.get(type)[0], Math.min(RANGES.get(type)[1], integer));
    }

    static void requireSingleBlock(OperatorCall call) {
        if (call.attributes().longValue("block_size", 0) != 0) {
            throw new IllegalArgumentException("has a scale per block, which is not supported");
        }
    }

    /** Refuses integers that anything but a DequantizeLinear reads: in the network they are numbers already. */
    private static void requireDequantized(OperatorCall call) {
        Deque<String> open = new ArrayDeque<>(List.of(call.node().getOutput(0)));
        while (!open.isEmpty()) {
            String value = open.pop();
            if (call.importer().isEnd(value)) {
                throw new IllegalArgumentException("its integers are the output of the graph; export the model in the"
                        + " QDQ form");
            }
            for (NodeProto reader : call.importer().readers(value)) {
                if (MOVES.contains(reader.getOpType())) {
                    open.addAll(reader.getOutputList());
                } else if (!reader.getOpType().equals("DequantizeLinear")) {
                    throw new IllegalArgumentException("its integers go into " + reader.getOpType() + " '"
                            + reader.getName() + "', wanted DequantizeLinear; export the model in the QDQ form");
                }
            }
        }
    }

    private static Tensor flat(OperatorCall call, int input, DynamicValue x) {
        ConstantArray given = ConstantFolder.array(call, input);
        if (given.size() != 1 && given.size() != x.channels()) {
            throw new IllegalArgumentException("input " + (input + 1) + " has shape " + Shape.of(given.dims()));
        }
        return ArithmeticOperators.vector(given.values());
    }

    private static void dequantize(OperatorCall call) {
        call.attributes().ignore("output_dtype");
        requireSingleBlock(call);
        DynamicValue x = call.dynamic(0);
        NodeSpec spec = call.importer().spec(x);
        boolean single = call.constant(1).shape().size() == 1;   // scales per channel follow moves of channels
        long axis = call.attributes().longValue("axis", 1);
        while (single && spec != null && KEEPS.contains(spec.kind())) {
            spec = call.importer().spec(spec.inputs().get(0));
        }
        boolean same = spec != null && spec.kind().equals("Quantize")
                && equal(spec.tensors().get("scale"), call.constant(1))
                && (call.has(2) ? equal(spec.tensors().get("zero"), call.constant(2))
                : equal(spec.tensors().get("zero"), null));
        if (!same || !single && !isLast(x, OperatorCall.axis(axis, x.rank()))) {
            throw new IllegalArgumentException("has another scale than the QuantizeLinear before it, or none; export"
                    + " the model before it is quantised to integers");
        }
        call.setOutput(x);
    }

    /** Returns whether an axis is the last stored one, whose elements a Quantize layer scales. */
    private static boolean isLast(DynamicValue x, int axis) {
        int[] stored = x.storedAxes();
        return stored != null && stored[axis] == x.shape().rank() - 1;
    }

    /**
     * Returns the logits of probabilities that the graph rounds to a scale at its end; any other value as it is. The
     * rounding goes with the softmax or sigmoid that is cut off.
     */
    static DynamicValue unrounded(GraphImporter importer, DynamicValue end) {
        NodeSpec rounded = importer.spec(end);
        NodeSpec made = rounded != null && rounded.kind().equals("Quantize")
                ? importer.spec(rounded.inputs().get(0)) : null;
        boolean sigmoid = made != null && made.kind().equals("Sigmoid");
        if (!sigmoid && (made == null || !made.kind().equals("Softmax")
                || end.shape().dim(((Long) made.settings().get("axis")).intValue()) != end.shape().size())) {
            return end;
        }
        importer.assume("probabilities without the rounding to " + ((Long) rounded.settings().get("greatest")
                - (Long) rounded.settings().get("least") + 1) + " steps with which the graph ends");
        DynamicValue.Ending ending = new DynamicValue.Ending(sigmoid ? ModelCard.Output.SIGMOID
                : ModelCard.Output.SOFTMAX, made.kind(), made.name(), 0, end.dims());
        return end.at(made.inputs().get(0)).withEnding(ending);
    }

    private static boolean equal(TensorSource ours, ConstantValue theirs) {
        float[] own = ours.tensor().data();
        float[] other = theirs == null ? new float[own.length] : theirs.values().tensor().data();
        return Arrays.equals(own, other);
    }
}
