package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.fixtures.Hdf5Writer;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts of datasets, and groups with links of all kinds, byte by byte. */
class Hdf5DatasetsTest {
    private static final int ELEMENTS = 300;
    private static final byte[] FLOAT = bytes(b -> b.putInt(0x11).putInt(4).putInt(0).put(new byte[] {23, 8, 0, 23})
            .putInt(127));

    private static byte[] bytes(Consumer<ByteBuffer> writer) {
        ByteBuffer buffer = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
        writer.accept(buffer);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private static byte[] space(int... dims) {
        return bytes(b -> {
            b.put(new byte[] {2, (byte) dims.length, 0, 1});
            Arrays.stream(dims).forEach(b::putLong);
        });
    }

    private static byte[] layout(int version, int kind, Consumer<ByteBuffer> rest) {
        return bytes(b -> {
            b.put((byte) version).put((byte) kind);
            rest.accept(b);
        });
    }

    /** Reads a dataset from its messages, in pairs of type and content; elements 0, 1, 2 .. lie from byte 300 on. */
    private static StoredTensor read(Object... messages) {
        ByteBuffer b = ByteBuffer.allocate(ELEMENTS + 40).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 1).put(new byte[7]).putInt(ELEMENTS - 16).putInt(0);
        for (int i = 0; i < messages.length; i += 2) {
            byte[] content = (byte[]) messages[i + 1];
            b.putShort((short) (int) messages[i]).putShort((short) content.length).putInt(0).put(content);
        }
        for (int i = 0; i < 10; i++) {
            b.putFloat(ELEMENTS + 4 * i, i);
        }
        Hdf5Input input = new Hdf5Input("x.h5", FileBytes.of(b.array()));
        return new Hdf5DatasetReader(input, new Hdf5AttributeReader(input)).read("d", new Hdf5ObjectHeader(input, 0));
    }

    private static StoredTensor floats(byte[] layout, int... dims) {
        return read(1, space(dims), 3, FLOAT, 8, layout);
    }

    private static void refused(String said, Executable reading) {
        String message = assertThrows(InputException.class, reading).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said)
                && message.lines().count() == 1, message);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void elementsLieSomewhere(int version) {
        byte[] layout = layout(version, 1, b -> b.putLong(ELEMENTS).putLong(24));
        StoredTensor stored = floats(layout, 2, 3);
        assertEquals(Shape.of(2, 3), stored.values().shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, stored.values().tensor().data());
        assertArrayEquals(new float[] {0}, floats(layout).values().tensor().data());
        assertEquals(10, floats(layout, 10).values().tensor().data().length);
        refused("dataset d: its 44 bytes reach beyond the file", () -> floats(layout, 11));
        refused("reach beyond the file", () -> floats(layout(version, 1, b -> b.putLong(-1).putLong(24)), 2));
        assertEquals(0, floats(layout(version, 1, b -> b.putLong(-1).putLong(0)), 3, 0).values().shape().size());
    }

    @Test
    void elementsLieInTheHeader() {
        byte[] two = layout(3, 0, b -> b.putShort((short) 8).putFloat(7).putFloat(9));
        assertArrayEquals(new float[] {7, 9}, floats(two, 2).values().tensor().data());
        assertArrayEquals(new float[] {7}, floats(two, 1).values().tensor().data());
        refused("dataset d: its 12 bytes reach beyond the file", () -> floats(two, 3));
    }

    @Test
    void otherLayoutsAreRefused() {
        for (int version : new int[] {1, 2, 6}) {
            refused("its layout has version " + version, () -> floats(layout(version, 1, b -> b.putLong(300)), 1));
        }
        for (int kind : new int[] {3, 200}) {
            refused("its layout class " + kind + " is not supported", () -> floats(layout(3, kind, b -> { }), 1));
        }
        refused("an object has 0 descriptions of its layout", () -> read(1, space(1), 3, FLOAT));
        refused("an object has 0 descriptions of its shape", () -> read(3, FLOAT));
        refused("an object has 0 descriptions of its type", () -> read(1, space(1)));
    }

    @Test
    void typesThatWeightsDoNotHaveAreLeftOut() {
        byte[] layout = layout(3, 1, b -> b.putLong(ELEMENTS).putLong(24));
        assertNull(read(1, space(2), 3, bytes(b -> b.putInt(0x16).putInt(4)), 8, layout));
        assertNull(read(1, bytes(b -> b.put(new byte[] {2, 0, 0, 2})), 3, FLOAT, 8, layout));
        byte[] opaque = bytes(b -> b.putInt(0x15).putInt(2));
        assertNull(read(1, space(2), 3, opaque, 8, layout));
        byte[] named = bytes(b -> b.put(new byte[] {3, 0, 6, 0, 8, 0, 4, 0, 0}).put("dtype\0".getBytes()).putInt(0x13)
                .putInt(8).put(new byte[] {2, 0, 0, 0}).put("bfloat16".getBytes()));
        StoredTensor half = read(1, space(2), 3, opaque, 0x0C, named, 8, layout);
        assertEquals(DType.BF16, half.type());
        assertArrayEquals(new float[] {0, 0}, half.values().tensor().data());
        assertEquals(DType.F32, read(1, space(2), 3, FLOAT, 0x0C, named, 8, layout).type());
    }

    /** By a tree, of which there is none: no chunk was written. */
    private static byte[] tree(int rank, int... dims) {
        return layout(3, 2, b -> {
            b.put((byte) rank).putLong(-1);
            Arrays.stream(dims).forEach(b::putInt);
        });
    }

    @Test
    void chunksHaveTheRankOfTheDataset() {
        assertArrayEquals(new float[6], floats(tree(3, 2, 2, 4), 2, 3).values().tensor().data());
        assertArrayEquals(new float[1], floats(tree(1, 4)).values().tensor().data());
        refused("its chunks have 2 dimensions and it has 1", () -> floats(tree(3, 2, 2, 4), 2));
        refused("its chunks have 0 dimensions and it has 1", () -> floats(tree(1, 4), 2));
        for (int[] wrong : new int[][] {{0, 4}, {2, 0}, {-1, 4}, {1 << 30, 4}, {1 << 29, 4}}) {
            refused("its chunks have 2^31 bytes or more, or none", () -> floats(tree(2, wrong), 2));
        }
        refused("claims to unpack to", () -> floats(tree(2, (1 << 29) - 1, 4), 2));
    }

    /** A single chunk at byte 300; flag 2 says that a filtered one has a size. */
    private static byte[] single(int flags, int width, Consumer<ByteBuffer> index) {
        return layout(4, 2, b -> {
            b.put((byte) flags).put((byte) 2).put((byte) width);
            for (int dim : new int[] {3, 4}) {
                switch (width) {
                    case 1 -> b.put((byte) dim);
                    case 2 -> b.putShort((short) dim);
                    case 4 -> b.putInt(dim);
                    default -> b.putLong(dim);
                }
            }
            b.put((byte) 1);
            index.accept(b);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void newerChunksStateTheWidthOfTheirSizes(int width) {
        assertArrayEquals(new float[] {0, 1, 2},
                floats(single(0, width, b -> b.putLong(ELEMENTS)), 3).values().tensor().data());
        assertArrayEquals(new float[] {0, 1, 2},
                floats(single(1, width, b -> b.putLong(ELEMENTS)), 3).values().tensor().data(), "without filters");
    }

    /** A filter that exchanges bytes, which the mask says was not applied. */
    @Test
    void filteredChunksMayHaveASize() {
        byte[] shuffle = bytes(b -> b.put(new byte[] {2, 1, 2, 0, 0, 0, 1, 0, 4, 0, 0, 0}));
        byte[] sized = single(2, 1, b -> b.putLong(12).putInt(1).putLong(ELEMENTS));
        assertArrayEquals(new float[] {0, 1, 2},
                read(1, space(3), 3, FLOAT, 0x0B, shuffle, 8, sized).values().tensor().data());
        byte[] plain = single(0, 1, b -> b.putLong(ELEMENTS));
        assertEquals(3, read(1, space(3), 3, FLOAT, 0x0B, shuffle, 8, plain).values().tensor().data().length);
        refused("its filters leave out the chunks at its edges", () -> read(1, space(3), 3, FLOAT, 0x0B, shuffle, 8,
                single(3, 1, b -> b.putLong(12).putInt(1).putLong(ELEMENTS))));
    }

    private static Hdf5File file(Hdf5Writer writer) {
        return new Hdf5File("x.h5", FileBytes.of(writer.bytes()));
    }

    @Test
    void groupsHaveMembersAndTexts() {
        Hdf5File file = file(new Hdf5Writer().dataset("a/b/c", 2, 3).dataset("d").groups("e/f")
                .text("", "keras_version", "3.1").text("", "several", "x", "yz").text("", "name", "root")
                .text("a/b", "name", "inner").text("a/b", "other", "value"));
        assertEquals(List.of("a/b/c", "d"), List.copyOf(file.tensors().keySet()));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, file.tensors().get("a/b/c").values().tensor().data());
        assertEquals(Set.of("", "a", "a/b", "e", "e/f"), file.groups());
        assertEquals(Map.of("", "root", "a/b", "inner"), file.names());
        assertEquals(Map.of("keras_version", "3.1"), file.about());
        assertEquals(List.of("x", "yz"), file.texts("", "several"));
        assertEquals(List.of("value"), file.texts("a/b", "other"));
        assertEquals(List.of(), file.texts("a/b", "none"));
        assertEquals(List.of(), file.texts("none", "other"));
        assertThrows(UnsupportedOperationException.class, () -> file.groups().clear());
    }

    /** Keras splits long lists: weight_names, weight_names0, weight_names1. */
    @Test
    void longListsAreSplit() {
        Hdf5File file = file(new Hdf5Writer().text("a", "names", "x").text("a", "names0", "y", "z").text("a", "names1",
                "w").text("a", "names3", "v"));
        assertEquals(List.of("x", "y", "z", "w"), file.texts("a", "names"));
    }

    @ParameterizedTest
    @CsvSource({"'',layer_names,true", "'',other,false", "a,layer_names,false", "a/vars,other,true",
        "avars,other,false"})
    void filesOfKerasHaveLayers(String group, String attribute, boolean layers) {
        assertEquals(layers, file(new Hdf5Writer().text(group, attribute, "x")).hasLayers());
    }

    @Test
    void groupsNest32Deep() {
        assertEquals(33, file(new Hdf5Writer().groups("g/".repeat(31) + "g")).groups().size());
        refused("its groups nest too deep", () -> file(new Hdf5Writer().groups("g/".repeat(32) + "g")));
        String name = "n".repeat(200);
        String five = String.join("/", name, name, name, name, "n".repeat(196));
        assertEquals(1000, five.length());
        assertTrue(file(new Hdf5Writer().groups(five)).groups().contains(five));
        refused("its groups nest too deep", () -> file(new Hdf5Writer().groups(five + "n")));
    }

    /** Attributes of more than 200 bytes are no names. */
    @Test
    void linksHaveAKind() {
        byte[] whole = new Hdf5Writer().dataset("a", 1).bytes();
        int link = 0;
        for (int i = 0; i < whole.length - 4; i++) {
            link = whole[i] == 1 && whole[i + 1] == 0 && whole[i + 2] == 1 && whole[i + 3] == 'a' ? i : link;
        }
        byte[] newer = whole.clone();
        newer[link] = 2;
        refused("a link of group  has an unknown version", () -> new Hdf5File("x.h5", FileBytes.of(newer)));
        Hdf5File names = file(new Hdf5Writer().text("a", "name", "n".repeat(199)).text("b", "name", "n".repeat(200)));
        assertTrue(names.names().containsKey("a"));
        assertFalse(names.names().containsKey("b"));
    }

    /** Fields that come before the name: a kind, the order of creation, a character set; names of several widths. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 8, 16, 0x1D})
    void linksHaveFieldsBeforeTheirName(int flags) {
        for (int kind = 0; kind <= ((flags & 8) == 0 ? 0 : 1); kind++) {
            int stated = kind;
            byte[] target = new Hdf5Writer().dataset("x", 2).bytes();
            int dataset = 0;
            for (int i = 48; i < target.length - 4 && dataset == 0; i++) {
                dataset = target[i] == 'O' && target[i + 1] == 'H' ? i : 0;
            }
            int address = dataset;
            byte[] link = bytes(b -> {
                b.put((byte) 1).put((byte) flags);
                if ((flags & 8) != 0) {
                    b.put((byte) stated);
                }
                b.put(new byte[((flags & 4) == 0 ? 0 : 8) + ((flags & 16) == 0 ? 0 : 1)]);
                b.put(Arrays.copyOf(new byte[] {3}, 1 << (flags & 3))).put("abc".getBytes()).putLong(address);
            });
            ByteBuffer file = ByteBuffer.allocate(target.length + 30 + link.length).order(ByteOrder.LITTLE_ENDIAN);
            file.put(target).put("OHDR".getBytes()).put(new byte[] {2, 2}).putInt(4 + link.length).put((byte) 6)
                    .putShort((short) link.length).put((byte) 0).put(link);
            file.putLong(28, file.capacity()).putLong(36, target.length);
            Hdf5File read = new Hdf5File("x.h5", FileBytes.of(file.array()));
            assertEquals(kind == 0 ? Set.of("abc") : Set.of(), read.tensors().keySet());
        }
    }
}
