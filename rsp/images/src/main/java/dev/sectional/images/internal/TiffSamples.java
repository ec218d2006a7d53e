package dev.sectional.images.internal;

import dev.sectional.core.InputException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageReader;
import javax.imageio.plugins.tiff.BaselineTIFFTagSet;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;

/**
 * Decides which TIFF files are decoded. javax.imageio decodes some kinds to wrong colours without an error, so only the
 * kinds of this table pass; the numbers are those of TIFF 6.0.
 *
 * <table>
 * <caption>Kinds that are read: unsigned samples, all of one size</caption>
 * <tr><th>photometric interpretation</th><th>bits of a sample</th><th>samples</th></tr>
 * <tr><td>0 and 1, grey with white or black as 0</td><td>1, 2, 4, 8, 16</td><td>1 and more</td></tr>
 * <tr><td>2, RGB</td><td>8, 16</td><td>3 and more</td></tr>
 * <tr><td>3, palette</td><td>1, 2, 4, 8</td><td>1</td></tr>
 * <tr><td>6, YCbCr</td><td>8</td><td>3</td></tr>
 * </table>
 *
 * <p>Samples beyond the colours, such as alpha, are dropped. Refused by name: transparency masks (4), CMYK (5), CIELAB
 * (8), ICCLAB (9), ITULAB (10), logarithmic luminance (32844, 32845), colour filter arrays (32803), linear raw (34892),
 * signed and floating-point samples, samples of 32 and more bits, four samples in JPEG data, which javax.imageio takes
 * for CMYK, and compressions that it lacks.
 */
final class TiffSamples {
    private static final Map<Integer, String> REFUSED = Map.of(4, "a transparency mask", 5, "CMYK", 8, "CIELAB",
            9, "ICCLAB", 10, "ITULAB", 32844, "logarithmic luminance", 32845, "logarithmic LUV", 32803,
            "a colour filter array", 34892, "linear raw data");
    /** None, CCITT (three kinds), LZW, JPEG (two kinds), deflate (two numbers), PackBits. */
    private static final Set<Integer> COMPRESSIONS = Set.of(1, 2, 3, 4, 5, 6, 7, 8, 32946, 32773);
    private static final int PALETTE = 3;
    private static final int OLD_JPEG = 6;
    private static final int JPEG = 7;
    private static final int UNSIGNED = 1;
    private static final int UNDEFINED = 4;

    private TiffSamples() {
    }

    /**
     * Checks that the first image of a file is one of the table.
     *
     * @throws InputException if not; the message says what it is
     */
    static void require(String name, ImageReader reader) throws IOException {
        TIFFDirectory directory = directory(reader);
        int compression = value(directory, BaselineTIFFTagSet.TAG_COMPRESSION, 1);
        if (!COMPRESSIONS.contains(compression)) {
            throw refused(name, "is compressed by method " + compression);
        }
        int photometric = value(directory, BaselineTIFFTagSet.TAG_PHOTOMETRIC_INTERPRETATION, -1);
        if (REFUSED.containsKey(photometric)) {
            throw refused(name, "stores its pixels as " + REFUSED.get(photometric));
        }
        int samples = value(directory, BaselineTIFFTagSet.TAG_SAMPLES_PER_PIXEL, 1);
        if ((compression == OLD_JPEG || compression == JPEG) && samples > 3) {
            throw refused(name, "stores " + samples + " samples a pixel as JPEG");
        }
        int[] bits = values(directory, BaselineTIFFTagSet.TAG_BITS_PER_SAMPLE, 1);
        for (int format : values(directory, BaselineTIFFTagSet.TAG_SAMPLE_FORMAT, UNSIGNED)) {
            if (format != UNSIGNED && format != UNDEFINED) {
                throw refused(name, "stores " + (format == 2 ? "signed" : format == 3 ? "floating-point" : "complex")
                        + " samples of " + bits[0] + " bits");
            }
        }
        if (IntStream.of(bits).distinct().count() > 1 || !fits(photometric, samples, bits[0])) {
            throw refused(name, "stores " + samples + " samples a pixel of "
                    + String.join(", ", IntStream.of(bits).distinct().mapToObj(String::valueOf).toList())
                    + " bits with photometric interpretation " + photometric);
        }
        TIFFField palette = directory.getTIFFField(BaselineTIFFTagSet.TAG_COLOR_MAP);
        if (photometric == PALETTE && (palette == null || palette.getCount() != 3 << bits[0])) {
            throw new InputException(name + " is cut off or damaged: its palette does not have " + (1 << bits[0])
                    + " colours; get it again from its source");
        }
    }

    private static boolean fits(int photometric, int samples, int bits) {
        return switch (photometric) {
            case 0, 1 -> Set.of(1, 2, 4, 8, 16).contains(bits);
            case 2 -> samples >= 3 && (bits == 8 || bits == 16);
            case 3 -> samples == 1 && Set.of(1, 2, 4, 8).contains(bits);
            case 6 -> samples == 3 && bits == 8;
            default -> false;
        };
    }

    /**
     * Returns a decoded image with the upper bytes of its palette of 16-bit values. javax.imageio divides by 257
     * instead, which makes 254 of a palette that was written as {@code 255 * 256}.
     */
    static BufferedImage withUpperBytes(BufferedImage image, ImageReader reader) throws IOException {
        TIFFField map = directory(reader).getTIFFField(BaselineTIFFTagSet.TAG_COLOR_MAP);
        if (!(image.getColorModel() instanceof IndexColorModel palette) || map == null
                || map.getCount() != 3 * palette.getMapSize()) {
            return image;
        }
        int size = palette.getMapSize();
        byte[][] channels = new byte[3][size];
        for (int i = 0; i < 3 * size; i++) {
            channels[i / size][i % size] = (byte) (map.getAsInt(i) >> 8);
        }
        IndexColorModel upper = new IndexColorModel(palette.getPixelSize(), size, channels[0], channels[1],
                channels[2]);
        return new BufferedImage(upper, image.getRaster(), false, null);
    }

    /** Returns the embedded ICC profile; null if there is none. */
    static byte[] profile(ImageReader reader) throws IOException {
        TIFFField field = directory(reader).getTIFFField(BaselineTIFFTagSet.TAG_ICC_PROFILE);
        return field == null ? null : field.getAsBytes();
    }

    static TIFFDirectory directory(ImageReader reader) throws IOException {
        return TIFFDirectory.createFromMetadata(reader.getImageMetadata(0));
    }

    private static int value(TIFFDirectory directory, int tag, int otherwise) {
        return values(directory, tag, otherwise)[0];
    }

    private static int[] values(TIFFDirectory directory, int tag, int otherwise) {
        TIFFField field = directory.getTIFFField(tag);
        return field == null || field.getCount() == 0 ? new int[] {otherwise}
                : IntStream.range(0, field.getCount()).map(field::getAsInt).toArray();
    }

    private static InputException refused(String name, String what) {
        return new InputException(name + " is a TIFF file that " + what
                + ", which is not read: convert it to 8-bit RGB,"
                + " for example to PNG with an image editor");
    }
}
