package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.Pixels;
import dev.sectional.core.InputException;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
    private static final int WIDTH = 6;
    private static final int HEIGHT = 4;

    @TempDir
    Path folder;

    /** Grey values are what the file says, without the tone curve that Java's own conversion applies. */
    @Test
    void repeatsGreyAsItStands() throws IOException {
        BufferedImage grey = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
        fill(grey.getRaster(), 1, 10);

        byte[] rgb = read(png(grey));

        for (int i = 0; i < rgb.length; i++) {
            assertEquals(i / 3 * 10 % 256, rgb[i] & 0xFF);
        }
    }

    @Test
    void takesTheUpperByteOfSixteenBits() throws IOException {
        BufferedImage grey = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        fill(grey.getRaster(), 1, 2570);

        byte[] rgb = read(png(grey));

        for (int i = 0; i < rgb.length; i++) {
            assertEquals(i / 3 * 2570 >> 8, rgb[i] & 0xFF);
        }
    }

    @Test
    void dropsAlphaWithoutBlending() throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            image.setRGB(i % WIDTH, i / WIDTH, (i * 10) << 24 | 0x204060);
        }

        byte[] rgb = read(png(image));

        for (int i = 0; i < rgb.length; i += 3) {
            assertArrayEquals(new byte[] {0x20, 0x40, 0x60}, Arrays.copyOfRange(rgb, i, i + 3));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_BYTE_BINARY})
    void looksUpPalettes(int type) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
        image.setRGB(0, 0, 0xFFFFFF);
        image.setRGB(2, 1, 0xFFFFFF);

        assertArrayEquals(ImageResizeTest.bytes(image), read(png(image)));
    }

    /**
     * The expected image is {@code Image.open("cmyk.jpg").convert("RGB")} of Pillow; JPEG decoders differ by rounding.
     */
    @Test
    void readsCmykJpeg() throws Exception {
        Image image = ImageFile.read(Path.of(ImageFileTest.class.getResource("cmyk.jpg").toURI()));
        byte[] expected = ImageResizeTest.bytes(ImageResizeTest.resource("cmyk.png"));

        byte[] rgb = image.resized(image.width(), image.height());

        assertEquals(expected.length, rgb.length);
        for (int i = 0; i < rgb.length; i++) {
            assertEquals(expected[i] & 0xFF, rgb[i] & 0xFF, 3, "byte " + i);
        }
    }

    /** Where the stored image's top left corner and its right neighbour show, by the EXIF standard's table. */
    @ParameterizedTest
    @CsvSource({"1, 0,0, 1,0", "2, 5,0, 4,0", "3, 5,3, 4,3", "4, 0,3, 1,3", "5, 0,0, 0,1", "6, 3,0, 3,1",
            "7, 3,5, 3,4", "8, 0,5, 0,4"})
    void turnsAsExifSays(int orientation, int x, int y, int neighbourX, int neighbourY) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xFF0000);
        image.setRGB(1, 0, 0x00FF00);
        Path plain = png(image);
        byte[] withExif = withExif(Files.readAllBytes(plain), orientation);

        Image upright = ImageFile.read(Files.write(folder.resolve("turned.png"), withExif));

        boolean turned = orientation >= 5;
        assertEquals(turned ? HEIGHT : WIDTH, upright.width());
        assertEquals(turned ? WIDTH : HEIGHT, upright.height());
        int[] pixels = Pixels.ofBytes(upright.resized(upright.width(), upright.height()));
        Image fromBytes = ImageFile.read("turned", withExif);
        assertArrayEquals(pixels, Pixels.ofBytes(fromBytes.resized(upright.width(), upright.height())));
        assertEquals(0xFF0000, pixels[y * upright.width() + x]);
        assertEquals(0x00FF00, pixels[neighbourY * upright.width() + neighbourX]);
    }

    @Test
    void takesOnePixel() throws IOException {
        Image image = ImageFile.read(png(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)));

        assertEquals(8 * 8 * 3, image.resized(8, 8).length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "gif", "bmp", "tif"})
    void refusesAFileCutAnywhere(String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(ImageResizeTest.resource("resize-source.png"), format, out));
        byte[] whole = out.toByteArray();
        Path file = folder.resolve("cut." + format);
        for (int cut = 0; cut < 12; cut++) {
            Files.write(file, Arrays.copyOf(whole, whole.length * cut / 13));

            InputException e = assertThrows(InputException.class, () -> ImageFile.read(file), "cut at " + cut + "/13");

            assertOneLineAbout(e, file);
        }
    }

    @Test
    void saysWhenMemoryDoesNotSuffice() throws IOException {
        Path file = png(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 crc = new CRC32();
        crc.update(bytes, 12, 17);
        ByteBuffer.wrap(bytes).putInt(29, (int) crc.getValue());
        Files.write(file, bytes);

        InputException e = assertThrows(InputException.class, () -> ImageFile.read(file));

        assertTrue(e.getMessage().contains("60000 x 60000"), e.getMessage());
        assertOneLineAbout(e, file);
    }

    @Test
    void refusesWhatIsNoImage() throws IOException {
        for (Path file : new Path[] {folder, folder.resolve("missing.png"),
                Files.createFile(folder.resolve("empty.png")),
                Files.writeString(folder.resolve("text.png"), "hello")}) {
            assertOneLineAbout(assertThrows(InputException.class, () -> ImageFile.read(file)), file);
        }
        for (byte[] content : new byte[][] {{}, "hello".getBytes(StandardCharsets.UTF_8)}) {
            assertOneLineAbout(assertThrows(InputException.class, () -> ImageFile.read("some/name", content)),
                    Path.of("some/name"));
        }
    }

    private static void assertOneLineAbout(InputException e, Path file) {
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    private static void fill(WritableRaster raster, int bands, int step) {
        for (int i = 0; i < WIDTH * HEIGHT * bands; i++) {
            raster.setSample(i % WIDTH, i / WIDTH, 0, i * step);
        }
    }

    private Path png(BufferedImage image) throws IOException {
        Path file = folder.resolve("image.png");
        assertTrue(ImageIO.write(image, "png", file.toFile()));
        return file;
    }

    private static byte[] read(Path file) {
        Image image = ImageFile.read(file);
        return image.resized(image.width(), image.height());
    }

    /** Puts an eXIf chunk with nothing but the orientation behind the header, which is the first 33 bytes. */
    private static byte[] withExif(byte[] png, int orientation) {
        ByteBuffer tiff = ByteBuffer.allocate(26).put("MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0)
                .putInt(0);
        byte[] kind = "eXIf".getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(kind);
        crc.update(tiff.array());
        return ByteBuffer.allocate(png.length + 12 + 26).put(png, 0, 33).putInt(26).put(kind).put(tiff.array())
                .putInt((int) crc.getValue()).put(png, 33, png.length - 33).array();
    }
}
