package dev.sectional.images.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The segments of a JPEG file before its first scan, parted into the ICC profile and the rest. The decoder applies a
 * profile that it sees, so that one that is not to be applied has to be taken out before.
 */
final class JpegHeader {
    private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);
    private static final int APP2 = 0xE2;
    private static final int START_OF_SCAN = 0xDA;
    /** Greater than any sensible header, and small enough for any heap. */
    private static final int LIMIT = 64 << 20;

    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
    private final TreeMap<Integer, byte[]> chunks = new TreeMap<>();
    private int components;

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
        }
        if (marker == APP2 && startsWith(content)) {
            chunks.putIfAbsent(content[ICC.length] & 0xFF, content);
            return true;
        }
        rest.write(0xFF);
        rest.write(marker);
        rest.write(length >> 8);
        rest.write(length);
        rest.write(content, 0, content.length);
        return true;
    }

    private static boolean startsWith(byte[] content) {
        if (content.length < ICC.length + 2) {
            return false;
        }
        for (int i = 0; i < ICC.length; i++) {
            if (content[i] != ICC[i]) {
                return false;
            }
        }
        return true;
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

    /** Returns the ICC profile; null if there is none. */
    byte[] profile() {
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        chunks.values().forEach(chunk -> profile.write(chunk, ICC.length + 2, chunk.length - ICC.length - 2));
        return chunks.isEmpty() ? null : profile.toByteArray();
    }

    /**
     * Returns the file without its ICC profile.
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
