package dev.sectional.images.internal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.stream.ImageInputStream;

/**
 * Says which part of an animation or of a file of several pages is read: GIF, WebP, APNG and TIFF. Only headers are
 * read; whether the file is whole is for the decoder to tell.
 */
public final class Frames {
    /** Beyond that, the frames of a GIF file are not counted: their blocks have at most 255 bytes each. */
    private static final long MOST_COUNTED = 4 << 20;
    private static final int MOST_PAGES = 10_000;
    private static final String FIRST = "the first frame alone";
    private static final int PNG_START = 8;
    private static final int WEBP_START = 12;

    private Frames() {
    }

    /**
     * Returns which image of the file is read.
     *
     * @param stream the whole file; stands at its start afterwards
     * @return such as {@code frame 1 of 5}, or {@code the first frame alone} where their number is not known; empty if
     *     the file has one image
     */
    public static String read(ImageInputStream stream) throws IOException {
        ByteOrder order = stream.getByteOrder();
        try {
            byte[] head = new byte[UnreadFormats.HEAD];
            stream.seek(0);
            stream.read(head);
            String text = new String(head, StandardCharsets.ISO_8859_1);
            if (text.startsWith("GIF8")) {
                return gif(stream);
            }
            if (text.startsWith("\u0089PNG")) {
                return png(stream);
            }
            if (WebpHeader.starts(head)) {
                return webp(stream);
            }
            boolean little = text.startsWith("II*\0") || text.startsWith("II+\0");
            return little || text.startsWith("MM\0*") || text.startsWith("MM\0+")
                    ? tiff(stream, little, text.indexOf('+') >= 0 && text.indexOf('+') < 4) : "";
        } catch (EOFException e) {
            return "";   // The decoder says what is missing.
        } finally {
            stream.setByteOrder(order);
            stream.seek(0);
        }
    }

    private static String first(String kind, long count) {
        return count > 1 ? kind + " 1 of " + count : "";
    }

    private static String gif(ImageInputStream stream) throws IOException {
        int frames = 0;
        try {
            stream.seek(10);
            int flags = stream.readUnsignedByte();
            stream.seek(13 + palette(flags));
            while (frames < 2 || stream.getStreamPosition() < MOST_COUNTED) {
                int block = stream.readUnsignedByte();
                if (block == 0x2C) {
                    frames++;
                    stream.skipBytes(8);
                    stream.skipBytes(palette(stream.readUnsignedByte()) + 1);
                } else if (block == 0x21) {
                    stream.skipBytes(1);
                } else {
                    return first("frame", frames);   // The trailer, or what no decoder reads.
                }
                for (int size = stream.readUnsignedByte(); size > 0; size = stream.readUnsignedByte()) {
                    stream.skipBytes(size);
                }
            }
        } catch (EOFException e) {
            return frames > 1 ? FIRST : "";
        }
        return FIRST;
    }

    /** Returns the bytes of a GIF file's palette. */
    private static int palette(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1;
    }

    /** An animation's number of frames stands before the pixels; the still image may be its first frame or none. */
    private static String png(ImageInputStream stream) throws IOException {
        stream.setByteOrder(ByteOrder.BIG_ENDIAN);
        long frames = 0;
        boolean still = true;
        for (long at = PNG_START; ;) {
            stream.seek(at);
            long size = stream.readUnsignedInt();
            String name = name(stream);
            if (name.equals("acTL")) {
                frames = stream.readUnsignedInt();
            } else if (name.equals("fcTL")) {
                still = false;
            } else if (name.equals("IDAT")) {
                return still && frames > 0 ? "the still image, none of the frames of its animation"
                        : first("frame", frames);
            }
            at += size + 12;
        }
    }

    private static String webp(ImageInputStream stream) throws IOException {
        stream.setByteOrder(ByteOrder.LITTLE_ENDIAN);
        stream.seek(4);
        long end = stream.readUnsignedInt() + 8;
        int frames = 0;
        for (long at = WEBP_START; at + 8 <= end;) {
            stream.seek(at);
            frames += name(stream).equals("ANMF") ? 1 : 0;
            long size = stream.readUnsignedInt();
            at += 8 + size + (size & 1);
        }
        return first("frame", frames);
    }

    private static String name(ImageInputStream stream) throws IOException {
        byte[] name = new byte[4];
        stream.readFully(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    /** @param big whether its offsets have 64 bits */
    private static String tiff(ImageInputStream stream, boolean little, boolean big) throws IOException {
        stream.setByteOrder(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        stream.seek(big ? 8 : 4);
        Set<Long> pages = new HashSet<>();
        try {
            long at = offset(stream, big);
            while (at > 0 && pages.size() < MOST_PAGES && pages.add(at)) {
                stream.seek(at);
                long entries = big ? stream.readLong() : stream.readUnsignedShort();
                if (entries < 0 || entries > 1 << 16) {
                    break;
                }
                stream.seek(at + (big ? 8 + 20 * entries : 2 + 12 * entries));
                at = offset(stream, big);
            }
            return at == 0 ? first("page", pages.size()) : pages.size() > 1 ? "the first page alone" : "";
        } catch (EOFException e) {
            return pages.size() > 1 ? "the first page alone" : "";
        }
    }

    private static long offset(ImageInputStream stream, boolean big) throws IOException {
        return big ? stream.readLong() : stream.readUnsignedInt();
    }
}
