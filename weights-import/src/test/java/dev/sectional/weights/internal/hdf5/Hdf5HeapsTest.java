package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trees of records and heaps of objects, byte by byte after the HDF5 File Format Specification. */
class Hdf5HeapsTest {
    private static final int HEAP = 400;

    private final ByteBuffer file = ByteBuffer.allocate(4000).order(ByteOrder.LITTLE_ENDIAN);

    private Hdf5Input input() {
        return new Hdf5Input("x.h5", FileBytes.of(file.array()));
    }

    private static void refused(String said, Executable reading) {
        String message = assertThrows(InputException.class, reading).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said)
                && message.lines().count() == 1, message);
    }

    private void tree(int type, long nodeSize, int recordSize, int depth, long root, int records) {
        file.position(0);
        file.put("BTHD".getBytes()).put((byte) 0).put((byte) type).putInt((int) nodeSize).putShort((short) recordSize)
                .putShort((short) depth).putShort((short) 0).putLong(root).putShort((short) records);
    }

    /** Writes a node of records of two bytes; children as address, count and, above level 1, the count below. */
    private void node(int at, int level, int[] records, long... children) {
        file.position(at);
        file.put((level == 0 ? "BTLF" : "BTIN").getBytes()).put((byte) 0).put((byte) 5);
        for (int record : records) {
            file.putShort((short) record);
        }
        for (int i = 0; i < children.length; i += 3) {
            file.putLong(children[i]).put((byte) children[i + 1]);
            if (level > 1) {
                file.put((byte) children[i + 2]);
            }
        }
    }

    private List<Integer> records() {
        List<Integer> records = new ArrayList<>();
        new Hdf5BTree2(input(), 0, 5).forEach(in -> {
            records.add(in.u16());
            assertEquals(0, in.remaining());
        });
        return records;
    }

    @Test
    void recordsAreInTheOrderOfTheTree() {
        tree(5, 32, 2, 0, 100, 3);
        node(100, 0, new int[] {7, 8, 9});
        assertEquals(List.of(7, 8, 9), records());
        tree(5, 32, 2, 0, -1, 3);
        assertEquals(List.of(), records());
        tree(5, 32, 2, 1, 140, 1);
        node(140, 1, new int[] {10}, 100, 3, 0, 180, 2, 0);
        node(180, 0, new int[] {11, 12});
        assertEquals(List.of(7, 8, 9, 10, 11, 12), records());
        tree(5, 32, 2, 2, 220, 1);
        node(220, 2, new int[] {13}, 140, 1, 6, 260, 1, 4);
        node(260, 1, new int[] {16}, 300, 2, 0, 340, 1, 0);
        node(300, 0, new int[] {14, 15});
        node(340, 0, new int[] {17});
        assertEquals(List.of(7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17), records());
        file.putLong(260 + 8, 100);
        refused("the nodes of a B-tree form a circle", this::records);
        file.put(260, (byte) 'X');
        refused("there is no BTIN at byte 260", this::records);
    }

    /** At most 37 in a leaf and six in a node: 265 below a child need two bytes, 139 of smaller nodes one. */
    @Test
    void countsOfWholeBranchesHaveAWidthOfTheirOwn() {
        for (int size : new int[] {64, 85}) {
            tree(5, size, 2, 2, 220, 1);
            file.position(220);
            file.put("BTIN".getBytes()).put(new byte[] {0, 5}).putShort((short) 13);
            for (int child : new int[] {320, 420}) {
                file.putLong(child).put((byte) 1).put(new byte[size == 64 ? 1 : 2]);
            }
            node(320, 1, new int[] {10}, 520, 2, 0, 620, 1, 0);
            node(420, 1, new int[] {16}, 720, 1, 0, 820, 1, 0);
            node(520, 0, new int[] {7, 8});
            node(620, 0, new int[] {11});
            node(720, 0, new int[] {14});
            node(820, 0, new int[] {17});
            assertEquals(List.of(7, 8, 10, 11, 13, 14, 16, 17), records());
        }
    }

    /** By the sizes of records and pointers: 7 records in a node above leaves, 6 above that. */
    @Test
    void nodesHoldRecordsAndPointers() {
        for (int level = 1; level <= 2; level++) {
            int most = level == 1 ? 7 : 6;
            node(100, level, new int[0]);
            tree(5, 100, 2, level, 100, most);
            refused("there is no BT" + (level == 1 ? "LF" : "IN") + " at byte 0", this::records);
            tree(5, 100, 2, level, 100, most + 1);
            refused("a node of a B-tree has " + (most + 1) + " records", this::records);
        }
    }

    /** More than 255 records of a leaf need two bytes for their number. */
    @Test
    void countsAreAsWideAsTheyMustBe() {
        for (int size : new int[] {2 * 255 + 10, 2 * 256 + 10}) {
            boolean wide = size > 2 * 255 + 10;
            tree(5, size, 2, 1, 600, 1);
            file.position(600);
            file.put("BTIN".getBytes()).put(new byte[] {0, 5}).putShort((short) 3).putLong(1300).put((byte) 1);
            if (wide) {
                file.put((byte) 0);
            }
            file.putLong(2000).put((byte) (wide ? 0 : 2));
            if (wide) {
                file.put((byte) 1);   // 256
            }
            node(1300, 0, new int[] {1});
            node(2000, 0, new int[] {4, 5});
            List<Integer> records = records();
            assertEquals(List.of(1, 3, 4, 5), records.subList(0, 4));
            assertEquals(wide ? 258 : 4, records.size());
        }
    }

    @ParameterizedTest
    @CsvSource({"6,32,2,0", "5,67108865,2,0", "5,11,2,0", "5,32,0,0", "5,32,2,17", "5,32,23,0"})
    void impossibleTreesAreRefused(int type, long size, int record, int depth) {
        tree(type, size, record, depth, 100, 0);
        refused("the B-tree at byte 0 has type " + type + ", records of " + record + " bytes and depth " + depth,
                this::records);
    }

    @Test
    void sizesOfTreesHaveLimits() {
        tree(5, 12, 2, 16, -1, 0);
        assertEquals(List.of(), records());
        tree(5, 12, 1, 0, -1, 0);
        assertEquals(List.of(), records());
        tree(5, 1 << 26, 2, 0, -1, 0);
        assertEquals(List.of(), records());
        tree(5, 32, 2, 0, 100, 12);
        node(100, 0, new int[0]);
        refused("a node of a B-tree has 12 records", this::records);
        tree(5, 32, 2, 0, 100, 11);
        assertEquals(11, records().size());
        tree(5, 32, 2, 1, 140, 2);
        node(140, 1, new int[0]);
        refused("a node of a B-tree has 2 records", this::records);
        tree(5, 12, 2, 1, 140, 1);
        refused("a node of a B-tree has 1 records", this::records);
        file.put(100 + 5, (byte) 8);
        tree(5, 32, 2, 0, 100, 3);
        refused("a node of a B-tree has 3 records", this::records);
    }

    /** A heap of blocks of 32 bytes, two in a row; offsets of two bytes, lengths of one. */
    private void heap(int rootRows, long root) {
        file.position(HEAP);
        file.put("FRHP".getBytes()).put(new byte[3]).putShort((short) 0).put((byte) 0).putInt(30)
                .put(new byte[96]).putShort((short) 2).putLong(32).putLong(32).putShort((short) 12)
                .putShort((short) 0).putLong(root).putShort((short) rootRows);
    }

    private String object(int flags, int offset, int length) {
        tree(8, 32, 4, 0, 100, 1);
        file.position(100);
        file.put("BTLF".getBytes()).put(new byte[] {0, 8}).put((byte) flags).putShort((short) offset)
                .put((byte) length);
        List<String> found = new ArrayList<>();
        new Hdf5HeapReader(input()).records(0, HEAP, Hdf5HeapReader.ATTRIBUTE_NAMES,
                in -> found.add(in.position() + ":" + in.remaining()));
        assertEquals(1, found.size());
        return found.get(0);
    }

    private void block(int at, String signature, long... children) {
        file.position(at);
        file.put(signature.getBytes()).put(new byte[signature.equals("FHIB") ? 1 + 8 + 2 : 1]);
        for (long child : children) {
            file.putLong(child);
        }
    }

    @Test
    void anObjectLiesInTheOnlyBlock() {
        heap(0, 600);
        block(600, "FHDB");
        assertEquals("620:5", object(0, 20, 5));
        assertEquals("620:12", object(0, 20, 12));
        refused("a link or attribute reaches beyond its block", () -> object(0, 20, 13));
        refused("a link or attribute is stored outside its heap's blocks", () -> object(16, 20, 5));
        file.put(600, (byte) 'X');
        refused("there is no FHDB at byte 600", () -> object(0, 20, 5));
        file.put(HEAP, (byte) 'X');
        refused("there is no FRHP at byte 400", () -> object(0, 20, 5));
    }

    /** Two rows of blocks of 32 bytes, then two blocks of 64 bytes that list two each. */
    @Test
    void anObjectLiesInOneOfManyBlocks() {
        heap(3, 700);
        block(700, "FHIB", 1000, 1040, 1080, 1120, 800, 900);
        block(800, "FHIB", 1160, 1200);
        block(900, "FHIB", 1240, 1280);
        for (int at = 1000; at <= 1280; at += 40) {
            block(at, "FHDB");
        }
        assertEquals("1005:3", object(0, 5, 3));
        assertEquals("1000:3", object(0, 0, 3));
        assertEquals("1005:0", object(0, 5, 0));
        assertEquals("1040:3", object(0, 32, 3));
        assertEquals("1029:3", object(0, 29, 3));
        assertEquals("1048:3", object(0, 40, 3));
        assertEquals("1084:3", object(0, 68, 3));
        assertEquals("1124:3", object(0, 100, 3));
        assertEquals("1165:3", object(0, 133, 3));
        assertEquals("1205:3", object(0, 165, 3));
        assertEquals("1241:3", object(0, 193, 3));
        assertEquals("1300:3", object(0, 244, 3));
        refused("a link or attribute reaches beyond its block", () -> object(0, 30, 3));
        refused("a link or attribute lies beyond its heap", () -> object(0, 256, 3));
        file.putLong(800 + 15, 800);
        file.put(800, (byte) 'X');
        refused("there is no FHIB at byte 800", () -> object(0, 133, 3));
    }

    /** Rows grow twofold, up to the greatest direct block: 32, 32, 64; then 128 in blocks that list others. */
    @Test
    void blocksGrowRowByRow() {
        heap(4, 700);
        file.putLong(HEAP + 4 + 3 + 2 + 1 + 4 + 96 + 2 + 8, 64);
        block(700, "FHIB", 1000, 1040, 1080, 1120, 1160, 1240, 800, 3953);
        block(3953, "FHIB", 1480, 1520, 1560, 1600);   // up to the end of the file
        block(800, "FHIB", 1320, 1360, 1400, 1440);
        for (int at = 1000; at <= 1600; at += 40) {
            block(at, "FHDB");
        }
        assertEquals("1190:30", object(0, 128 + 30, 30));
        assertEquals("1245:30", object(0, 192 + 5, 30));
        assertEquals("1325:3", object(0, 256 + 5, 3));
        assertEquals("1405:3", object(0, 256 + 64 + 5, 3));
        assertEquals("1445:3", object(0, 256 + 96 + 5, 3));
        assertEquals("1605:3", object(0, 384 + 96 + 5, 3));
    }

    @Test
    void impossibleHeapsAreRefused() {
        heap(0, 600);
        block(600, "FHDB");
        int filters = HEAP + 7;
        int width = HEAP + 4 + 3 + 2 + 1 + 4 + 96;
        int start = width + 2;
        int bits = start + 16;
        file.putShort(filters, (short) 1);
        refused("a heap of links or attributes is compressed", () -> object(0, 20, 5));
        heap(0, 600);
        for (int at : new int[] {width, start, start + 8, bits}) {
            short before = file.getShort(at);
            file.putShort(at, (short) 0);
            refused("a heap of links or attributes has blocks of", () -> object(0, 20, 5));
            file.putShort(at, before);
        }
        file.putShort(bits, (short) 65);
        refused("a heap of links or attributes has blocks of", () -> object(0, 20, 5));
        file.putShort(bits, (short) 12).putLong(start + 8, 31);
        refused("a heap of links or attributes has blocks of 32 bytes", () -> object(0, 20, 5));
    }

    /** Lengths are as wide as the greatest direct block or the greatest object needs, whichever is less. */
    @ParameterizedTest
    @CsvSource({"256,4096,1", "512,128,1", "512,255,1", "512,256,2", "65536,65535,2", "65536,1048576,2"})
    void lengthsAreAsWideAsTheyMustBe(long direct, int managed, int width) {
        heap(0, 600);
        file.putInt(HEAP + 10, managed).putLong(HEAP + 112, Math.min(512, direct)).putLong(HEAP + 120, direct);
        block(600, "FHDB");
        tree(8, 32, 3 + width, 0, 100, 1);
        file.position(100);
        file.put("BTLF".getBytes()).put(new byte[] {0, 8, 0, 20, 0, 5, (byte) (width - 1)});
        List<Long> found = new ArrayList<>();
        new Hdf5HeapReader(input()).records(0, HEAP, Hdf5HeapReader.ATTRIBUTE_NAMES, in -> found.add(in.remaining()));
        assertEquals(List.of(width == 1 ? 5L : 261L), found);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "8,1", "9,2", "64,8"})
    void offsetsAreAsWideAsTheHeap(int bits, int width) {
        heap(0, 600);
        file.putShort(HEAP + 128, (short) bits).putShort(HEAP + 110, (short) 1);
        block(600, "FHDB");
        tree(8, 32, 2 + width, 0, 100, 1);
        file.position(100);
        file.put("BTLF".getBytes()).put(new byte[] {0, 8, 0, 20}).put(new byte[width - 1]).put((byte) 5);
        List<String> found = new ArrayList<>();
        new Hdf5HeapReader(input()).records(0, HEAP, Hdf5HeapReader.ATTRIBUTE_NAMES,
                in -> found.add(in.position() + ":" + in.remaining()));
        assertEquals(List.of("620:5"), found);
    }

    /** Links are listed by a hash of their name, before the place in the heap. */
    @Test
    void linksHaveAHashBefore() {
        heap(0, 600);
        block(600, "FHDB");
        tree(5, 32, 8, 0, 100, 1);
        file.position(100);
        file.put("BTLF".getBytes()).put(new byte[] {0, 5}).putInt(-1).put((byte) 0).putShort((short) 20)
                .put((byte) 5);
        List<String> found = new ArrayList<>();
        new Hdf5HeapReader(input()).records(0, HEAP, Hdf5HeapReader.LINK_NAMES,
                in -> found.add(in.position() + ":" + in.remaining()));
        assertEquals(List.of("620:5"), found);
    }

    /** An indirect block that lists itself. */
    @Test
    void heapsNest16Deep() {
        heap(40, 700);
        file.position(700);
        file.put("FHIB".getBytes()).put(new byte[11]);
        for (int i = 0; i < 80; i++) {
            file.putLong(700);
        }
        refused("a link or attribute", () -> object(0, 0xFFF, 3));
    }
}
