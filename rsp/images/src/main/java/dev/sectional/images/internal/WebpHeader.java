package dev.sectional.images.internal;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The start of an extended WebP file, whose ICC profile the decoder applies unless it is taken out before. By the
 * format, the chunk ICCP follows the chunk VP8X, which is the first one. Also tells where the first frame of an
 * animation lies on its canvas, and whether the file is as long as it says.
 *
 * @param profile the ICC profile; null if there is none
 * @param start the file up to that chunk, as a file without a profile has it
 */
record WebpHeader(byte[] profile, byte[] start) {
    /** RIFF, size, WEBP; VP8X, size, ten bytes. */
    private static final int START = 30;
    private static final int RIFF_SIZE = 4;
    private static final int FLAGS = 20;
    private static final int ICC_FLAG = 0x20;
    private static final int ANIMATION_FLAG = 0x02;
    private static final int CANVAS = 24;
    private static final int CHUNK_HEADER = 8;

    /** Returns whether a file that starts with these bytes is a WebP file. */
    static boolean starts(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        return text.startsWith("RIFF") && text.startsWith("WEBP", 8);
    }

    /**
     * Reads the header from the start of a file. If there is a profile, the stream stands behind it afterwards.
     *
     * @throws IOException if the profile exceeds 16 MB or is cut off
     */
    static WebpHeader read(ImageInputStream stream) throws IOException {
        stream.seek(0);
        ByteBuffer start = ByteBuffer.allocate(START).order(ByteOrder.LITTLE_ENDIAN);
        byte[] chunk = new byte[8];
        boolean whole = stream.read(start.array()) == START && stream.read(chunk) == chunk.length;
        if (!whole || !text(start.array(), 12).equals("VP8X") || !text(chunk, 0).equals("ICCP")) {
            return new WebpHeader(null, new byte[0]);
        }
        int size = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
        if (size < 0 || size > ColourProfiles.LARGEST) {
            throw new IOException("its ICC profile exceeds " + (ColourProfiles.LARGEST >> 20) + " MB");
        }
        byte[] profile = new byte[size];
        stream.readFully(profile);
        int padded = size + (size & 1);
        stream.skipBytes(padded - size);
        start.putInt(RIFF_SIZE, start.getInt(RIFF_SIZE) - chunk.length - padded);
        start.put(FLAGS, (byte) (start.get(FLAGS) & ~ICC_FLAG));
        return new WebpHeader(profile, start.array());
    }

    /**
     * Compares the length in the header with the file's. Where the rest is missing, the decoder invents pixels.
     *
     * @throws IOException if the file is shorter than it says
     */
    static void requireWhole(ImageInputStream stream) throws IOException {
        byte[] head = new byte[CHUNK_HEADER];
        stream.seek(0);
        stream.readFully(head);
        long size = Integer.toUnsignedLong(ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(RIFF_SIZE));
        stream.seek(CHUNK_HEADER + size - 1);
        if (stream.read() < 0) {
            throw new EOFException("the file is shorter than the " + (CHUNK_HEADER + size) + " bytes it states");
        }
        stream.seek(0);
    }

    /**
     * Returns where the first frame lies: left, top, width of the canvas, height of the canvas. Null if the file is no
     * animation.
     */
    static int[] canvas(ImageInputStream stream) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(START).order(ByteOrder.LITTLE_ENDIAN);
        stream.seek(0);
        if (stream.read(start.array()) < START || !text(start.array(), 12).equals("VP8X")
                || (start.get(FLAGS) & ANIMATION_FLAG) == 0) {
            return null;
        }
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_HEADER + 6).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = START; ; at += CHUNK_HEADER + size(chunk)) {
            stream.seek(at);
            if (stream.read(chunk.array()) < chunk.capacity()) {
                throw new EOFException("the animation has no frame");
            }
            if (text(chunk.array(), 0).equals("ANMF")) {
                return new int[] {2 * threeBytes(chunk, CHUNK_HEADER), 2 * threeBytes(chunk, CHUNK_HEADER + 3),
                    1 + threeBytes(start, CANVAS), 1 + threeBytes(start, CANVAS + 3)};
            }
        }
    }

    private static long size(ByteBuffer chunk) {
        long size = Integer.toUnsignedLong(chunk.getInt(4));
        return size + (size & 1);
    }

    private static int threeBytes(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xFFFF | (bytes.get(at + 2) & 0xFF) << 16;
    }

    private static String text(byte[] bytes, int from) {
        return new String(bytes, from, 4, StandardCharsets.ISO_8859_1);
    }

    /**
     * Returns the file without its ICC profile.
     *
     * @param stream the one that {@link #read} left behind the profile
     */
    ImageInputStream withoutProfile(ImageInputStream stream) {
        return new MemoryCacheImageInputStream(
                new SequenceInputStream(new ByteArrayInputStream(start), JpegHeader.adapted(stream)));
    }
}
