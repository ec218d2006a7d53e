package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of file in the folder {@code formats} beside this class, against what Pillow makes of it. */
class ImageFormatsTest {
    /** Means of all pixels agree to rounding; lossy formats are decoded by programs that round differently. */
    private static final double TOLERANCE = 0.3;

    @TempDir
    Path folder;

    private static Path file(String name) {
        try {
            return Path.of(ImageFormatsTest.class.getResource("formats/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<String> lines() throws IOException {
        return Files.readAllLines(file("expected.csv")).stream().skip(1);
    }

    static List<String> read() throws IOException {
        return lines().filter(line -> !line.matches("(refused|damaged):.*")).toList();
    }

    static List<String> refused() throws IOException {
        return lines().filter(line -> line.startsWith("refused:")).toList();
    }

    @ParameterizedTest
    @MethodSource
    void read(String line) throws IOException {
        String[] wanted = line.split(",");
        boolean applied = wanted[0].startsWith("applied:");
        Path file = file(wanted[0].replace("applied:", ""));
        IccPolicy icc = applied ? IccPolicy.APPLY : IccPolicy.IGNORE;
        for (Image image : List.of(ImageFile.read(file, icc),
                ImageFile.read("image", Files.readAllBytes(file), icc))) {
            assertEquals(wanted[1] + " " + wanted[2], image.width() + " " + image.height());
            byte[] rgb = image.resized(image.width(), image.height());
            int count = rgb.length / 3;
            for (int channel = 0; channel < 3; channel++) {
                double mean = 0;
                double weighted = 0;
                for (int i = 0; i < count; i++) {
                    mean += (rgb[3 * i + channel] & 0xFF) / (double) count;
                    weighted += (rgb[3 * i + channel] & 0xFF) * (i + 1.0) / count / count;
                }
                assertEquals(Double.parseDouble(wanted[3 + channel]), mean, TOLERANCE, "channel " + channel);
                assertEquals(Double.parseDouble(wanted[6 + channel]), weighted, TOLERANCE, "channel " + channel);
            }
        }
    }

    /** What the first frame of a GIF leaves free is transparent where its palette has a transparent colour. */
    @ParameterizedTest
    @CsvSource({"part-transparent.gif, 0", "part-grey.gif, 255"})
    void whatAFrameLeavesFreeIsTransparentAsInPillow(String name, int alpha) {
        Image image = ImageFile.read(file(name));
        byte[] rgba = image.resized(8, 6, 4);
        assertEquals(alpha, rgba[3] & 0xFF, "outside");
        assertEquals(alpha, rgba[4 * (8 + 2) + 3] & 0xFF, "the frame's first pixel has the transparent colour");
        assertEquals(255, rgba[4 * (8 + 3) + 3] & 0xFF);
        assertEquals(alpha == 0, image.conversions(3).contains("transparency ignored"));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String line) {
        Path file = file(line.substring(8, line.indexOf(',')));
        InputException e = assertThrows(InputException.class, () -> ImageFile.read(file));
        assertTrue(e.getMessage().contains(line.substring(line.indexOf(',') + 1)), e.getMessage());
        assertTrue(e.getMessage().contains("convert it to"), e.getMessage());
    }

    static List<String> damaged() throws IOException {
        return lines().filter(line -> line.startsWith("damaged:")).toList();
    }

    /** Strips whose data are valid and too few: javax.imageio fills the rest. */
    @ParameterizedTest
    @MethodSource
    void damaged(String line) {
        Path file = file(line.substring(8, line.indexOf(',')));
        InputException e = assertThrows(InputException.class, () -> ImageFile.read(file));
        assertTrue(e.getMessage().contains(" is cut off or damaged: strip 1 of 1 ends early"), e.getMessage());
    }

    /** A file that ends early has the pixels of the whole file, when only what follows them is missing, or none. */
    @ParameterizedTest
    @MethodSource("read")
    void aFileThatIsCutOffHasNoOtherPixels(String line) throws IOException {
        String name = line.split(",")[0].replace("applied:", "");
        byte[] whole = Files.readAllBytes(file(name));
        byte[] pixels = pixels(ImageFile.read(name, whole));
        for (int part = 1; part < 10; part++) {
            byte[] cut = Arrays.copyOf(whole, whole.length * part / 10);
            try {
                assertArrayEquals(pixels, pixels(ImageFile.read(name, cut)), cut.length + " of " + whole.length);
            } catch (InputException e) {
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            }
        }
    }

    private static byte[] pixels(Image image) {
        return image.resized(image.width(), image.height());
    }

    /** Heads as hexadecimal digits. */
    @ParameterizedTest
    @CsvSource({"000000186674797068656963, a HEIC image", "0000001c6674797061766966, an AVIF image",
            "0000000c6a5020200d0a870a, a JPEG 2000 image", "ff4fff51002f, a JPEG 2000 image",
            "0000000c4a584c200d0a870a, a JPEG XL image", "ff0a, a JPEG XL image", "384250530001, a Photoshop document",
            "255044462d312e37, a PDF", "3c737667, an XML or SVG document", "000000186674797071742020, an ISO media"})
    void namesFormatsThatAreNotRead(String head, String format) {
        byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(head), 64);
        InputException e = assertThrows(InputException.class, () -> ImageFile.read("photo", bytes));
        assertTrue(e.getMessage().startsWith("photo is " + format), e.getMessage());
    }

    /** The JDK's cache files end in a stack trace at exit where the disk is full: no format may use one. */
    @Test
    void noFormatUsesACacheFile() throws IOException {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        ImageIO.setCacheDirectory(cache.toFile());
        Files.delete(cache);
        try {
            assertThrows(IllegalArgumentException.class,
                    () -> ImageIO.createImageInputStream(InputStream.nullInputStream()), "a cache file would fail");
            for (String line : read()) {
                read(line);
            }
        } finally {
            ImageIO.setCacheDirectory(null);
        }
    }

    /** Linux names are bytes; a JVM whose locale is not theirs has no character for some. */
    @Test
    void namesThatAreNotUtf8AreOneLine() throws Exception {
        Path script = folder.resolve("make");
        Files.writeString(script, "cp \"$1\" \"$2/$(printf 'caf\\xe9.png')\" && ls \"$2\" | wc -l\n");
        Path inside = Files.createDirectory(folder.resolve("names"));
        assertEquals(0, new ProcessBuilder("/bin/bash", script.toString(), file("profile.png").toString(),
                inside.toString()).start().waitFor());
        try (Stream<Path> names = Files.list(inside)) {
            Path name = names.findFirst().orElseThrow();
            assertEquals(24, ImageFile.read(name).width(), "as the folder lists it");
        }
        for (String wrong : List.of("caf\uFFFD.png", "caf\u00E9.png")) {
            InputException e = assertThrows(InputException.class, () -> ImageFile.read(Path.of(inside + "/" + wrong)));
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
    }

    /** Opening a pipe that nobody writes to would wait for ever. */
    @Test
    void refusesAPipe() throws Exception {
        Path pipe = folder.resolve("pipe.png");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        InputException e = assertTimeoutPreemptively(Duration.ofSeconds(20),
                () -> assertThrows(InputException.class, () -> ImageFile.read(pipe)));
        assertTrue(e.getMessage().contains("is a pipe or a device"), e.getMessage());
        assertTrue(assertThrows(InputException.class, () -> ImageFile.read(Path.of("/dev/null"))).getMessage()
                .contains("is a pipe or a device"));
    }

    /** 3 GB of text in a chunk of 3 MB is not expanded. */
    @Test
    void readsPastABombInAText() throws IOException {
        byte[] png = Files.readAllBytes(file("profile.png"));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.write("Comment\0\0".getBytes(StandardCharsets.ISO_8859_1));
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(text, new Deflater(1))) {
            byte[] zeros = new byte[1 << 24];
            for (int i = 0; i < 180; i++) {
                deflated.write(zeros);
            }
        }
        byte[] kind = "zTXt".getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(kind);
        crc.update(text.toByteArray());
        byte[] bomb = ByteBuffer.allocate(png.length + 12 + text.size()).put(png, 0, 33).putInt(text.size()).put(kind)
                .put(text.toByteArray()).putInt((int) crc.getValue()).put(png, 33, png.length - 33).array();
        for (IccPolicy icc : IccPolicy.values()) {
            assertEquals(24, ImageFile.read("bomb", bomb, icc).width());
        }
    }

    @Test
    void saysWhenAProfileCannotBeApplied() throws IOException {
        byte[] jpeg = Files.readAllBytes(file("profile.jpg"));
        for (int i = 0; i < jpeg.length - 4; i++) {
            if (jpeg[i] == 'a' && jpeg[i + 1] == 'c' && jpeg[i + 2] == 's' && jpeg[i + 3] == 'p') {
                jpeg[i] = 'x';
            }
        }
        assertEquals(24, ImageFile.read("photo", jpeg).width());
        InputException e = assertThrows(InputException.class, () -> ImageFile.read("photo", jpeg, IccPolicy.APPLY));
        assertTrue(e.getMessage().contains("ignore it with --icc ignore"), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }
}
