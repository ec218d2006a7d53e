package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.TensorShapeProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says which inputs of a graph take images, and what to do about those that do not. */
final class InputChecks {
    /** ONNX's integer types that hold pixels 0..255: uint8, uint16, int16, int32, int64, uint32 and uint64. */
    private static final Set<Integer> INTEGERS = Set.of(2, 4, 5, 6, 7, 12, 13);
    /** Those that do not. */
    private static final Map<Integer, String> SMALL =
            Map.of(3, "int8", 9, "bool", 21, "uint4", 22, "int4", 25, "uint2", 26, "int2");

    private InputChecks() {}

    /** Returns whether values of a type, by ONNX's number, are whole and may be as large as a pixel. */
    static boolean isInteger(int type) {
        return INTEGERS.contains(type);
    }

    /** Returns why a graph's input takes no images; empty if it does. */
    static String reason(ValueInfoProto input) {
        String small = SMALL.get(input.getType().getTensorType().getElemType());
        if (small != null) {
            return "its input '" + input.getName() + "' has type " + small
                    + ", in which pixels 0..255 do not fit; export it with a float or uint8 input";
        }
        List<TensorShapeProto.Dimension> dims = input.getType().getTensorType().getShape().getDimList();
        return dims.size() == 4 ? "" : "its input '" + input.getName() + "' has " + dims.size()
                + " dimensions, wanted images: batch, channels, rows, columns; " + advice(dims);
    }

    private static String advice(List<TensorShapeProto.Dimension> dims) {
        String batch = "export it with a batch axis: torch.zeros(1, ";
        if (dims.size() == 2) {
            return batch + "3, H, W), or 1 channel; if it takes vectors, flatten the images inside the model";
        }
        if (dims.size() != 3) {
            return "export an image classifier";
        }
        if (isChannels(dims.get(0))) {
            return batch + size(dims.get(0), "C") + ", " + size(dims.get(1), "H") + ", " + size(dims.get(2), "W") + ")";
        }
        if (isChannels(dims.get(2))) {
            return batch + size(dims.get(0), "H") + ", " + size(dims.get(1), "W") + ", " + size(dims.get(2), "C") + ")";
        }
        return batch + "3, H, W), or 1 channel";
    }

    /** Returns whether an axis may be that of the channels. */
    static boolean isChannels(TensorShapeProto.Dimension dim) {
        return dim.getDimValue() >= 1 && dim.getDimValue() <= 4;
    }

    private static String size(TensorShapeProto.Dimension dim, String open) {
        return dim.getDimValue() > 0 ? String.valueOf(dim.getDimValue()) : open;
    }
}
