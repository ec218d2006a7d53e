package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of an HDF5 file, byte by byte after the HDF5 File Format Specification. */
class Hdf5PartsTest {
    private static Hdf5Input input(byte[] bytes) {
        return new Hdf5Input("x.h5", FileBytes.of(bytes));
    }

    private static byte[] written(Consumer<ByteBuffer> writer) {
        ByteBuffer buffer = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        writer.accept(buffer);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private static Hdf5Cursor cursor(Consumer<ByteBuffer> writer) {
        byte[] bytes = written(writer);
        return input(bytes).at(0, bytes.length);
    }

    private static void refused(String said, Executable reading) {
        String message = assertThrows(InputException.class, reading).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said)
                && message.lines().count() == 1, message);
    }

    @Test
    void numbersFollowOneAnother() {
        Hdf5Cursor in = cursor(b -> b.put((byte) 200).putShort((short) -2).putInt(-3).putLong(-4).put((byte) 5)
                .putShort((short) 6).putInt(7).putLong(8));
        assertEquals(200, in.peek());
        assertEquals(200, in.u8());
        assertEquals(0xFFFE, in.u16());
        assertEquals(0xFFFFFFFDL, in.u32());
        assertEquals(-4, in.i64());
        assertEquals(15, in.position());
        assertEquals(15, in.remaining());
        assertArrayEquals(new long[] {5, 6, 7, 8}, new long[] {in.number(1), in.number(2), in.number(4),
            in.number(8)});
        assertEquals(0, in.remaining());
        for (Executable read : new Executable[] {in::u8, in::peek, in::u16, in::u32, in::i64, () -> in.skip(1),
            () -> in.part(1), () -> in.text(1), in::textToZero, () -> in.skip(-1)}) {
            refused("the part at byte 30 ends too early", read);
        }
        assertSame(in, in.skip(0));
    }

    @Test
    void partsEndWhereTheyShould() {
        Hdf5Input input = input(new byte[] {1, 2, 3, 4, 5, 6});
        Hdf5Cursor in = input.at(1, 4);
        Hdf5Cursor part = in.skip(1).part(2);
        assertEquals(3, part.u8());
        assertEquals(1, part.remaining());
        assertEquals(5, in.u8());
        refused("ends too early", in::u8);
        refused("ends too early", part::u16);
        assertEquals(0, input.at(6, 0).remaining());
        refused("a part of 2 bytes at byte 5 reaches beyond the file", () -> input.at(5, 2));
        assertEquals("x.h5", input.file());
    }

    @Test
    void aFileHasFourMillionParts() {
        Hdf5Input input = input(new byte[1]);
        for (int i = 0; i < 1 << 22; i++) {
            input.countPart();
        }
        refused("it has more than 4194304 parts", input::countPart);
        refused("it has more than 4194304 parts", () -> input.at(0, 1));
    }

    @Test
    void textsEndAtAZero() {
        Hdf5Cursor in = cursor(b -> b.put("ab\0cdé\0ghij".getBytes(StandardCharsets.UTF_8)));
        assertEquals("ab", in.text(3));
        assertEquals("cdé", in.textToZero());
        assertEquals("gh", in.text(2));
        refused("there is no IX at byte 10", () -> in.signature("IX"));
        refused("ends too early", in::textToZero);
        Hdf5Cursor signed = cursor(b -> b.put("TREE".getBytes()));
        assertSame(signed, signed.signature("TREE"));
        byte[] longest = new byte[(1 << 15) + 2];
        Arrays.fill(longest, (byte) 'x');
        longest[1 << 15] = 0;
        assertEquals(1 << 15, input(longest).at(0, longest.length).text(1 << 15).length());
        assertEquals(1 << 15, input(longest).at(0, (1 << 15) + 1).textToZero().length());
        refused("a name or text has 32769 bytes", () -> input(longest).at(0, longest.length).text((1 << 15) + 1));
        refused("a name or text has 3 bytes", () -> input(longest).at(0, 10).text(3, 2));
        byte[] late = new byte[40_000];
        late[39_000] = 'a';
        assertEquals("a", input(late).at(39_000, 1000).textToZero());
        longest[1 << 15] = 'x';
        refused("32769 bytes", () -> input(longest).at(0, longest.length).textToZero());
    }

    @ParameterizedTest
    @CsvSource({"0,8,8,0,0,I64", "0,4,8,0,0,I32", "0,2,8,0,0,I16", "0,1,8,0,0,I8", "0,1,0,0,0,U8", "0,8,0,0,0,",
        "0,4,0,0,0,", "0,2,0,0,0,", "0,3,8,0,0,", "1,8,0,11,52,F64", "1,4,0,8,23,F32", "1,2,0,5,10,F16",
        "1,2,0,8,7,BF16", "1,8,0,11,51,", "1,8,0,12,52,", "1,4,0,8,22,", "1,4,0,9,23,", "1,2,0,5,7,", "1,2,0,8,10,",
        "1,2,0,4,10,", "1,2,0,9,7,", "1,16,0,15,112,", "8,1,0,0,0,BOOL", "8,2,0,0,0,", "5,2,0,0,0,", "3,9,0,0,0,",
        "9,16,0,0,0,"})
    void knowsTheTypesOfWeights(int kind, int size, int bits, int exponent, int mantissa, DType type) {
        for (int big = 0; big <= 1; big++) {
            int flags = bits | big;
            Hdf5Datatype read = Hdf5Datatype.read(cursor(b -> b.put((byte) (0x10 | kind)).put((byte) flags)
                    .putShort((short) 0).putInt(size).putInt(0).put((byte) 0).put((byte) exponent).put((byte) 0)
                    .put((byte) mantissa).putInt(0)));
            assertEquals(type, read.number());
            assertEquals(size, read.size());
            assertEquals(big == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN, read.order());
            assertEquals(kind == 3, read.isText());
            assertEquals(kind == 9, read.isVariableText());
            assertEquals(kind == 5 ? DType.BF16 : type, read.opaqueAs("bfloat16").number());
            assertSame(read, read.opaqueAs("float8"));
        }
    }

    @Test
    void elementsHaveASize() {
        for (int size : new int[] {0, -1, Integer.MIN_VALUE}) {
            refused("an element type has ", () -> Hdf5Datatype.read(cursor(b -> b.putInt(0x10).putInt(size))));
        }
        assertEquals(Integer.MAX_VALUE,
                Hdf5Datatype.read(cursor(b -> b.putInt(0x13).putInt(Integer.MAX_VALUE))).size());
        assertNull(new Hdf5Datatype(5, 3, ByteOrder.LITTLE_ENDIAN, null).opaqueAs("bfloat16").number());
    }

    private static Shape shape(Consumer<ByteBuffer> writer) {
        return new Hdf5AttributeReader(input(new byte[0])).shape("d", cursor(writer));
    }

    @Test
    void readsShapesInBothVersions() {
        assertEquals(Shape.of(3, 0, 5),
                shape(b -> b.put(new byte[] {1, 3, 0, 9, 9, 9, 9, 9}).putLong(3).putLong(0).putLong(5)));
        assertEquals(Shape.of(3, 4), shape(b -> b.put(new byte[] {2, 2, 1, 1}).putLong(3).putLong(4).putLong(9)));
        assertEquals(Shape.of(), shape(b -> b.put(new byte[] {2, 0, 0, 0})));
        assertNull(shape(b -> b.put(new byte[] {2, 0, 0, 2})));
        assertEquals(Shape.of(Integer.MAX_VALUE),
                shape(b -> b.put(new byte[] {2, 1, 0, 1}).putLong(Integer.MAX_VALUE)));
        for (long[] dims : new long[][] {{1L << 31}, {-1}, {65536, 32768}, {0, 1L << 31}}) {
            String message = assertThrows(InputException.class, () -> shape(b -> {
                b.put(new byte[] {2, (byte) dims.length, 0, 1});
                Arrays.stream(dims).forEach(b::putLong);
            })).getMessage();
            assertTrue(message.contains("dataset d: it has 2^31 elements or more"), message);
        }
        Consumer<ByteBuffer> ones = b -> {
            b.put(new byte[] {2, 32, 0, 1});
            for (int d = 0; d < 32; d++) {
                b.putLong(1);
            }
        };
        assertEquals(32, shape(ones).rank());
        assertTrue(assertThrows(InputException.class, () -> shape(b -> b.put(new byte[] {2, 33, 0, 1})))
                .getMessage().contains("it has 33 dimensions"));
    }

    @Test
    void readsTheGreatestExtents() {
        Hdf5AttributeReader reader = new Hdf5AttributeReader(input(new byte[0]));
        assertArrayEquals(new long[] {-1, 9}, reader.most(cursor(b -> b.put(new byte[] {2, 2, 1, 1}).putLong(3)
                .putLong(4).putLong(-1).putLong(9))));
        assertArrayEquals(new long[] {3, 4}, reader.most(cursor(b -> b.put(new byte[] {2, 2, 0, 1}).putLong(3)
                .putLong(4).putLong(-1).putLong(9))));
        assertArrayEquals(new long[] {7}, reader.most(cursor(b -> b.put(new byte[] {1, 1, 1, 0, 0, 0, 0, 0}).putLong(3)
                .putLong(7))));
    }

    private static void message(ByteBuffer b, int type, int flags, byte... content) {
        b.putShort((short) type).putShort((short) content.length).put((byte) flags).put(new byte[3]).put(content);
    }

    @Test
    void readsHeadersOfVersion1AndTheirContinuations() {
        byte[] file = written(b -> {
            b.put(new byte[3]).put((byte) 1).put(new byte[7]).putInt(8 + 16 + 8 + 2 + 8 + 1 + 7).putInt(0);
            message(b, 0x10, 0, written(c -> c.putLong(74).putLong(8 + 4)));
            message(b, 0x0C, 0, new byte[] {7, 8});
            message(b, 0, 2, new byte[] {9});
            b.put(new byte[7]).put(new byte[5]);
            message(b, 0x0C, 0, new byte[] {1, 2, 3, 4});
        });
        Hdf5ObjectHeader header = new Hdf5ObjectHeader(input(file), 3);
        List<Hdf5Cursor> found = header.all(0x0C);
        assertEquals(2, found.size());
        assertEquals(2, found.get(0).remaining());
        assertEquals(7, found.get(0).u8());
        assertEquals(4, found.get(1).remaining());
        assertEquals(1, found.get(1).u8());
        assertTrue(header.has(0x0C));
        assertFalse(header.has(0) || header.has(0x10) || header.has(0x06));
        refused("an object has 2 descriptions of its things", () -> header.only(0x0C, "things"));
        refused("an object has 0 descriptions of its links", () -> header.only(0x06, "links"));
    }

    /** In headers of version 1 and 2, a message of no bytes is the last one. */
    @Test
    void messagesMayBeEmpty() {
        byte[] first = written(b -> {
            b.put((byte) 1).put(new byte[7]).putInt(8).putInt(0);
            message(b, 0x0C, 0);
        });
        assertEquals(1, new Hdf5ObjectHeader(input(first), 0).all(0x0C).size());
        byte[] second = written(b -> b.put("OHDR".getBytes()).put(new byte[] {2, 0, 4, 0x0C, 0, 0, 0}).putInt(0)
                .putInt(0));
        assertEquals(1, new Hdf5ObjectHeader(input(second), 0).all(0x0C).size());
    }

    @Test
    void typesStoredElsewhereAreRefused() {
        byte[] file = written(b -> {
            b.put((byte) 1).put(new byte[7]).putInt(20).putInt(0);
            message(b, 3, 2, new byte[] {1});
            message(b, 6, 1, new byte[] {5, 6, 7});
        });
        Hdf5ObjectHeader header = new Hdf5ObjectHeader(input(file), 0);
        assertEquals(5, header.only(6, "links").u8());
        refused("a type that is stored elsewhere in the file", () -> header.all(3));
    }

    /** With and without times, limits of attributes, order of creation, for each width of the length. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 0x10, 0x20, 0x37})
    void readsHeadersOfVersion2(int flags) {
        int ordered = (flags & 4) == 0 ? 0 : 2;
        byte[] file = written(b -> {
            b.put("OHDR".getBytes()).put((byte) 2).put((byte) flags);
            b.put(new byte[((flags & 0x20) == 0 ? 0 : 16) + ((flags & 0x10) == 0 ? 0 : 4)]);
            int length = 4 + ordered + 16 + 4 + ordered + 1 + 3;
            int width = 1 << (flags & 3);
            b.put(Arrays.copyOf(new byte[] {(byte) length}, width));
            int next = b.position() + length + 4;
            b.put((byte) 0x10).putShort((short) 16).put((byte) 0).put(new byte[ordered]);
            b.putLong(next).putLong(4 + 4 + ordered + 2 + 4 + ordered + 4 - 1);
            b.put((byte) 0x0C).putShort((short) 1).put((byte) 0).put(new byte[ordered]).put((byte) 11);
            b.put(new byte[3]).putInt(0);   // a gap, and the checksum
            b.put("OCHK".getBytes());
            b.put((byte) 0x0C).putShort((short) 2).put((byte) 0).put(new byte[ordered]).put((byte) 12).put((byte) 13);
            b.put(new byte[3 + ordered]).putInt(0x0C0C0C0C).put(new byte[40]);
        });
        List<Hdf5Cursor> found = new Hdf5ObjectHeader(input(file), 0).all(0x0C);
        assertEquals(2, found.size());
        assertEquals(11, found.get(0).u8());
        assertEquals(2, found.get(1).remaining());
        assertEquals(0x0D0C, found.get(1).u16());
        file[4] = 1;
        refused("the object at byte 0 has an unknown version", () -> new Hdf5ObjectHeader(input(file), 0));
        file[0] = 'X';
        refused("there is no OHDR at byte 0", () -> new Hdf5ObjectHeader(input(file), 0));
    }

    /** An attribute of each version: a text of 4 bytes, an array of two, a number, which is skipped. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsAttributesThatAreTexts(int version) {
        byte[] file = written(b -> {
            b.put((byte) 1).put(new byte[7]).putInt(200).putInt(0);
            message(b, 0x0C, 0, attribute(version, "one", 0x13, 4, new byte[] {2, 0, 0, 0}, "text".getBytes()));
            message(b, 0x0C, 0, attribute(version, "two", 0x13, 2, new byte[] {2, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0},
                    "abcd".getBytes()));
            message(b, 0x0C, 0, attribute(version, "n", 0x10, 4, new byte[] {2, 0, 0, 0}, new byte[4]));
            b.position(16 + 200);
        });
        Hdf5Input input = input(file);
        Hdf5AttributeReader reader = new Hdf5AttributeReader(input);
        Hdf5ObjectHeader header = new Hdf5ObjectHeader(input, 0);
        assertEquals(Map.of("one", List.of("text"), "two", List.of("ab", "cd")), reader.texts(header, 4));
        assertEquals(Map.of("two", List.of("ab", "cd")), reader.texts(header, 3), "longer ones are skipped");
    }

    private static byte[] attribute(int version, String name, int kind, int size, byte[] space, byte[] value) {
        int unit = version == 1 ? 8 : 1;
        return written(b -> {
            b.put((byte) version).put((byte) 0).putShort((short) (name.length() + 1)).putShort((short) 8)
                    .putShort((short) space.length);
            b.put(new byte[version == 3 ? 1 : 0]);
            b.put(padded(name.getBytes(), name.length() + 1, unit));
            b.put((byte) kind).put(new byte[3]).putInt(size);
            b.put(padded(space, space.length, unit)).put(value);
        });
    }

    private static byte[] padded(byte[] bytes, int length, int unit) {
        return Arrays.copyOf(bytes, (length + unit - 1) / unit * unit);
    }

    @Test
    void textsOfAnyLengthLieInAHeap() {
        byte[] file = written(b -> {
            b.put((byte) 1).put(new byte[7]).putInt(120).putInt(0);
            message(b, 0x0C, 0, attribute(3, "t", 0x19, 16, new byte[] {2, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0},
                    written(v -> v.putInt(5).putLong(136).putInt(2).putInt(0).putLong(-1).putInt(9))));
            b.position(136);
            b.put("GCOL".getBytes()).putInt(1).putLong(16 + 24 + 24 + 16);
            b.putLong(1).putLong(3).put("xyz-----".getBytes());
            b.putLong(2).putLong(7).put("hello, -".getBytes());
            b.putLong(0).putLong(0);
        });
        Hdf5Input input = input(file);
        Hdf5ObjectHeader header = new Hdf5ObjectHeader(input, 0);
        Hdf5AttributeReader reader = new Hdf5AttributeReader(input);
        assertEquals(Map.of("t", List.of("hello", "")), reader.texts(header, 5));
        assertEquals(Map.of(), reader.texts(header, 4), "longer ones are skipped");
        Hdf5HeapReader heaps = new Hdf5HeapReader(input);
        assertEquals("xyz", heaps.text(136, 1, 100, 100));
        assertEquals("hello, ", heaps.text(136, 2, 7, 100));
        assertNull(heaps.text(136, 0, 1, 100));
        assertNull(heaps.text(136, 3, 1, 100));
        refused("there is no GCOL at byte 140", () -> heaps.text(140, 1, 1, 100));
    }

    @Test
    void theSuperblockSaysWhereTheFileEnds() {
        for (String name : new String[] {"layouts.h5", "vgg_tiny.latest.h5"}) {
            byte[] whole = Resources.bytes(name);
            assertTrue(Hdf5File.begins(FileBytes.of(whole)));
            refused("and has ",
                    () -> new Hdf5File("x.h5", FileBytes.of(Arrays.copyOf(whole, whole.length - 1))));
            byte[] newer = whole.clone();
            newer[8] = 4;
            refused("its superblock has the unknown version 4", () -> new Hdf5File("x.h5", FileBytes.of(newer)));
            byte[] moved = whole.clone();
            moved[name.startsWith("l") ? 24 : 12] = 1;
            refused("it does not begin at its first byte", () -> new Hdf5File("x.h5", FileBytes.of(moved)));
            byte[] narrow = whole.clone();
            narrow[name.startsWith("l") ? 14 : 10] = 4;
            refused("lengths of 4 bytes", () -> new Hdf5File("x.h5", FileBytes.of(narrow)));
        }
        assertFalse(Hdf5File.begins(FileBytes.of(new byte[7])));
        assertTrue(Hdf5File.begins(FileBytes.of("\u0089HDF\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1))));
        assertFalse(Hdf5File.begins(FileBytes.of("\u0089HDF\r\n\u001a\r".getBytes(
                StandardCharsets.ISO_8859_1))));
    }
}
