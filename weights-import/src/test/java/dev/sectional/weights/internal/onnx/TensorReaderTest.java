package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.io.MappedFile;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.StringStringEntryProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Elements of every type in every field that may hold them, in the model's file and beside it. */
class TensorReaderTest {
    @TempDir
    Path folder;

    private ConstantValue read(TensorProto.Builder tensor) throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().addInitializer(0, tensor.setName("t"));
        Path file = model.write(folder.resolve("model.onnx"));
        MappedFile mapped = MappedFile.open(file);
        try (ExternalData external = new ExternalData(file, mapped)) {
            ByteBuffer bytes = mapped.map(0, mapped.length());
            ModelProto description = ModelDescriptionReader.read("file", bytes);
            return new TensorReader("file", bytes, mapped, external).read("tensor 't'",
                    description.getGraph().getInitializer(0));
        }
    }

    private void refused(String said, TensorProto.Builder tensor) {
        String message = assertThrows(InputException.class, () -> read(tensor)).getMessage();
        assertTrue(message.contains("tensor 't' ") && message.contains(said), message);
    }

    private static ByteString bytes(int width, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(width * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            for (int i = 0; i < width; i++) {
                bytes.put((byte) (value >> 8 * i));
            }
        }
        return ByteString.copyFrom(bytes.array());
    }

    private static ByteString varints(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(10 * values.length);
        for (long value : values) {
            long rest = value;
            for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
                bytes.put((byte) (rest & 0x7F | 0x80));
            }
            bytes.put((byte) rest);
        }
        return ByteString.copyFrom(bytes.flip());
    }

    private void assertReads(DType type, float[] values, long[] integers, TensorProto.Builder tensor)
            throws IOException {
        ConstantValue read = read(tensor);
        assertEquals(type, read.type());
        assertArrayEquals(values, read.values().tensor().data());
        assertArrayEquals(integers, read.integers());
        float[] last = new float[3];
        read.values().read(1, last, 2, 1);
        assertArrayEquals(new float[] {0, 0, values[1]}, last);
    }

    @Test
    void readsRawElementsOfEveryType() throws IOException {
        long large = (1L << 40) + 1;
        assertReads(DType.F32, new float[] {1.5f, -2}, null, tensor("", 1, 2).setRawData(bytes(4,
                Float.floatToIntBits(1.5f), Float.floatToIntBits(-2))));
        assertReads(DType.U8, new float[] {200, 3}, new long[] {200, 3}, tensor("", 2, 2).setRawData(bytes(1, 200, 3)));
        assertReads(DType.I8, new float[] {-56, 3}, new long[] {-56, 3}, tensor("", 3, 2).setRawData(bytes(1, 200, 3)));
        assertReads(DType.I16, new float[] {-300, 3}, new long[] {-300, 3},
                tensor("", 5, 2).setRawData(bytes(2, -300, 3)));
        assertReads(DType.I32, new float[] {-70000, 3}, new long[] {-70000, 3},
                tensor("", 6, 2).setRawData(bytes(4, -70000, 3)));
        assertReads(DType.I64, new float[] {large, -3}, new long[] {large, -3},
                tensor("", 7, 2).setRawData(bytes(8, large, -3)));
        assertReads(DType.BOOL, new float[] {1, 0}, new long[] {1, 0}, tensor("", 9, 2).setRawData(bytes(1, 1, 0)));
        assertReads(DType.F16, new float[] {1.5f, -2}, null, tensor("", 10, 2).setRawData(bytes(2, 0x3E00, 0xC000)));
        assertReads(DType.BF16, new float[] {1.5f, -2}, null, tensor("", 16, 2).setRawData(bytes(2, 0x3FC0, 0xC000)));
        assertReads(DType.F64, new float[] {1.5f, -2}, null, tensor("", 11, 2).setRawData(bytes(8,
                Double.doubleToLongBits(1.5), Double.doubleToLongBits(-2))));
    }

    @Test
    void readsFieldsOfTheirOwnTypes() throws IOException {
        assertReads(DType.F32, new float[] {1.5f, -2}, null, tensor("", 1, 2).setFloatData(bytes(4,
                Float.floatToIntBits(1.5f), Float.floatToIntBits(-2))));
        assertReads(DType.F64, new float[] {1.5f, -2}, null, tensor("", 11, 2).setDoubleData(bytes(8,
                Double.doubleToLongBits(1.5), Double.doubleToLongBits(-2))));
        assertReads(DType.I64, new float[] {300, -3}, new long[] {300, -3},
                tensor("", 7, 2).setInt64Data(varints(300, -3)));
        for (Map.Entry<Integer, DType> each : Map.of(2, DType.U8, 3, DType.I8, 5, DType.I16, 6, DType.I32, 9,
                DType.BOOL).entrySet()) {
            assertReads(each.getValue(), new float[] {1, 100}, new long[] {1, 100},
                    tensor("", each.getKey(), 2).setInt32Data(varints(1, 100)));
        }
        assertReads(DType.F16, new float[] {1.5f, -2}, null,
                tensor("", 10, 2).setInt32Data(varints(0x3E00, 0xC000)));
        assertReads(DType.BF16, new float[] {1.5f, -2}, null,
                tensor("", 16, 2).setInt32Data(varints(0x3FC0, 0xC000)));
    }

    @Test
    void refusesFieldsOfOtherTypes() {
        ByteString four = bytes(4, 0, 0);
        refused("in a field for another type", tensor("", 11, 2).setFloatData(four));
        refused("in a field for another type", tensor("", 1, 2).setDoubleData(four));
        refused("in a field for another type", tensor("", 6, 2).setInt64Data(four));
        refused("in a field for another type", tensor("", 7, 2).setInt32Data(four));
        refused("in a field for another type", tensor("", 1, 2).setInt32Data(four));
        refused("in a field for another type", tensor("", 11, 2).setInt32Data(four));
        refused("in a field for another type", tensor("", 6, 2).setUint64Data(four));
        refused("of F32 and shape 3 takes 12 bytes, the file has 8", tensor("", 1, 3).setRawData(four));
        refused("takes 4 bytes, the file has 8", tensor("", 1, 1).setFloatData(four));
        refused("of ONNX's type 0, which", tensor("", 0, 2).setRawData(four));
    }

    @Test
    void shapesHaveAtMost16Dimensions() throws IOException {
        long[] ones = LongStream.generate(() -> 1).limit(17).toArray();
        ByteString one = bytes(4, 0);
        assertEquals(16, read(tensor("", 1, Arrays.copyOf(ones, 16)).setRawData(one)).shape().rank());
        refused("has an impossible shape: it has 17 dimensions", tensor("", 1, ones).setRawData(one));
        assertEquals(Shape.of(), read(tensor("", 1).setRawData(one)).shape());
        assertEquals(Shape.of(0, 3), read(tensor("", 1, 0, 3)).shape());
        assertEquals(0, read(tensor("", 7, 0)).integers().length);
        refused("has an impossible shape", tensor("", 1, -2, 1).setRawData(one));
        refused("of F32 and shape 1x2147483647 takes", tensor("", 1, 1, Long.MAX_VALUE).setRawData(one));
    }

    /** Longer tensors are weights, whose integers stay in the file. */
    @Test
    void integersOfShortTensorsAreKept() throws IOException {
        int most = ConstantValue.MOST_INTEGERS;
        assertEquals(most, read(tensor("", 2, most).setRawData(bytes(1, new long[most]))).integers().length);
        assertNull(read(tensor("", 2, most + 1).setRawData(bytes(1, new long[most + 1]))).integers());
        assertEquals(most, read(tensor("", 7, most).setInt64Data(varints(new long[most]))).integers().length);
        assertNull(read(tensor("", 7, most + 1).setInt64Data(varints(new long[most + 1]))).integers());
    }

    private TensorProto.Builder external(int type, long size, String... entries) {
        TensorProto.Builder tensor = tensor("", type, size).setDataLocation(TensorProto.DataLocation.EXTERNAL);
        for (int i = 0; i < entries.length; i += 2) {
            tensor.addExternalData(StringStringEntryProto.newBuilder().setKey(entries[i]).setValue(entries[i + 1]));
        }
        return tensor;
    }

    /** Offset and length may be missing; spaces around a number do no harm. */
    @Test
    void elementsLieBesideTheModel() throws IOException {
        Path inside = Files.createDirectories(folder.resolve("data"));
        Files.write(inside.resolve("w.bin"), bytes(4, 7, 8, 9).toByteArray());
        assertReads(DType.I32, new float[] {8, 9}, new long[] {8, 9}, external(6, 2, "location", "data/w.bin",
                "offset", " 4 ", "length", "8"));
        assertReads(DType.I32, new float[] {7, 8}, new long[] {7, 8}, external(6, 2, "location", "data/../data/w.bin"));
        assertEquals(0, read(external(6, 0, "location", "data/w.bin", "offset", "12")).shape().size());
        refused("takes 8 bytes from byte 8 of", external(6, 2, "location", "data/w.bin", "offset", "8"));
        refused("takes 0 bytes from byte 13 of", external(6, 0, "location", "data/w.bin", "offset", "13"));
        refused("its entry names 7", external(6, 2, "location", "data/w.bin", "length", "7"));
        refused("outside the model's folder", external(6, 2));
        refused("which is not there", external(6, 2, "location", "data"));
        refused("takes 8589934588 bytes", external(6, Integer.MAX_VALUE, "location", "data/w.bin"));
        refused("has the offset or length '-1'", external(6, 2, "location", "data/w.bin", "offset", "-1"));
    }

    @Test
    void modelsInMemoryHaveNothingBesideThem() throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().addInitializer(external(6, 2, "location", "w.bin").setName("t"));
        MappedFile memory = MappedFile.of("memory", ByteBuffer.wrap(model.model().toByteArray()));
        String message = assertThrows(InputException.class, () -> OnnxModel.open(null, memory)).getMessage();
        assertTrue(message.contains("beside the model; load it from a path"), message);
    }

    @Test
    void settingsOfImagesAreReadInThreeVocabularies() {
        assertEquals(Map.of("sectional.mean", "0.5", "sectional.std", "0.5"),
                PreprocessingMetadata.read("f", Map.of("Image.NominalPixelRange", "Normalized_1_1")));
        assertEquals(Map.of("sectional.mean", "0.0", "sectional.std", "1.0"),
                PreprocessingMetadata.read("f", Map.of("Image.NominalPixelRange", "Normalized_0_1")));
        assertEquals(Map.of("sectional.mean", "0.0", "sectional.std", "0.003921569", "sectional.channels", "BGR"),
                PreprocessingMetadata.read("f", Map.of("Image.NominalPixelRange", "NominalRange_0_255",
                        "Image.BitmapPixelFormat", "Bgr8")));
        assertEquals(Map.of("sectional.mean", "0.5,0.25", "sectional.std", "1.0"),
                PreprocessingMetadata.read("f", Map.of("mean", "127.5, 63.75", "std", "255", "scale", "255")));
        assertEquals(Map.of("sectional.mean", "1", "sectional.source", "b"),
                PreprocessingMetadata.read("f", Map.of("sectional.mean", "1", "mean", "3", "sectional.std", "2",
                        "source", "b")).entrySet().stream().filter(each -> !each.getKey().endsWith("std"))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        for (String wrong : List.of(",", "Infinity", "x")) {
            assertThrows(InputException.class,
                    () -> PreprocessingMetadata.read("f", Map.of("mean", "1", "std", wrong)));
        }
        assertThrows(InputException.class, () -> PreprocessingMetadata.read("f", Map.of("mean", "1", "scale", "0")));
    }
}
