package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of an animation and of a file of several pages the first image is read, and the image says so. */
class FramesTest {
    private static final int PNG_HEADER = 33;

    private static byte[] written(String format, int frames) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            for (int i = 0; i < frames; i++) {
                writer.writeToSequence(new IIOImage(new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_INDEXED), null,
                        null), null);
            }
            writer.endWriteSequence();
        }
        writer.dispose();
        return bytes.toByteArray();
    }

    private static List<String> said(byte[] file) {
        return ImageFile.read("a", file).conversions(3);
    }

    @ParameterizedTest
    @CsvSource({"gif, 3, frame 1 of 3", "gif, 1,", "tiff, 4, page 1 of 4", "tiff, 1,"})
    void countsWhatIsNotShown(String format, int frames, String expected) throws IOException {
        assertEquals(expected == null ? List.of() : List.of(expected), said(written(format, frames)));
    }

    @Test
    void countsTheFramesOfWebp() throws IOException {
        try (var in = FramesTest.class.getResourceAsStream("formats/animated.webp")) {
            assertEquals(List.of("frame 1 of 2"), said(in.readAllBytes()));
        }
    }

    /** A GIF file that ends within a later frame is read, but nobody knows how many it had. */
    @Test
    void saysTheFirstAloneWhereTheRestIsMissing() throws IOException {
        byte[] gif = written("gif", 3);
        assertEquals(List.of("the first frame alone"), said(Arrays.copyOf(gif, gif.length - 4)));
    }

    /** A directory that names itself as the next one is no second page, and does not go on for ever. */
    @Test
    void endsAtADirectoryThatRepeats() throws IOException {
        byte[] tiff = written("tiff", 1);
        boolean little = tiff[0] == 'I';
        int at = little ? tiff[4] & 0xFF | (tiff[5] & 0xFF) << 8 : (tiff[6] & 0xFF) << 8 | tiff[7] & 0xFF;
        int entries = little ? tiff[at] & 0xFF : tiff[at + 1] & 0xFF;
        System.arraycopy(tiff, 4, tiff, at + 2 + 12 * entries, 4);
        assertEquals(List.of(), said(tiff));
    }

    /** Adds the chunks of an animation behind the header of a PNG file. */
    private static byte[] animated(int frames, boolean fromTheFirst) throws IOException {
        ByteArrayOutputStream still = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png", still);
        byte[] png = still.toByteArray();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(png, 0, PNG_HEADER);
        chunk(out, "acTL", new byte[] {0, 0, 0, (byte) frames, 0, 0, 0, 0});
        if (fromTheFirst) {
            chunk(out, "fcTL", new byte[26]);
        }
        out.write(png, PNG_HEADER, png.length - PNG_HEADER);
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String name, byte[] content) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(name.getBytes(StandardCharsets.US_ASCII));
        sum.update(content);
        out.writeInt(content.length);
        out.writeBytes(name);
        out.write(content);
        out.writeInt((int) sum.getValue());
    }

    @Test
    void countsTheFramesOfPng() throws IOException {
        assertEquals(List.of("frame 1 of 7"), said(animated(7, true)));
        assertEquals(List.of(), said(animated(1, true)));
        assertEquals(List.of("the still image, none of the frames of its animation"), said(animated(7, false)));
    }
}
