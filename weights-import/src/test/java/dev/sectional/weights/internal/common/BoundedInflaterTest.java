package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit of the sizes, and streams that are cut or damaged. */
class BoundedInflaterTest {
    private static String refusal(BoundedInflater inflater, long packed, long size) {
        return assertThrows(InputException.class, () -> inflater.require("part", packed, size)).getMessage();
    }

    @Test
    void aSizeIsPossibleForItsPackedBytes() {
        BoundedInflater inflater = new BoundedInflater("x");
        assertEquals(65_536, inflater.require("part", 0, 65_536));
        assertEquals(65_537, inflater.require("part", 63, 65_537));
        assertEquals(7, inflater.allocate("part", 0, 7).length);
        assertEquals("cannot read x: part claims to unpack to 65537 bytes, too many for the 62 that it has; the file is"
                + " damaged, fetch it again", refusal(inflater, 62, 65_537));
        assertTrue(refusal(inflater, 0, -1).contains("claims to unpack to -1"));
        assertTrue(refusal(inflater, Long.MAX_VALUE, Integer.MAX_VALUE - 7L).contains("claims to unpack"));
    }

    @Test
    void allPartsTogetherTakeHalfOfTheHeap() {
        BoundedInflater inflater = new BoundedInflater("x");
        long left = Runtime.getRuntime().maxMemory() / 2;
        while (left > 0) {
            left -= inflater.require("part", Long.MAX_VALUE, Math.min(1 << 28, left));
        }
        assertEquals("cannot read x: it is compressed and needs " + (Runtime.getRuntime().maxMemory() / 2 + 1 >> 20)
                + " MB of memory or more; raise -Xmx, or save the file again without compression",
                refusal(inflater, 1, 1));
    }

    private static byte[] deflated(byte[] bytes, boolean raw) {
        Deflater deflater = new Deflater(6, raw);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] packed = new byte[bytes.length + 1000];
        int length = deflater.deflate(packed, 10, packed.length - 10);
        deflater.end();
        return Arrays.copyOf(packed, 10 + length);
    }

    /** More than one buffer of input, behind ten other bytes. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inflatesLongStreams(boolean raw) {
        byte[] noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        byte[] packed = deflated(noise, raw);
        BoundedInflater inflater = new BoundedInflater("x");
        byte[] out = new byte[noise.length];
        inflater.inflate("part", FileBytes.of(packed), 10, packed.length - 10, raw, out);
        assertArrayEquals(noise, out);
        byte[] start = new byte[1000];
        inflater.inflate("part", FileBytes.of(packed), 10, packed.length - 10, raw, start);
        assertArrayEquals(Arrays.copyOf(noise, 1000), start);
        byte[] longer = new byte[noise.length + 1];
        assertTrue(failure(inflater, packed, packed.length - 10, raw, longer).contains("shorter than it says"));
        assertTrue(failure(inflater, packed, packed.length - 10 - 1000, raw, out).contains("shorter than it says"));
        assertTrue(failure(inflater, packed, 0, raw, out).contains("shorter than it says"));
        packed[10] = 7;
        packed[11] = 7;
        assertTrue(failure(inflater, packed, packed.length - 10, raw, out).contains("does not unpack"));
    }

    private static String failure(BoundedInflater inflater, byte[] packed, long count, boolean raw, byte[] out) {
        return assertThrows(InputException.class,
                () -> inflater.inflate("part", FileBytes.of(packed), 10, count, raw, out)).getMessage();
    }

    @Test
    void streamsThatNeedADictionaryAreRefused() {
        Deflater deflater = new Deflater();
        deflater.setDictionary("dictionary".getBytes());
        deflater.setInput("dictionary".getBytes());
        deflater.finish();
        byte[] packed = new byte[100];
        int length = deflater.deflate(packed, 10, 90);
        assertTrue(failure(new BoundedInflater("x"), packed, length, false, new byte[10]).contains("shorter"));
    }
}
