package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.hdf5.Hdf5ChunkReader.Chunk;
import dev.sectional.weights.internal.hdf5.Hdf5ChunkReader.Layout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chunks that lie where and as a test writes them, behind a header with their filters. */
class Hdf5ChunksTest {
    static final int HEADER = 200;

    /** Writes a header with a filter message of a version, then {@code chunks} from byte 200 on. */
    static byte[] file(int version, int[] filters, Consumer<ByteBuffer> chunks) {
        ByteBuffer b = ByteBuffer.allocate(2000).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 1).put(new byte[7]).putInt(HEADER - 16).putInt(0);
        if (filters.length > 0) {
            b.putShort((short) 0x0B).putShort((short) 100).putInt(0).put((byte) version).put((byte) filters.length);
            b.put(new byte[version == 1 ? 6 : 0]);
            for (int id : filters) {
                boolean named = version == 1 || id >= 256;
                b.putShort((short) id);
                if (named) {
                    b.putShort((short) 3);
                }
                b.putShort((short) 0).putShort((short) 1);   // one value, of 4 bytes
                b.put(new byte[version == 1 ? 8 : named ? 3 : 0]).putInt(-1).put(new byte[version == 1 ? 4 : 0]);
            }
        }
        b.position(HEADER);
        chunks.accept(b);
        return Arrays.copyOf(b.array(), b.position());
    }

    private static byte[] unpack(byte[] file, Layout layout, int[] dims, int size) {
        Hdf5Input input = new Hdf5Input("x.h5", FileBytes.of(file));
        return new Hdf5ChunkReader(input).unpack("d", new Hdf5ObjectHeader(input, 0), layout, dims, size);
    }

    private static Layout listed(int[] chunk, Chunk... chunks) {
        return new Layout(chunk, Hdf5Cursor.UNDEFINED, List.of(chunks));
    }

    private static Chunk chunk(long from, long packed, int skipped, long... start) {
        return new Chunk(start, HEADER + from, packed, skipped);
    }

    static void refused(String said, Executable reading) {
        String message = assertThrows(InputException.class, reading).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said)
                && message.lines().count() == 1, message);
    }

    /** Elements of two bytes in chunks of 2 x 2, of which those at the edges of 3 x 5 reach beyond it. */
    @Test
    void chunksAreCutAtTheEdges() {
        byte[] file = file(1, new int[0], b -> {
            for (int i = 0; i < 40; i++) {
                b.put((byte) (i + 1));
            }
        });
        byte[] wanted = new byte[30];
        System.arraycopy(new byte[] {1, 2, 3, 4}, 0, wanted, 0, 4);
        System.arraycopy(new byte[] {5, 6, 7, 8}, 0, wanted, 10, 4);
        System.arraycopy(new byte[] {9, 10}, 0, wanted, 8, 2);
        System.arraycopy(new byte[] {13, 14}, 0, wanted, 18, 2);
        System.arraycopy(new byte[] {17, 18, 19, 20}, 0, wanted, 24, 4);
        System.arraycopy(new byte[] {25, 26}, 0, wanted, 28, 2);
        Layout layout = listed(new int[] {2, 2}, chunk(0, 8, 0, 0, 0), chunk(8, 8, 0, 0, 4), chunk(16, 8, 0, 2, 2),
                chunk(24, 8, 0, 2, 4), chunk(32, 8, 0, 4, 0), chunk(32, 8, 0, 3, 0), chunk(32, 8, 0, 0, 5),
                chunk(32, 8, 0, 0, -2), chunk(32, 8, 0, -2, 0));
        assertArrayEquals(wanted, unpack(file, layout, new int[] {3, 5}, 2));
    }

    @Test
    void aScalarAndThreeDimensionsAreChunksToo() {
        byte[] file = file(1, new int[0], b -> {
            for (int i = 0; i < 24; i++) {
                b.put((byte) i);
            }
        });
        assertArrayEquals(new byte[] {2, 3}, unpack(file, listed(new int[0], chunk(2, 2, 0)), new int[0], 2));
        byte[] whole = Arrays.copyOfRange(file, HEADER, HEADER + 24);
        assertArrayEquals(whole,
                unpack(file, listed(new int[] {2, 3, 4}, chunk(0, 24, 0, 0, 0, 0)), new int[] {2, 3, 4}, 1));
        assertArrayEquals(new byte[] {0, 1, 4, 5, 12, 13, 16, 17},
                unpack(file, listed(new int[] {2, 3, 4}, chunk(0, 24, 0, 0, 0, 0)), new int[] {2, 2, 2}, 1));
        assertArrayEquals(new byte[4],
                unpack(file, new Layout(new int[] {2}, Hdf5Cursor.UNDEFINED, null), new int[] {4}, 1));
    }

    private static byte[] deflated(byte... bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] packed = new byte[100];
        return Arrays.copyOf(packed, deflater.deflate(packed));
    }

    /** Returns bytes with their Fletcher-32 checksum behind them. */
    private static byte[] summed(byte... bytes) {
        long sum = 0;
        long sums = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum = (sum + ((bytes[i] & 0xFF) << 8) + (i + 1 < bytes.length ? bytes[i + 1] & 0xFF : 0)) % 65535;
            sums = (sums + sum) % 65535;
        }
        return ByteBuffer.allocate(bytes.length + 4).order(ByteOrder.LITTLE_ENDIAN).put(bytes)
                .putInt((int) (sums << 16 | sum)).array();
    }

    /** Bytes that h5py 3 wrote with {@code fletcher32=True}: i 37 % 251 for each i, and 255 throughout. */
    @ParameterizedTest
    @CsvSource({"1,00000000", "2,25002500", "3,254a4a4a", "6,4ddf072a", "7,4ebd55e7", "1000,b0fa5198", "1001,b16102fa",
        "70000,d3786dfe", "-1000,ffffffff"})
    void checksumsAreThoseOfHdf5(int length, String checksum) {
        byte[] bytes = new byte[Math.abs(length)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (length < 0 ? 255 : i * 37 % 251);
        }
        long stored = Long.parseLong(checksum, 16);
        for (int pass = 0; pass < 3; pass++) {   // as it is, with the bytes of each half exchanged, and wrong
            int written = (int) (pass == 1 ? (stored & 0xFF00FF) << 8 | stored >> 8 & 0xFF00FF : stored ^ pass / 2);
            byte[] header = file(2, new int[] {3}, b -> { });
            ByteBuffer whole = ByteBuffer.allocate(header.length + bytes.length + 4).put(header).put(bytes)
                    .putInt(written);
            Layout layout = listed(new int[] {bytes.length}, chunk(0, bytes.length + 4L, 0, 0));
            if (pass < 2) {
                assertArrayEquals(bytes, unpack(whole.array(), layout, new int[] {bytes.length}, 1));
            } else {
                refused("the checksum of a chunk differs from its bytes",
                        () -> unpack(whole.array(), layout, new int[] {bytes.length}, 1));
            }
        }
        byte[] short4 = file(2, new int[] {3}, b -> b.put(new byte[10]));
        refused("the checksum of a chunk differs", () -> unpack(short4, listed(new int[] {1}, chunk(0, 3, 0, 0)),
                new int[] {1}, 1));
    }

    /** Filters 1 deflate, 2 shuffle, 3 checksum; the mask tells which a chunk skips. */
    @ParameterizedTest
    @CsvSource({"1,1,0,false", "2,1,0,false", "1,12,0,true", "2,21,0,true", "1,213,0,true", "2,213,0,true",
        "1,3,0,false", "2,23,0,true", "1,21,1,false", "1,21,2,true", "1,21,3,false", "2,213,4,true", "1,13,0,false"})
    void undoesFiltersFromTheLastOne(int version, int filters, int skipped, boolean shuffled) {
        byte[] plain = {1, 2, 3, 4, 5, 6};
        byte[] data = shuffled ? new byte[] {1, 3, 5, 2, 4, 6} : plain;
        int[] ids = Integer.toString(filters).chars().map(c -> c - '0').toArray();
        boolean deflate = false;
        boolean checksum = false;
        for (int i = 0; i < ids.length; i++) {
            deflate |= ids[i] == 1 && (skipped >> i & 1) == 0;
            checksum |= ids[i] == 3 && (skipped >> i & 1) == 0;
        }
        byte[] packed = deflate ? deflated(data) : data;
        byte[] stored = checksum ? summed(packed) : packed;
        byte[] file = file(version, ids, b -> b.put(new byte[3]).put(stored));
        Layout layout = listed(new int[] {3}, chunk(3, stored.length, skipped, 0));
        if (filters == 12) {   // shuffled after it was deflated
            refused("the order of its filters is not supported", () -> unpack(file, layout, new int[] {3}, 2));
        } else {
            assertArrayEquals(plain, unpack(file, layout, new int[] {3}, 2));
        }
    }

    /** A header with a message about the fill value, and one chunk of two bytes. */
    private static byte[] filled(int type, int... content) {
        ByteBuffer b = ByteBuffer.allocate(HEADER + 4).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 1).put(new byte[7]).putInt(HEADER - 16).putInt(0);
        b.putShort((short) type).putShort((short) 20).putInt(0);
        for (int each : content) {
            b.put((byte) each);
        }
        return b.put(HEADER, (byte) 7).put(HEADER + 1, (byte) 8).array();
    }

    /** By the old message and the three versions of the newer one, whose last has a flag for a value. */
    @Test
    void elementsThatWereNeverWrittenAreZeroOrRefused() {
        Layout half = listed(new int[] {2}, chunk(0, 2, 0, 0));
        int[][] zeros = {{4, 4, 0, 0, 0}, {5, 2, 2, 0, 0, 9}, {5, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 9},
            {5, 3, 0x0A, 9, 9, 9}, {5, 3, 0x2A, 1, 0, 0, 0, 0, 9}, {9, 2, 2, 0, 1, 1, 0, 0, 0, 9},
            {4, 1, 0, 0, 0, 0, 9}, {5, 3, 0x0A, 1, 0, 0, 0, 9}};
        for (int[] each : zeros) {
            byte[] file = filled(each[0], Arrays.copyOfRange(each, 1, each.length));
            assertArrayEquals(new byte[] {7, 8, 0}, unpack(file, half, new int[] {3}, 1));
        }
        int[][] others = {{4, 2, 0, 0, 0, 0, 1}, {5, 2, 2, 0, 1, 1, 0, 0, 0, 9}, {5, 1, 2, 0, 1, 2, 0, 0, 0, 0, 9},
            {5, 3, 0x2A, 1, 0, 0, 0, 9}, {5, 3, 0x20, 2, 0, 0, 0, 0, 9}};
        for (int[] each : others) {
            byte[] file = filled(each[0], Arrays.copyOfRange(each, 1, each.length));
            assertArrayEquals(new byte[] {7, 8}, unpack(file, half, new int[] {2}, 1));
            refused("dataset d: parts of it were never written, and its fill value is not 0",
                    () -> unpack(file, half, new int[] {3}, 1));
        }
        byte[] file = filled(5, 3, 0x2A, 1, 0, 0, 0, 9);
        assertArrayEquals(new byte[] {7, 8}, unpack(file, listed(new int[] {1}, chunk(0, 2, 0, 0)), new int[] {1}, 2));
        Layout edges = listed(new int[] {2, 2}, chunk(0, 4, 0, 0, 0), chunk(0, 4, 0, 0, 2), chunk(0, 4, 0, 2, 0));
        refused("never written", () -> unpack(file, edges, new int[] {3, 3}, 1));
        Layout square = listed(new int[] {1, 2}, chunk(0, 2, 0, 0, 0), chunk(0, 2, 0, 1, 0));
        assertArrayEquals(new byte[] {7, 7}, unpack(file, square, new int[] {2, 1}, 1));
        refused("never written", () -> unpack(file, square, new int[] {2, 3}, 1));
    }

    @Test
    void namesWhatIsWrongWithAChunk() {
        byte[] plain = file(1, new int[0], b -> b.put(new byte[10]));
        refused("a chunk has 3 bytes where 4 are wanted",
                () -> unpack(plain, listed(new int[] {4}, chunk(0, 3, 0, 0)), new int[] {4}, 1));
        refused("a chunk of 4 bytes at byte 207 reaches beyond the file",
                () -> unpack(plain, listed(new int[] {4}, chunk(7, 4, 0, 0)), new int[] {4}, 1));
        assertEquals(4, unpack(plain, listed(new int[] {4}, chunk(6, 4, 0, 0)), new int[] {4}, 1).length);
        byte[] summed = file(2, new int[] {3}, b -> b.put(new byte[10]));
        refused("a chunk has 3 bytes where 4 are wanted",
                () -> unpack(summed, listed(new int[] {4}, chunk(0, 7, 0, 0)), new int[] {4}, 1));
        for (int id : new int[] {0, 4, 256, 32000}) {
            for (int version = 1; version <= 2; version++) {
                byte[] other = file(version, new int[] {2, id}, b -> b.put(new byte[10]));
                refused("dataset d is compressed with HDF5 filter " + id + ", which is not supported",
                        () -> unpack(other, listed(new int[] {4}, chunk(0, 4, 0, 0)), new int[] {4}, 1));
            }
        }
        refused("claims to unpack to 1000000 bytes",
                () -> unpack(plain, listed(new int[] {4}, chunk(0, 4, 0, 0)), new int[] {1000000}, 1));
        refused("a chunk of dataset d claims to unpack to 1000000 bytes",
                () -> unpack(plain, listed(new int[] {1000000}, chunk(0, 4, 0, 0)), new int[] {4}, 1));
    }

    private static void node(ByteBuffer b, int level, long[]... entries) {
        b.put("TREE".getBytes()).put((byte) 1).put((byte) level).putShort((short) entries.length).putLong(-1)
                .putLong(-1);
        for (long[] entry : entries) {   // packed, skipped, start, child
            b.putInt((int) entry[0]).putInt((int) entry[1]).putLong(entry[2]).putLong(0).putLong(entry[3]);
        }
    }

    /** A root with two nodes; chunks of two bytes lie before them. */
    @Test
    void theOldTreeListsChunksInItsLeaves() {
        int root = HEADER + 10;
        int first = root + 24 + 2 * 32;
        int second = first + 24 + 2 * 32;
        byte[] file = file(1, new int[] {3}, b -> {
            b.put(new byte[] {1, 2, 3, 4, 5, 6, 6, 5, 6, 5});   // the last four: a checksum
            node(b, 1, new long[] {0, 0, 0, first}, new long[] {0, 0, 4, second});
            node(b, 0, new long[] {2, 1, 0, HEADER}, new long[] {2, 1, 2, HEADER + 2});
            node(b, 0, new long[] {6, 0, 4, HEADER + 4});
        });
        Layout layout = new Layout(new int[] {2}, root, null);
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, unpack(file, layout, new int[] {6}, 1));
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(first + 24 + 32 + 24, HEADER);
        refused("a chunk of 2 bytes at byte 200 reaches beyond the file, or is there twice",
                () -> unpack(file, layout, new int[] {6}, 1));
        bytes.putLong(first + 24 + 32 + 24, file.length - 1);
        refused("reaches beyond the file", () -> unpack(file, layout, new int[] {6}, 1));
        bytes.putLong(root + 24 + 32 + 24, first);
        bytes.putLong(first + 24 + 32 + 24, HEADER + 2);
        refused("its chunks are listed in a circle", () -> unpack(file, layout, new int[] {6}, 1));
        file[root] = 'X';
        refused("there is no TREE at byte 210", () -> unpack(file, layout, new int[] {6}, 1));
    }

    @Test
    void theOldTreeIs16NodesDeep() {
        for (int depth = 16; depth <= 17; depth++) {
            int nodes = depth;
            byte[] file = file(1, new int[0], b -> {
                b.put(new byte[] {7, 8});
                for (int i = 0; i < nodes; i++) {
                    node(b, 1, new long[] {0, 0, 0, b.position() + 24 + 32});
                }
                node(b, 0, new long[] {2, 0, 0, HEADER});
            });
            Layout layout = new Layout(new int[] {2}, HEADER + 2, null);
            if (nodes == 16) {
                assertArrayEquals(new byte[] {7, 8}, unpack(file, layout, new int[] {2}, 1));
            } else {
                refused("its chunks are listed in a circle", () -> unpack(file, layout, new int[] {2}, 1));
            }
        }
    }
}
