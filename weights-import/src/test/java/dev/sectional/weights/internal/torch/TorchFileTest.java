package dev.sectional.weights.internal.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.fixtures.PickleBytes;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which a tensor lies in its storage, and every way in which a file can be broken. */
class TorchFileTest {
    private static final byte[] SIX = floats(ByteOrder.LITTLE_ENDIAN, 0, 1, 2, 3, 4, 5);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsEveryLayoutOfATensor(boolean compressed) {
        PickleBytes pickle = PickleBytes.of('}', '(');
        pickle.text("dense").tensor("Float", "0", 6, 0, new long[] {2, 3}, new long[] {3, 1});
        pickle.text("turned").tensor("Float", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3});
        pickle.text("stepped").tensor("Float", "0", 6, 1, new long[] {2, 1}, new long[] {3, 77});
        pickle.text("scalar").tensor("Float", "0", 6, 4, new long[0], new long[0]);
        pickle.text("empty").tensor("Float", "0", 6, 0, new long[] {0, 3}, new long[] {3, 1});
        pickle.text("epoch").number(3).text("nested").op('}').text("inner");
        pickle.tensor("Float", "0", 6, 5, new long[] {1}, new long[] {1}).op('s', 'u', '.');
        Map<String, StoredTensor> tensors = zip(pickle.inZip(Map.of("data/0", SIX), compressed));
        assertEquals(List.of("dense", "turned", "stepped", "scalar", "empty", "nested.inner"),
                List.copyOf(tensors.keySet()));
        assertTensor(tensors, "dense", Shape.of(2, 3), 0, 1, 2, 3, 4, 5);
        assertTensor(tensors, "turned", Shape.of(3, 2), 0, 3, 1, 4, 2, 5);
        assertTensor(tensors, "stepped", Shape.of(2, 1), 1, 4);
        assertTensor(tensors, "scalar", Shape.of(), 4);
        assertTensor(tensors, "empty", Shape.of(0, 3));
        assertTensor(tensors, "nested.inner", Shape.of(1), 5);
        float[] part = new float[5];
        tensors.get("turned").values().read(1, part, 1, 4);
        assertArrayEquals(new float[] {0, 3, 1, 4, 2}, part);
        assertThrows(IndexOutOfBoundsException.class, () -> tensors.get("dense").values().read(4, part, 0, 3));
    }

    @ParameterizedTest
    @CsvSource({"Double,F64,000000000000f8bf,-1.5", "Float,F32,0000c0bf,-1.5", "Half,F16,00be,-1.5",
            "Half,F16,0100,5.9604645E-8",
        "BFloat16,BF16,c0bf,-1.5", "Long,I64,feffffffffffffff,-2", "Int,I32,feffffff,-2", "Short,I16,feff,-2",
                "Char,I8,fe,-2",
        "Byte,U8,fe,254", "Bool,BOOL,01,1"})
    void readsEveryType(String name, DType type, String hex, float expected) {
        byte[] value = java.util.HexFormat.of().parseHex(hex);
        PickleBytes pickle = PickleBytes.of('}').text("x").tensor(name, "a", 1, 0, new long[] {1}, new long[] {1})
                .op('s', '.');
        StoredTensor stored = zip(pickle.inZip(Map.of("data/a", value), false)).get("x");
        assertEquals(type, stored.type());
        assertEquals(expected, stored.values().tensor().data()[0]);
        byte[] after = PickleBytes.of(']').text("a").op('a', '.').i64(1).bytes(value).bytes();
        assertEquals(expected, stream(pickle.inStream(after)).get("x").values().tensor().data()[0]);
    }

    @Test
    void honoursTheByteOrder() {
        PickleBytes pickle = PickleBytes.of('}').text("x").tensor("Float", "0", 2, 0, new long[] {2}, new long[] {1})
                .op('s', '.');
        Map<String, byte[]> entries = new HashMap<>(Map.of("data/0", floats(ByteOrder.BIG_ENDIAN, 1.5f, -2)));
        entries.put("byteorder", "big".getBytes());
        assertTensor(zip(pickle.inZip(entries, false)), "x", Shape.of(2), 1.5f, -2);
        entries.put("byteorder", "middle".getBytes());
        assertTrue(refusal(() -> zip(pickle.inZip(entries, false))).contains("byte order is 'middle'"));
    }

    @Test
    void readsAViewOfAStorageInAStream() {
        PickleBytes pickle = PickleBytes.of('}').text("x").global("torch._utils", "_rebuild_tensor").op('(', '(')
                .text("storage")
                .global("torch", "FloatStorage").text("0").text("cuda:0").number(6).op('(').text("v").number(2)
                        .number(3)
                .op('t', 't', 'Q').number(1).numbers(2).numbers(1).op('t', 'R', 's', '.');
        byte[] after = PickleBytes.of(']').text("0").op('a', '.').i64(6).bytes(SIX).bytes();
        assertTensor(stream(pickle.inStream(after)), "x", Shape.of(2), 3, 4);
    }

    @Test
    void takesTheModelOutOfACheckpoint() {
        PickleBytes pickle = PickleBytes.of('}', '(').text("optimizer").op('}').text("exp_avg");
        pickle.tensor("Float", "0", 6, 0, new long[] {1}, new long[] {1}).op('s').text("model").op('}')
                .text("state_dict");
        pickle.global("collections", "OrderedDict").op(')', 'R').text("w");
        pickle.global("torch._utils", "_rebuild_parameter").op('(')
                .tensor("Float", "0", 6, 2, new long[] {1}, new long[] {1});
        pickle.op(0x88).global("collections", "OrderedDict").op(')', 'R', 't', 'R', 's');
        pickle.op('}').text("_metadata").op('N', 's', 'b', 's', 'u', '.');
        Map<String, StoredTensor> tensors = zip(pickle.inZip(Map.of("data/0", SIX), false));
        assertEquals(List.of("w"), List.copyOf(tensors.keySet()));
        assertTensor(tensors, "w", Shape.of(1), 2);
    }

    /** Arguments, arrays and complex tensors beside a state dict are skipped; their storages are not even looked at. */
    @Test
    void skipsWhatLiesBesideTheStateDict() {
        PickleBytes pickle = PickleBytes.of('}', '(').text("args").global("argparse", "Namespace").op(')', 0x81, '}');
        pickle.text("lr").number(1).op('s', 'b').text("when").global("datetime", "datetime").text("x").op(0x85, 'R');
        pickle.text("phase").tensor("ComplexFloat", "7", 6, 0, new long[] {1}, new long[] {1});
        pickle.text("optimizer").op('}').text("exp_avg");
        pickle.tensor("Float", "1", 6, 0, new long[] {6}, new long[] {1}).op('s');
        for (String key : new String[] {"state_dict", "state_dict_ema"}) {
            pickle.text(key).op('}').text("w");
            pickle.tensor("Float", "0", 6, key.length() / 13, new long[] {1}, new long[] {1}).op('s');
        }
        byte[] file = pickle.op('u', '.').inZip(Map.of("data/0", SIX), false);   // data/1 is missing
        TorchFile usual = new TorchFile("x.pth", FileBytes.of(file));
        assertTensor(usual.readZip(new ZipArchive("x.pth", FileBytes.of(file))), "w", Shape.of(1), 0);
        assertEquals("the weights of state_dict (--state-dict chooses state_dict_ema)", usual.chosen());
        TorchFile average = new TorchFile("x.pth", FileBytes.of(file), "state_dict_ema");
        assertTensor(average.readZip(new ZipArchive("x.pth", FileBytes.of(file))), "w", Shape.of(1), 1);
        assertEquals("", average.chosen());
        String other = refusal(() -> new TorchFile("x.pth", FileBytes.of(file), "ema")
                .readZip(new ZipArchive("x.pth", FileBytes.of(file))));
        assertTrue(other.contains("no state dict under the key ema") && other.contains("optimizer, state_dict"), other);
    }

    /** Storages follow one another; that of a complex tensor beside the state dict is skipped by its bytes. */
    @Test
    void readsSeveralStoragesOfAStream() {
        PickleBytes pickle = PickleBytes.of('}').text("phase");
        pickle.tensor("ComplexFloat", "c", 1, 0, new long[] {1}, new long[] {1}).op('s').text("state_dict").op('}');
        pickle.text("x").tensor("Float", "a", 2, 0, new long[] {2}, new long[] {1}).op('s');
        pickle.text("y").tensor("Short", "b", 3, 0, new long[] {3}, new long[] {1}).op('s', 's', '.');
        byte[] after = PickleBytes.of(']').text("a").op('a').text("c").op('a').text("b").op('a', '.')
                .i64(2).bytes(floats(ByteOrder.LITTLE_ENDIAN, 1.5f, -2)).i64(1).i64(77)
                .i64(3).bytes(new byte[] {5, 0, 6, 0, 7, 0}).bytes();
        byte[] whole = pickle.inStream(after);
        Map<String, StoredTensor> tensors = stream(whole);
        assertTensor(tensors, "x", Shape.of(2), 1.5f, -2);
        assertTensor(tensors, "y", Shape.of(3), 5, 6, 7);
        for (int missing = 1; missing <= 6 + 8; missing++) {
            byte[] cut = java.util.Arrays.copyOf(whole, whole.length - missing);
            String message = refusal(() -> stream(cut));
            assertTrue(message.contains("truncated: storage b needs 6 bytes from byte " + (whole.length - 6)
                    + ", the file has " + cut.length), message);
        }
    }

    /** The last element of each tensor is the storage's last, or the one after it. */
    @Test
    void tensorsEndWithTheirStorage() {
        long[] two = {2, 2};
        assertTensor(one(0, two, 3, 2), "x", Shape.of(2, 2), 0, 2, 3, 5);
        assertTrue(refusal(() -> one(0, two, 3, 3)).contains("tensor x: its elements reach beyond its storage"));
        assertTrue(refusal(() -> one(1, two, 3, 2)).contains("reach beyond"));
        assertTensor(one(0, new long[] {2}, 5), "x", Shape.of(2), 0, 5);
        assertTrue(refusal(() -> one(0, new long[] {2}, 6)).contains("reach beyond"));
        assertTensor(one(5, new long[0]), "x", Shape.of(), 5);
        assertTrue(refusal(() -> one(6, new long[0])).contains("reach beyond"));
        assertTrue(refusal(() -> one(6, new long[] {1}, 1)).contains("reach beyond"));
        assertTensor(one(6, new long[] {0, 2}, 2, 1), "x", Shape.of(0, 2));
        assertTrue(refusal(() -> one(0, new long[] {7}, 0)).contains("it has 7 elements and its storage 6"));
        assertTrue(refusal(() -> one(0, new long[] {Integer.MAX_VALUE}, 0)).contains("it has 2147483647 elements"));
        assertTrue(refusal(() -> one(0, new long[] {1L << 31}, 0)).contains("2^31 elements or more"));
        assertTrue(refusal(() -> one(0, new long[] {1 << 16, 1 << 15}, 0, 0)).contains("2^31 elements or more"));
    }

    /** Reads a tensor x of the six elements 0 to 5. */
    private static Map<String, StoredTensor> one(long offset, long[] size, long... stride) {
        PickleBytes pickle = PickleBytes.of('}').text("x").tensor("Float", "0", 6, offset, size, stride).op('s', '.');
        return zip(pickle.inZip(Map.of("data/0", SIX), false));
    }

    @Test
    void aSkippedStorageLiesInTheFile() {
        PickleBytes pickle = PickleBytes.of('}').text("phase");
        pickle.tensor("ComplexFloat", "c", 1, 0, new long[] {1}, new long[] {1}).op('s').text("state_dict").op('}');
        pickle.text("x").tensor("Float", "a", 6, 0, new long[] {6}, new long[] {1}).op('s', 's', '.');
        byte[] whole = pickle.inStream(PickleBytes.of(']').text("a").op('a').text("c").op('a', '.').i64(6).bytes(SIX)
                .i64(1).i64(77).bytes());
        assertEquals(6, stream(whole).get("x").values().shape().size());
        for (int missing = 1; missing <= 16; missing++) {
            byte[] cut = java.util.Arrays.copyOf(whole, whole.length - missing);
            assertTrue(refusal(() -> stream(cut)).contains("the file is damaged"), missing + " bytes are missing");
        }
    }

    @Test
    void namesWhatIsMissing() {
        PickleBytes pickle = PickleBytes.of('}').text("x").tensor("Float", "0", 6, 0, new long[] {6}, new long[] {1})
                .op('s', '.');
        assertTrue(refusal(() -> zip(pickle.inZip(Map.of(), false))).contains("no member archive/data/0"));
        assertTrue(refusal(() -> zip(pickle.inZip(Map.of("data/0", new byte[23]), false)))
                .contains("23 bytes, too few for 6"));
        assertTrue(refusal(() -> stream(pickle.inStream(PickleBytes.of(']', '.').bytes())))
                .contains("storage 0 is not in the file"));
        byte[] other = PickleBytes.of(']').text("7").op('a', '.').bytes();
        assertTrue(refusal(() -> stream(pickle.inStream(other))).contains("storage 7 that no tensor uses"));
        byte[] count = PickleBytes.of(']').text("0").op('a', '.').i64(5).bytes(SIX).bytes();
        assertTrue(refusal(() -> stream(pickle.inStream(count)))
                .contains("has 5 elements where the pickle describes 6"));
        assertTrue(refusal(() -> zip(PickleBytes.of('}', '.').inZip(Map.of(), false))).contains("holds no tensors"));
        Map<String, byte[]> script = Map.of("data/0", SIX, "constants.pkl", new byte[0]);
        assertTrue(refusal(() -> zip(pickle.inZip(script, false))).contains("TorchScript"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.zip.pth", "vgg_tiny.checkpoint.pth.tar", "vgg_tiny.legacy.pth"})
    @Tag("exhaustive")
    void refusesAFileCutAnywhere(String name) throws Exception {
        byte[] whole = Resources.bytes(name);
        boolean stream = name.contains("legacy");
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            refusal(() -> read(cut, stream));
        }
        assertEquals(14, read(whole, stream).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.zip.pth", "vgg_tiny.legacy.pth"})
    @Tag("exhaustive")
    void everyChangedByteIsReadOrRefused(String name) throws Exception {
        byte[] whole = Resources.bytes(name);
        boolean stream = name.contains("legacy");
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            byte before = whole[at];
            for (byte other : new byte[] {0, -1, '.', 'R', (byte) (before ^ 1), (byte) (before ^ 0x80)}) {
                whole[at] = other;
                try {
                    read(whole, stream).values().forEach(stored -> stored.values().tensor());
                } catch (InputException wrong) {
                    assertEquals(1, wrong.getMessage().lines().count());
                    refused++;
                }
            }
            whole[at] = before;
        }
        assertTrue(refused > 1000, "only " + refused + " changes were noticed");
    }

    /** Weights have no structure that a flipped bit would break: only the checksum of the member tells. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFlippedBitNamesItsMember(boolean compressed) {
        byte[] noise = new byte[4096];
        new java.util.Random(1).nextBytes(noise);
        PickleBytes pickle = PickleBytes.of('}').text("x");
        pickle.tensor("Byte", "0", noise.length, 0, new long[] {noise.length}, new long[] {1}).op('s', '.');
        byte[] file = pickle.inZip(Map.of("data/0", noise), compressed);
        file[file.length / 2] ^= 4;
        String message = refusal(() -> zip(file));
        assertTrue(message.contains("member archive/data/0"), message);
        assertTrue(compressed || message.contains("CRC-32"), message);
    }

    private static Map<String, StoredTensor> read(byte[] bytes, boolean stream) {
        return stream ? stream(bytes) : zip(bytes);
    }

    private static Map<String, StoredTensor> zip(byte[] bytes) {
        return new TorchFile("x.pth", FileBytes.of(bytes)).readZip(new ZipArchive("x.pth", FileBytes.of(bytes)));
    }

    private static Map<String, StoredTensor> stream(byte[] bytes) {
        return new TorchFile("x.pth", FileBytes.of(bytes)).readStream();
    }

    private static String refusal(Runnable reading) {
        String message = assertThrows(InputException.class, reading::run).getMessage();
        assertTrue(message.startsWith("cannot read x.pth: ") && message.lines().count() == 1, message);
        return message;
    }

    private static void assertTensor(Map<String, StoredTensor> tensors, String name, Shape shape, float... values) {
        Tensor tensor = tensors.get(name).values().tensor();
        assertEquals(shape, tensor.shape());
        assertArrayEquals(values, tensor.data());
    }

    private static byte[] floats(ByteOrder order, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(order);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
