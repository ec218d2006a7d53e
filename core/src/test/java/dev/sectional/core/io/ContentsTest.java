package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory that grows while a source is read, and the limits of what is read. */
class ContentsTest {
    private static final int CHUNK = Contents.CHUNK;

    /** Fills each buffer with the next number until {@code size} bytes were given, and lists the room of each. */
    private static Contents.Source filling(int size, List<Integer> rooms) {
        int[] left = {size};
        return into -> {
            rooms.add(into.remaining());
            int count = Math.min(left[0], into.remaining());
            for (int i = 0; i < count; i++) {
                into.put((byte) rooms.size());
            }
            left[0] -= count;
            return count == 0 ? -1 : count;
        };
    }

    @Test
    void memoryGrowsByHalfOfWhatWasRead() throws IOException {
        List<Integer> rooms = new ArrayList<>();
        MappedFile all = Contents.read("m", filling(5 * CHUNK, rooms), 0);
        assertEquals(List.of(CHUNK, CHUNK, CHUNK, 3 * CHUNK / 2, CHUNK * 9 / 4, CHUNK * 9 / 4 - CHUNK / 2), rooms);
        assertEquals(5 * CHUNK, all.length());
        ByteBuffer bytes = all.map(0, all.length());
        assertEquals(1, bytes.get(CHUNK - 1));
        assertEquals(2, bytes.get(CHUNK));
        assertEquals(4, bytes.get(3 * CHUNK));
        assertEquals(5, bytes.get(5 * CHUNK - 1));
    }

    @Test
    void aKnownSizeIsAllocatedAtOnce() throws IOException {
        List<Integer> rooms = new ArrayList<>();
        MappedFile all = Contents.read("m", filling(CHUNK + 9, rooms), CHUNK + 9);
        assertEquals(List.of(CHUNK + 9, CHUNK), rooms);
        assertEquals(CHUNK + 9, all.length());
        assertEquals(1, all.map(CHUNK + 8, 1).get(0));
        assertEquals(3, Contents.read("m", filling(3, new ArrayList<>()), 0).length());
    }

    /** The source only says that it gave so much. */
    @Test
    void atMost2To31BytesAreRead() {
        IOException end = new IOException("asked for more");
        List<Integer> counts = new ArrayList<>(List.of(Integer.MAX_VALUE - 1, 1));
        assertSame(end, assertThrows(IOException.class, () -> Contents.read("m", into -> {
            if (counts.isEmpty()) {
                throw end;
            }
            return counts.remove(0);
        }, 0)));
        String message = assertThrows(InputException.class,
                () -> Contents.read("m", into -> Integer.MAX_VALUE, 0)).getMessage();
        assertEquals("m: is larger than 2 GiB; load it from a file, which is mapped", message);
    }

    @Test
    void theLastBytesBelow2To31TakeOneChunkAlone() {
        List<Integer> rooms = new ArrayList<>();
        IOException end = new IOException("enough");
        assertThrows(IOException.class, () -> Contents.read("m", into -> {
            rooms.add(into.remaining());
            if (rooms.size() == 2) {
                throw end;
            }
            into.position(into.limit());
            return Integer.MAX_VALUE - 1000;
        }, 0));
        assertEquals(List.of(CHUNK, CHUNK), rooms);
    }

    @Test
    void fullMemorySaysHowMuchWasRead() {
        OutOfMemoryError full = new OutOfMemoryError("Cannot reserve memory");
        int[] reads = new int[1];
        InputException refused = assertThrows(InputException.class, () -> Contents.read("m", into -> {
            if (reads[0]++ == 2) {
                throw full;
            }
            return 30;
        }, 0));
        assertSame(full, refused.getCause());
        assertEquals("m: does not fit into memory outside the heap, after 60 bytes of it; raise"
                + " -XX:MaxDirectMemorySize or -Xmx, or load it from a file, which is mapped", refused.getMessage());
    }
}
