package dev.sectional.attribution.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;

/** What the writer wrote, decoded as ISO/IEC 15948 says; the tests of the image module let the JDK decode it. */
class PngDecodedTest {
    /** A decoded file. */
    private static final class Png {
        final List<String> chunks = new ArrayList<>();
        final List<Integer> filters = new ArrayList<>();
        final ByteArrayOutputStream data = new ByteArrayOutputStream();
        byte[] header;
        byte[] palette;
        int[] pixels;
        int largestData;

        Png(byte[] file) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
            assertArrayEquals(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, in.readNBytes(8));
            while (in.available() > 0) {
                byte[] content = in.readNBytes(4 + in.readInt());
                CRC32 sum = new CRC32();
                sum.update(content);
                assertEquals((int) sum.getValue(), in.readInt(), "CRC");
                take(new String(content, 0, 4, StandardCharsets.US_ASCII), content);
            }
            decode();
        }

        private void take(String type, byte[] content) {
            chunks.add(type);
            byte[] rest = Arrays.copyOfRange(content, 4, content.length);
            switch (type) {
                case "IHDR" -> header = rest;
                case "PLTE" -> palette = rest;
                case "IDAT" -> {
                    data.writeBytes(rest);
                    largestData = Math.max(largestData, rest.length);
                }
                default -> assertEquals(0, rest.length, type);
            }
        }

        int width() {
            return ByteBuffer.wrap(header).getInt(0);
        }

        int height() {
            return ByteBuffer.wrap(header).getInt(4);
        }

        private void decode() throws IOException {
            assertEquals(8, header[8], "bit depth");
            assertEquals(palette == null ? 2 : 3, header[9], "colour type");
            int bytes = palette == null ? 3 : 1;
            InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(data.toByteArray()));
            byte[] above = new byte[bytes * width()];
            pixels = new int[width() * height()];
            for (int y = 0; y < height(); y++) {
                int filter = in.read();
                filters.add(filter);
                byte[] row = in.readNBytes(bytes * width());
                for (int i = 0; i < row.length; i++) {
                    int a = i < bytes ? 0 : row[i - bytes] & 0xFF;
                    int c = i < bytes ? 0 : above[i - bytes] & 0xFF;
                    row[i] += (byte) predicted(filter, a, above[i] & 0xFF, c);
                }
                for (int x = 0; x < width(); x++) {
                    byte[] from = palette == null ? row : palette;
                    int at = palette == null ? 3 * x : 3 * (row[x] & 0xFF);
                    pixels[y * width() + x] = (from[at] & 0xFF) << 16 | (from[at + 1] & 0xFF) << 8
                            | from[at + 2] & 0xFF;
                }
                above = row;
            }
            assertEquals(-1, in.read(), "no more data");
        }

        private static int predicted(int filter, int a, int b, int c) {
            return switch (filter) {
                case 0 -> 0;
                case 1 -> a;
                case 2 -> b;
                case 3 -> (a + b) / 2;
                default -> {
                    int p = a + b - c;
                    int pa = Math.abs(p - a);
                    int pb = Math.abs(p - b);
                    int pc = Math.abs(p - c);
                    yield pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
                }
            };
        }
    }

    private static Png written(int width, int height, int[] pixels) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngWriter.write(out, width, height, pixels);
        Png png = new Png(out.toByteArray());
        assertEquals(width, png.width());
        assertEquals(height, png.height());
        assertArrayEquals(IntStream.of(pixels).map(pixel -> pixel & 0xFFFFFF).toArray(), png.pixels);
        assertEquals("IHDR", png.chunks.get(0));
        assertEquals("IEND", png.chunks.get(png.chunks.size() - 1));
        return png;
    }

    /** Noise does not compress: 90 KB in chunks of at most 64 KB. */
    @Test
    void noiseComesInSeveralChunks() throws IOException {
        Png png = written(200, 150, new Random(1).ints(200 * 150L).toArray());
        assertEquals(List.of("IHDR", "IDAT", "IDAT", "IEND"), png.chunks);
        assertEquals(1 << 16, png.largestData);
        assertEquals(List.of(), png.filters.stream().filter(filter -> filter < 0 || filter > 4).toList());
    }

    @Test
    void aBufferedStreamHoldsNothingBack() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        PngWriter.write(new BufferedOutputStream(file), 1, 1, new int[] {7});
        assertArrayEquals(new int[] {7}, new Png(file.toByteArray()).pixels);
    }

    /** Sides of three bytes in the header. */
    @Test
    void longSidesAreStated() throws IOException {
        written(1, 0x010203, new int[0x010203]);
        written(0x010203, 1, new int[0x010203]);
    }

    @Test
    void eachRowHasTheFilterThatFitsIt() throws IOException {
        int width = 300;
        int[] pixels = new int[width * 5];
        Random random = new Random(2);
        for (int x = 0; x < width; x++) {
            pixels[x] = x % 2 == 0 ? 0x010101 : 0xFF00FF & random.nextInt(2) * 0x010000;   // near 0: none
            pixels[width + x] = x * 0x050301;                         // runs along the row: sub
            pixels[2 * width + x] = random.nextInt(1 << 24);
            pixels[3 * width + x] = pixels[2 * width + x] ^ 1;        // like the row above: up
            int left = x == 0 ? 0 : pixels[4 * width + x - 1];
            pixels[4 * width + x] = average(left, pixels[3 * width + x]);
        }
        Png png = written(width, 5, pixels);
        assertEquals(List.of(0, 1), png.filters.subList(0, 2));
        assertEquals(List.of(2, 3), png.filters.subList(3, 5));
    }

    private static int average(int a, int b) {
        int mean = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            mean |= ((a >> shift & 0xFF) + (b >> shift & 0xFF)) / 2 << shift;
        }
        return mean;
    }

    @Test
    void thePredictionWithTheLeastDifferencesWins() {
        assertEquals(1, best(new byte[] {50, 50, 50, 50, 50, 50}, new byte[6]), "like the left neighbour");
        byte[] edge = {100, 100, 100, 10, 10, 10};
        assertEquals(2, best(edge, edge), "like the one above");
        assertEquals(4, best(new byte[] {50, 50, 50, 90, 90, 90, 90, 90, 90},
                new byte[] {50, 50, 50, 50, 50, 50, 50, 50, 50}), "like the one above, then like the left one");
    }

    /** Returns the filter of a row below another one. */
    private static int best(byte[] row, byte[] above) {
        PngFilters filters = new PngFilters(row.length);
        filters.filtered(above);
        return filters.filtered(row)[0];
    }

    @Test
    void upTo256ColoursHaveAPalette() throws IOException {
        int[] exactly = IntStream.range(0, 512).map(i -> i % 256 * 0x030201 | 0xFF000000).toArray();
        Png png = written(16, 32, exactly);
        assertEquals(3 * 256, png.palette.length);
        assertEquals(List.of("IHDR", "PLTE", "IDAT", "IEND"), png.chunks);
        exactly[0] = 0xFFFFFF;
        exactly[256] = 0;
        assertEquals(null, written(16, 32, exactly).palette, "257 colours");
        assertEquals(3, written(1, 1, new int[] {0x123456}).palette.length);
        int[] tall = new int[70_000];
        tall[69_999] = 7;
        written(1, 70_000, tall);
        written(70_000, 1, tall);
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 2, 2, new int[3]));
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 0, 2, new int[0]));
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 2, 0, new int[0]));
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 1 << 16, 1 << 16, new int[0]));
        assertEquals(0, out.size());
    }
}
