package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.weights.internal.onnx.proto.TensorShapeProto;
import dev.sectional.weights.internal.onnx.proto.TypeProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the reader says of an input that takes no images. */
final class InputChecksTest {
    private static final int FLOAT = 1;

    /** An input named x; an axis of 0 is open. */
    private static ValueInfoProto input(int type, String dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dim : dims.split("x")) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(dim.equals("0") ? axis.setDimParam("open") : axis.setDimValue(Long.parseLong(dim)));
        }
        return ValueInfoProto.newBuilder().setName("x").setType(TypeProto.newBuilder().setTensorType(
                TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape))).build();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1x784    | export it with a batch axis: torch.zeros(1, 3, H, W), or 1 channel; if it takes vectors, flatten"
                + " the images inside the model",
        "3x32x40  | export it with a batch axis: torch.zeros(1, 3, 32, 40)",
        "1x0x40   | export it with a batch axis: torch.zeros(1, 1, H, 40)",
        "32x40x3  | export it with a batch axis: torch.zeros(1, 32, 40, 3)",
        "0x40x4   | export it with a batch axis: torch.zeros(1, H, 40, 4)",
        "32x32x32 | export it with a batch axis: torch.zeros(1, 3, H, W), or 1 channel",
        "1x3x8x32x32 | export an image classifier"})
    void givesTheWayOutOfOtherShapes(String dims, String wayOut) {
        assertEquals("its input 'x' has " + dims.split("x").length + " dimensions, wanted images: batch, channels,"
                + " rows, columns; " + wayOut, InputChecks.reason(input(FLOAT, dims)));
    }

    @ParameterizedTest
    @CsvSource({"3, int8", "9, bool", "21, uint4", "22, int4", "25, uint2", "26, int2"})
    void namesTypesInWhichPixelsDoNotFit(int type, String name) {
        assertEquals("its input 'x' has type " + name + ", in which pixels 0..255 do not fit; export it with a float or"
                + " uint8 input", InputChecks.reason(input(type, "1x3x8x8")));
        assertFalse(InputChecks.isInteger(type));
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, true", "4, true", "5, true", "6, true", "7, true", "10, false", "11, false", "12, true",
        "13, true"})
    void takesImagesOfOtherTypes(int type, boolean integer) {
        assertEquals("", InputChecks.reason(input(type, "1x3x8x8")));
        assertEquals(integer, InputChecks.isInteger(type));
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, true", "4, true", "5, false"})
    void oneToFourValuesMayBeChannels(long size, boolean channels) {
        assertTrue(channels == InputChecks.isChannels(TensorShapeProto.Dimension.newBuilder().setDimValue(size)
                .build()));
    }
}
