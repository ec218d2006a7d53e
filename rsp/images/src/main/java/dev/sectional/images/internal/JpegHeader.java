package dev.sectional.images.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeMap;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The segments of a JPEG file before its first scan, parted into what the decoder must not see and the rest. It applies
 * a profile that it sees, so that one that is not to be applied has to be taken out before. Where a JFIF segment, which
 * means YCbCr, and an Adobe segment contradict each other, the first counts, as in libjpeg.
 */
final class JpegHeader {
    private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
    private static final int APP2 = 0xE2;
    private static final int ADOBE_MARKER = 0xEE;
    private static final int END = 0xD9;
    private static final int START_OF_SCAN = 0xDA;
    /** Greater than any sensible header, and small enough for any heap. */
    private static final int LIMIT = 64 << 20;

    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
    private final TreeMap<Integer, byte[]> chunks = new TreeMap<>();
    private int components;
    private boolean jfif;
    private boolean progressive;
    private byte[] adobe;
    private long length;
    private boolean contradictory;

    private JpegHeader() {
    }

    /** Returns whether a file that starts with these bytes is a JPEG file. */
    static boolean starts(byte[] head) {
        return head.length > 2 && (head[0] & 0xFF) == 0xFF && (head[1] & 0xFF) == 0xD8 && (head[2] & 0xFF) == 0xFF;
    }

    /**
     * Reads the header from the start of a file. The stream stands behind it afterwards. Where a segment does not
     * follow the format, the header ends before it: judging that is up to the decoder.
     */
    static JpegHeader read(ImageInputStream stream) throws IOException {
        JpegHeader header = new JpegHeader();
        stream.seek(0);
        header.copy(stream, 2);
        while (header.rest.size() < LIMIT && header.segment(stream)) {
            continue;
        }
        header.length = stream.getStreamPosition();
        header.contradictory = header.jfif && header.adobe != null && header.components == 3;
        if (header.adobe != null && !header.contradictory) {
            header.write(ADOBE_MARKER, header.adobe);
        }
        return header;
    }

    /** Reads one segment; returns whether another may follow. */
    private boolean segment(ImageInputStream stream) throws IOException {
        stream.mark();
        if (stream.read() != 0xFF) {
            stream.reset();
            return false;
        }
        int marker = stream.read();
        int length = marker == START_OF_SCAN || marker < 0xC0 || marker == 0xFF ? -1
                : stream.read() << 8 | stream.read();
        byte[] content = new byte[Math.max(0, length - 2)];
        if (length < 2 || stream.read(content) < content.length) {
            stream.reset();
            return false;
        }
        boolean frame = marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame && content.length > 5) {
            components = content[5] & 0xFF;
            progressive = marker == 0xC2 || marker == 0xC6 || marker == 0xCA;
        }
        jfif |= marker == 0xE0 && startsWith(content, JFIF);
        if (marker == ADOBE_MARKER && startsWith(content, ADOBE)) {
            adobe = content;
            return true;
        }
        if (marker == APP2 && content.length >= ICC.length + 2 && startsWith(content, ICC)) {
            chunks.putIfAbsent(content[ICC.length] & 0xFF, content);
            return true;
        }
        write(marker, content);
        return true;
    }

    private void write(int marker, byte[] content) {
        rest.write(0xFF);
        rest.write(marker);
        rest.write(content.length + 2 >> 8);
        rest.write(content.length + 2);
        rest.write(content, 0, content.length);
    }

    private static boolean startsWith(byte[] content, byte[] start) {
        return content.length >= start.length && Arrays.equals(content, 0, start.length, start, 0, start.length);
    }

    private void copy(ImageInputStream stream, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            rest.write(stream.read());
        }
    }

    /** Returns the number of colour components; 0 if the header does not state it. */
    int components() {
        return components;
    }

    /** Returns the position behind the header. */
    long length() {
        return length;
    }

    /** Returns the ICC profile; null if there is none. */
    byte[] profile() {
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        chunks.values().forEach(chunk -> profile.write(chunk, ICC.length + 2, chunk.length - ICC.length - 2));
        return chunks.isEmpty() ? null : profile.toByteArray();
    }

    /** Returns whether the decoder must not see the file as it is. */
    boolean needsParting() {
        return contradictory || !chunks.isEmpty();
    }

    /**
     * Returns whether the scans of a progressive file go on to its end. The decoder takes scans that are missing for
     * fine detail that the file does not have. Of other files it reports the end itself.
     *
     * @param stream the one that {@link #read} left behind the header
     */
    boolean isCutOff(ImageInputStream stream) throws IOException {
        if (!progressive) {
            return false;
        }
        byte[] bytes = new byte[1 << 16];
        boolean escaped = false;
        long skipped = 0;
        int lengthBytes = 0;
        for (int count = stream.read(bytes); count > 0; count = stream.read(bytes)) {
            for (int i = 0; i < count; i++) {
                int next = bytes[i] & 0xFF;
                if (lengthBytes > 0) {
                    skipped = skipped << 8 | next;
                    skipped -= --lengthBytes == 0 ? 2 : 0;
                } else if (skipped > 0) {
                    skipped--;
                } else if (escaped && next == END) {
                    return false;
                } else if (escaped && next > 1 && next < 0xFF && (next < 0xD0 || next > 0xD7)) {
                    lengthBytes = 2;
                }
                escaped = next == 0xFF && lengthBytes == 0 && skipped <= 0;
            }
        }
        return true;
    }

    /**
     * Returns the file without its ICC profile, and without an Adobe segment that contradicts the JFIF segment.
     *
     * @param stream the one that {@link #read} left behind the header
     */
    ImageInputStream withoutProfile(ImageInputStream stream) {
        return new MemoryCacheImageInputStream(
                new SequenceInputStream(new ByteArrayInputStream(rest.toByteArray()), adapted(stream)));
    }

    static InputStream adapted(ImageInputStream stream) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return stream.read();
            }

            @Override
            public int read(byte[] bytes, int from, int count) throws IOException {
                return stream.read(bytes, from, count);
            }
        };
    }
}
