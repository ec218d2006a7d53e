package dev.sectional.weights.internal.hdf5;

import static dev.sectional.weights.internal.hdf5.Hdf5ChunksTest.HEADER;
import static dev.sectional.weights.internal.hdf5.Hdf5ChunksTest.file;
import static dev.sectional.weights.internal.hdf5.Hdf5ChunksTest.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.hdf5.Hdf5ChunkReader.Chunk;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The lists of chunks of HDF5 1.10: single, side by side, fixed array and tree. */
class Hdf5ChunkIndexTest {
    private static List<Chunk> index(byte[] file, boolean filtered, int[] dims, long[] most, int[] chunk) {
        Hdf5Input input = new Hdf5Input("x.h5", FileBytes.of(file));
        return Hdf5ChunkIndex.read(input, input.at(HEADER, file.length - HEADER), filtered, "d", dims, most, chunk, 4);
    }

    private static List<String> starts(List<Chunk> chunks) {
        return chunks.stream().map(each -> Arrays.toString(each.start()) + " " + each.from() + " " + each.packed() + " "
                + each.skipped()).toList();
    }

    @Test
    void aSingleChunkMayHaveASize() {
        byte[] plain = file(1, new int[0], b -> b.put((byte) 1).putLong(77));
        assertEquals(List.of("[0, 0] 77 4 0"), starts(index(plain, false, new int[] {2, 2}, new long[] {2, 2},
                new int[] {2, 2})));
        byte[] sized = file(1, new int[0], b -> b.put((byte) 1).putLong(55).putInt(3).putLong(77));
        assertEquals(List.of("[0] 77 55 3"), starts(index(sized, true, new int[] {2}, new long[] {2}, new int[] {2})));
        byte[] never = file(1, new int[0], b -> b.put((byte) 1).putLong(-1));
        assertEquals(List.of(), index(never, false, new int[] {2}, new long[] {2}, new int[] {2}));
        byte[] unknown = file(1, new int[0], b -> b.put((byte) 6).putLong(77));
        refused("its chunk index has the unknown type 6",
                () -> index(unknown, false, new int[] {2}, new long[] {2}, new int[] {2}));
    }

    @Test
    void chunksSideBySideFillTheGridOfTheGreatestExtent() {
        byte[] implicit = file(1, new int[0], b -> b.put((byte) 2).putLong(1000));
        assertEquals(List.of("[0, 0] 1000 4 0", "[0, 2] 1004 4 0", "[3, 0] 1008 4 0", "[3, 2] 1012 4 0"),
                starts(index(implicit, false, new int[] {4, 3}, new long[] {6, 4}, new int[] {3, 2})));
        byte[] never = file(1, new int[0], b -> b.put((byte) 2).putLong(-1));
        assertEquals(List.of(), index(never, false, new int[] {4}, new long[] {4}, new int[] {2}));
    }

    /** A tree lists chunks by their place in the grid; those with filters have a size and a mask. */
    @Test
    void aTreeListsChunksByTheirPlace() {
        for (int width = 0; width <= 2; width++) {   // of the size of a chunk, 0 without filters
            int packed = width;
            byte[] tree = file(1, new int[0], b -> {
                b.put((byte) 5).put(new byte[6]).putLong(HEADER + 20).position(HEADER + 20);
                b.put("BTHD".getBytes()).put((byte) 0).put((byte) (packed > 0 ? 11 : 10)).putInt(100)
                        .putShort((short) (8 + packed + (packed > 0 ? 4 : 0) + 16)).putInt(0).putLong(HEADER + 80)
                        .putShort((short) 2).position(HEADER + 80);
                b.put("BTLF".getBytes()).put((byte) 0).put((byte) (packed > 0 ? 11 : 10));
                for (int i = 0; i < 2; i++) {
                    b.putLong(i == 0 ? 700 : 800);
                    if (packed > 0) {
                        b.put(Arrays.copyOf(new byte[] {33, 1}, packed)).putInt(5 + i);
                    }
                    b.putLong(2 * i).putLong(3);
                }
                b.put(new byte[100]);
            });
            String rest = packed == 0 ? "4 0" : packed == 1 ? "33 5" : "289 5";
            assertEquals(List.of("[0, 6] 700 " + rest, "[6, 6] 800 " + rest.replace(" 5", " 6")),
                    starts(index(tree, packed > 0, new int[] {9, 9}, new long[] {-1, -1}, new int[] {3, 2})));
        }
        byte[] none = file(1, new int[0], b -> b.put((byte) 5).put(new byte[6]).putLong(-1));
        assertEquals(List.of(), index(none, false, new int[] {9, 9}, new long[] {-1, -1}, new int[] {3, 2}));
    }

    /** Ten pages of one element need two bytes of bits; sizes of chunks have one to eight bytes. */
    @Test
    void pagesAndElementsHaveTheirGreatestSizes() {
        byte[] paged = fixed(8, 0, 10, b -> {
            b.put((byte) 0x81).put((byte) 0x40).putInt(0);
            for (int i = 0; i < 10; i++) {
                b.putLong(500 + i).putInt(-1);
            }
        });
        assertEquals(List.of("[0] 500 4 0", "[14] 507 4 0", "[18] 509 4 0"),
                starts(index(paged, false, new int[] {20}, new long[] {20}, new int[] {2})));
        byte[] eight = fixed(8, 0, 8, b -> {
            b.put((byte) 0x81).putInt(0);
            for (int i = 0; i < 8; i++) {
                b.putLong(500 + i).putInt(-1);
            }
        });
        assertEquals(List.of("[0] 500 4 0", "[14] 507 4 0"),
                starts(index(eight, false, new int[] {16}, new long[] {16}, new int[] {2})));
        byte[] one = fixed(8, 1, 2, b -> b.putLong(500).putLong(504));
        assertEquals(List.of("[0] 500 4 0", "[2] 504 4 0"),
                starts(index(one, false, new int[] {4}, new long[] {4}, new int[] {2})), "no more than a page");
        byte[] wide = fixed(20, 10, 1, b -> b.putLong(500).putLong(1L << 40).putInt(2));
        assertEquals(List.of("[0] 500 1099511627776 2"),
                starts(index(wide, true, new int[] {2}, new long[] {2}, new int[] {2})));
        byte[] narrow = fixed(13, 10, 1, b -> b.putLong(500).put((byte) 200).putInt(2));
        assertEquals(List.of("[0] 500 200 2"),
                starts(index(narrow, true, new int[] {2}, new long[] {2}, new int[] {2})));
        assertEquals(List.of(), index(fixed(8, 10, 0, b -> { }), false, new int[] {2}, new long[] {2},
                new int[] {2}));
    }

    private static byte[] fixed(int size, int pageBits, long count, Consumer<ByteBuffer> elements) {
        return file(1, new int[0], b -> {
            b.put((byte) 3).put((byte) 0).putLong(HEADER + 20).position(HEADER + 20);
            b.put("FAHD".getBytes()).put((byte) 0).put((byte) 0).put((byte) size).put((byte) pageBits).putLong(count)
                    .putLong(HEADER + 60).position(HEADER + 60);
            b.put("FADB".getBytes()).put(new byte[10]);
            elements.accept(b);
        });
    }

    @Test
    void aFixedArrayListsChunksOfTheirOwnSizes() {
        byte[] filtered = fixed(8 + 2 + 4, 10, 3, b -> b.putLong(500).putShort((short) 300).putInt(1).putLong(-1)
                .putShort((short) 0).putInt(0).putLong(900).putShort((short) 7).putInt(0));
        assertEquals(List.of("[0] 500 300 1", "[4] 900 7 0"),
                starts(index(filtered, true, new int[] {6}, new long[] {6}, new int[] {2})));
        byte[] paged = fixed(8, 1, 5, b -> b.put((byte) 0xA0).putInt(0).putLong(500).putLong(504).putInt(0).putLong(1)
                .putLong(1).putInt(0).putLong(508).putInt(0));
        assertEquals(List.of("[0] 500 4 0", "[2] 504 4 0", "[8] 508 4 0"),
                starts(index(paged, false, new int[] {10}, new long[] {10}, new int[] {2})));
        for (int size : new int[] {7, 21}) {
            byte[] other = fixed(size, 10, 1, b -> b.putLong(1).putLong(1).putLong(1));
            refused("its chunk index has elements of " + size + " bytes",
                    () -> index(other, false, new int[] {2}, new long[] {2}, new int[] {2}));
        }
        refused("its chunk index has elements of 12 bytes", () -> index(fixed(12, 10, 1, b -> b.putLong(1).putLong(1)),
                true, new int[] {2}, new long[] {2}, new int[] {2}));
        refused("its chunk index has -1 elements", () -> index(fixed(8, 10, -1, b -> b.putLong(1)), false,
                new int[] {2}, new long[] {2}, new int[] {2}));
        refused("its chunk index has a block of 4294967296 elements", () -> index(fixed(8, 62, 1L << 32,
                b -> b.putLong(1)), false, new int[] {2}, new long[] {2}, new int[] {2}));
    }
}
