package dev.sectional.images.internal;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.InflaterInputStream;
import javax.imageio.plugins.tiff.BaselineTIFFTagSet;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;
import javax.imageio.stream.ImageInputStream;

/**
 * Whether the compressed strips or tiles of a TIFF file hold all their rows. javax.imageio leaves rows black that the
 * data of a strip do not reach, and makes grey of the rest of a JPEG strip. It checks uncompressed data itself, but for
 * YCbCr. Of CCITT data and YCbCr only the length is compared with the file's.
 */
final class TiffStrips {
    private static final int LZW_CLEAR = 256;
    private static final int LZW_END = 257;
    private static final int LZW_CODES = 4096;
    private static final int REVERSED_BITS = 2;
    private static final int PLANES = 2;
    private static final int YCBCR = 6;

    private final TIFFDirectory directory;
    private final int width;
    private final int height;
    private final int rows;
    private final int rowBytes;
    private final boolean tiled;

    private TiffStrips(TIFFDirectory directory) {
        this.directory = directory;
        this.tiled = directory.containsTIFFField(BaselineTIFFTagSet.TAG_TILE_OFFSETS);
        this.height = value(BaselineTIFFTagSet.TAG_IMAGE_LENGTH, 0);
        this.width = value(tiled ? BaselineTIFFTagSet.TAG_TILE_WIDTH : BaselineTIFFTagSet.TAG_IMAGE_WIDTH, 0);
        long stated = tiled ? value(BaselineTIFFTagSet.TAG_TILE_LENGTH, 0)
                : Integer.toUnsignedLong(value(BaselineTIFFTagSet.TAG_ROWS_PER_STRIP, -1));
        this.rows = (int) Math.min(stated, tiled ? Integer.MAX_VALUE : height);
        int samples = value(BaselineTIFFTagSet.TAG_PLANAR_CONFIGURATION, 1) == PLANES ? 1
                : value(BaselineTIFFTagSet.TAG_SAMPLES_PER_PIXEL, 1);
        this.rowBytes = (int) (((long) width * samples * value(BaselineTIFFTagSet.TAG_BITS_PER_SAMPLE, 1) + 7) / 8);
    }

    /**
     * Checks every strip or tile of an image.
     *
     * @throws IOException if one of them ends early or cannot be decompressed
     */
    static void require(TIFFDirectory directory, ImageInputStream stream) throws IOException {
        TiffStrips strips = new TiffStrips(directory);
        if (strips.rows > 0 && strips.value(BaselineTIFFTagSet.TAG_FILL_ORDER, 1) != REVERSED_BITS) {
            strips.requireAll(stream);
        }
    }

    private void requireAll(ImageInputStream stream) throws IOException {
        TIFFField offsets = directory.getTIFFField(
                tiled ? BaselineTIFFTagSet.TAG_TILE_OFFSETS : BaselineTIFFTagSet.TAG_STRIP_OFFSETS);
        TIFFField counts = directory.getTIFFField(
                tiled ? BaselineTIFFTagSet.TAG_TILE_BYTE_COUNTS : BaselineTIFFTagSet.TAG_STRIP_BYTE_COUNTS);
        int compression = value(BaselineTIFFTagSet.TAG_COMPRESSION, 1);
        int inPlane = tiled ? 1 : Math.max(1, (height + rows - 1) / rows);
        for (int i = 0; offsets != null && counts != null && i < Math.min(offsets.getCount(), counts.getCount()); i++) {
            long size = counts.getAsLong(i);
            if (size <= 0) {
                continue;
            }
            long wanted = (long) rowBytes * (tiled ? rows : Math.min(rows, height - i % inPlane * rows));
            stream.seek(offsets.getAsLong(i) + size - 1);
            boolean isThere = stream.read() >= 0 || compression == BaselineTIFFTagSet.COMPRESSION_NONE && !isYcbcr();
            stream.seek(offsets.getAsLong(i));
            InputStream data = new BufferedInputStream(new Part(stream, size));
            if (!isThere || !isWhole(compression, data, wanted)) {
                throw new EOFException((tiled ? "tile " : "strip ") + (i + 1) + " of " + offsets.getCount()
                        + " ends early");
            }
        }
    }

    private boolean isYcbcr() {
        return value(BaselineTIFFTagSet.TAG_PHOTOMETRIC_INTERPRETATION, -1) == YCBCR;
    }

    private boolean isWhole(int compression, InputStream data, long wanted) throws IOException {
        if (compression == BaselineTIFFTagSet.COMPRESSION_JPEG) {
            return endsAsJpeg(data);
        }
        if (isYcbcr()) {
            return true;   // its bytes depend on how often chroma is sampled
        }
        return switch (compression) {
            case BaselineTIFFTagSet.COMPRESSION_ZLIB, BaselineTIFFTagSet.COMPRESSION_DEFLATE ->
                new InflaterInputStream(data).skip(wanted) == wanted;
            case BaselineTIFFTagSet.COMPRESSION_PACKBITS -> unpacked(data, wanted) >= wanted;
            case BaselineTIFFTagSet.COMPRESSION_LZW -> lzwLength(data, wanted) >= wanted;
            default -> true;
        };
    }

    /** Returns whether the last marker is the end of a JPEG image; zeros may follow. */
    private static boolean endsAsJpeg(InputStream data) throws IOException {
        int last = 0;
        int before = 0;
        for (int next = data.read(); next >= 0; next = data.read()) {
            if (next != 0) {
                before = last;
                last = next;
            }
        }
        return before == 0xFF && last == 0xD9;
    }

    private static long unpacked(InputStream data, long wanted) throws IOException {
        long length = 0;
        for (int head = data.read(); head >= 0 && length < wanted; head = data.read()) {
            if (head < 128) {
                length += data.readNBytes(head + 1).length;
            } else if (head > 128 && data.read() >= 0) {
                length += 257 - head;
            }
        }
        return length;
    }

    /** Returns the number of bytes that LZW codes stand for; the length of each code is that of its prefix and 1. */
    private static long lzwLength(InputStream data, long wanted) throws IOException {
        int[] lengths = new int[LZW_CODES + 1];
        long length = 0;
        int bits = 9;
        int free = LZW_END + 1;
        int previous = 0;
        long held = 0;
        int heldBits = 0;
        while (length < wanted) {
            for (; heldBits < bits; heldBits += 8) {
                int next = data.read();
                if (next < 0) {
                    return length;
                }
                held = held << 8 | next;
            }
            heldBits -= bits;
            int code = (int) (held >> heldBits) & (1 << bits) - 1;
            if (code == LZW_END || code > free || code == free && previous == 0) {
                return length;
            }
            if (code == LZW_CLEAR) {
                bits = 9;
                free = LZW_END + 1;
                previous = 0;
                continue;
            }
            int run = code < LZW_CLEAR ? 1 : code < free ? lengths[code] : previous + 1;
            if (previous > 0 && free < LZW_CODES) {
                lengths[free++] = previous + 1;
            }
            bits += free >= (1 << bits) - 1 && bits < 12 ? 1 : 0;
            previous = run;
            length += run;
        }
        return length;
    }

    private int value(int tag, int otherwise) {
        TIFFField field = directory.getTIFFField(tag);
        return field == null || field.getCount() == 0 ? otherwise : field.getAsInt(0);
    }

    /** The next bytes of a stream, up to a number of them. */
    private static final class Part extends InputStream {
        private final ImageInputStream stream;
        private long left;

        Part(ImageInputStream stream, long left) {
            this.stream = stream;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            return left-- > 0 ? stream.read() : -1;
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            int read = left <= 0 ? -1 : stream.read(bytes, from, (int) Math.min(count, left));
            left -= Math.max(0, read);
            return read;
        }
    }
}
