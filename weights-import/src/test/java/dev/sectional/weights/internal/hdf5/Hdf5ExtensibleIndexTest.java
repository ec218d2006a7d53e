package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The index of a dataset without a greatest extent, byte by byte after the HDF5 File Format Specification: elements in
 * the index block, then data blocks, then secondary blocks that list data blocks.
 */
class Hdf5ExtensibleIndexTest {
    private static final int HEADER = 20;
    private static final int INDEX = 120;

    private final ByteBuffer file = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);

    /** Writes a header; numbers of elements as powers of two where the format has them so. */
    private void header(int size, int bits, int direct, int least, int pointers, int pageBits) {
        file.put(0, (byte) 4).putLong(6, HEADER).position(HEADER);
        file.put("EAHD".getBytes()).put(new byte[2]).put((byte) size).put((byte) bits).put((byte) direct)
                .put((byte) least).put((byte) pointers).put((byte) pageBits).put(new byte[48]).putLong(INDEX);
    }

    private ByteBuffer block(int at, String signature, int offsetBytes) {
        file.position(at);
        return file.put(signature.getBytes()).put(new byte[10 + offsetBytes]);
    }

    private void longs(long... values) {
        Arrays.stream(values).forEach(file::putLong);
    }

    private List<String> chunks(boolean filtered, int[] dims, long[] most, int[] chunk) {
        Hdf5Input input = new Hdf5Input("x.h5", FileBytes.of(file.array()));
        List<String> found = new ArrayList<>();
        Hdf5ChunkIndex.read(input, input.at(0, 14), filtered, "d", dims, most, chunk, 4).forEach(each -> found.add(
                Arrays.toString(each.start()) + " " + each.from() + " " + each.packed() + " " + each.skipped()));
        return found;
    }

    private List<String> line(boolean filtered) {
        return chunks(filtered, new int[] {40}, new long[] {-1}, new int[] {2});
    }

    private static List<String> expected(long... firstAndAddress) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < firstAndAddress.length; i += 2) {
            lines.add("[" + firstAndAddress[i] + "] " + firstAndAddress[i + 1] + " 4 0");
        }
        return lines;
    }

    /** 2 elements in the index block, blocks of 2 and 4, and a secondary block of two blocks of 4. */
    private void small(int pageBits) {
        header(8, 3, 2, 2, 2, pageBits);
        block(INDEX, "EAIB", 0);
        longs(500, -1, 200, 250, 300);
        block(200, "EADB", 1);
        longs(600, 604);
        block(250, "EADB", 1);
        longs(700, -1, 708, 712);
        block(300, "EASB", 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10})   // a block of one page has no pages
    void elementsFollowOneAnotherThroughAllBlocks(int pageBits) {
        small(pageBits);
        longs(350, 400);
        block(350, "EADB", 1);
        longs(800, 804, 808, 812);
        block(400, "EADB", 1);
        longs(900, 904, 908, -1);
        assertEquals(expected(0, 500, 4, 600, 6, 604, 8, 700, 12, 708, 14, 712, 16, 800, 18, 804, 20, 808, 22, 812, 24,
                900, 26, 904, 28, 908), line(false));
        file.putLong(HEADER + 60, -1);
        assertEquals(List.of(), line(false), "no index block");
        file.putLong(6, -1);
        assertEquals(List.of(), line(false), "no index");
    }

    /** Pages of 2 elements, of which the bits of the secondary block tell those in use. */
    @Test
    void longBlocksHavePages() {
        small(1);
        file.put((byte) 0x90).put((byte) 0);   // the first page of one block, the second of the other
        longs(350, 400);
        block(350, "EADB", 1).putInt(0);
        longs(800, 804);
        file.putInt(0);
        longs(808, 812);
        block(400, "EADB", 1).putInt(0);
        longs(900, 904);
        file.putInt(0);
        longs(908, 912);
        List<String> found = line(false);
        assertEquals(expected(16, 800, 18, 804, 28, 908, 30, 912), found.subList(6, found.size()));
    }

    @Test
    void filteredElementsHaveASizeAndAMask() {
        header(8 + 2 + 4, 1, 2, 2, 2, 10);
        block(INDEX, "EAIB", 0);
        longs(500);
        file.putShort((short) 300).putInt(5);
        longs(600);
        file.putShort((short) 7).putInt(0);
        longs(-1, -1);
        assertEquals(List.of("[0] 500 300 5", "[2] 600 7 0"), line(true));
    }

    /** The unlimited dimension counts last, whichever it is. */
    @Test
    void theOpenDimensionGrowsSlowest() {
        header(8, 1, 5, 2, 2, 10);
        block(INDEX, "EAIB", 0);
        longs(500, 504, 508, 512, 516, -1, -1);
        assertEquals(List.of("[0, 0] 500 4 0", "[3, 0] 504 4 0", "[0, 2] 508 4 0", "[3, 2] 512 4 0", "[0, 4] 516 4 0"),
                chunks(false, new int[] {4, 6}, new long[] {5, -1}, new int[] {3, 2}));
        assertEquals(List.of("[0, 0] 500 4 0", "[0, 2] 504 4 0", "[0, 4] 508 4 0", "[3, 0] 512 4 0", "[3, 2] 516 4 0"),
                chunks(false, new int[] {4, 6}, new long[] {-1, 6}, new int[] {3, 2}));
    }

    @ParameterizedTest
    @CsvSource({"63,2,2,10", "3,0,2,10", "3,3,2,10", "3,2,0,10", "3,2,1,10", "3,2,3,10", "3,2,2,63"})
    void impossibleSizesAreRefused(int bits, int least, int pointers, int pageBits) {
        header(8, bits, 2, least, pointers, pageBits);
        refused("its chunk index has impossible sizes");
    }


    /** Four pointers to data blocks in the index block, so that six blocks come before the first secondary one. */
    private void large(int pageBits) {
        header(8, 9, 1, 2, 4, pageBits);
        block(INDEX, "EAIB", 0);
        longs(500, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    }

    @Test
    void blocksGrowByTheirNumber() {
        large(10);
        file.putLong(INDEX + 14 + 6 * 8, 300).putLong(INDEX + 14 + 7 * 8, 400);
        block(300, "EADB", 2);
        longs(600, 604, 608, 612, 616, 620, 624, 628);
        block(400, "EASB", 2);
        longs(-1, -1, -1, 460);
        block(460, "EADB", 2);
        longs(700, -1, -1, -1, -1, -1, -1, 728);
        assertEquals(expected(0, 500, 46, 600, 48, 604, 50, 608, 52, 612, 54, 616, 56, 620, 58, 624, 60, 628, 110, 700,
                124, 728), line(false));
    }

    /** Sixteen pages of one element in each of four blocks; the bits of all lie before the addresses. */
    @Test
    void bitsOfPagesFollowOneAnother() {
        large(0);
        file.putLong(INDEX + 14 + 8 * 8, 300);
        block(300, "EASB", 2);
        file.put(new byte[] {0, 0, 0, 0, 0x40, 0x01, 0, 0});
        longs(-1, -1, 360, -1);
        block(360, "EADB", 2);
        file.putLong(392, 700).putLong(560, 720);
        assertEquals(expected(0, 500, 192, 700, 220, 720), line(false));
    }

    @Test
    void theGreatestSizesAreRead() {
        header(8, 62, 0, 1, 2, 62);
        block(INDEX, "EAIB", 0);
        for (int i = 0; i < 63; i++) {
            file.putLong(-1);
        }
        assertEquals(List.of(), line(false));
        file.putLong(INDEX + 14 + 62 * 8, 900);
        refused("there is no EASB at byte 900");
    }

    private void refused(String said) {
        String message = assertThrows(InputException.class, () -> line(false)).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said), message);
    }

    @Test
    void blocksAreWhereTheIndexSays() {
        small(10);
        longs(350, 400);
        refused("there is no EADB at byte 350");
        file.put(300, (byte) 'X');
        refused("there is no EASB at byte 300");
        file.put(200, (byte) 'X');
        refused("there is no EADB at byte 200");
        file.put(INDEX, (byte) 'X');
        refused("there is no EAIB at byte 120");
        file.put(HEADER, (byte) 'X');
        refused("there is no EAHD at byte 20");
    }
}
