package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.charset.StandardCharsets;

/** A place that moves through a stretch of an HDF5 file, little-endian; nothing outside the stretch is ever read. */
final class Hdf5Cursor {
    /** An address that points nowhere. */
    static final long UNDEFINED = -1;
    private static final int LONGEST_TEXT = 1 << 15;

    private final Hdf5Input source;
    private final FileBytes bytes;
    private final long end;
    private long at;

    /** The caller has checked that the stretch is inside the file. */
    Hdf5Cursor(Hdf5Input source, long from, long end) {
        this.source = source;
        this.bytes = source.bytes();
        this.at = from;
        this.end = end;
    }

    /** One over the next {@code length} bytes, which this one then skips. */
    Hdf5Cursor part(long length) {
        require(length);
        Hdf5Cursor part = source.at(at, length);
        at += length;
        return part;
    }

    long position() {
        return at;
    }

    long remaining() {
        return end - at;
    }

    int u8() {
        require(1);
        return bytes.u8(at++);
    }

    int u16() {
        require(Short.BYTES);
        at += Short.BYTES;
        return bytes.u16(at - Short.BYTES);
    }

    long u32() {
        require(Integer.BYTES);
        at += Integer.BYTES;
        return bytes.u32(at - Integer.BYTES);
    }

    /** Eight bytes: an address, a length, or {@link #UNDEFINED}. */
    long i64() {
        require(Long.BYTES);
        at += Long.BYTES;
        return bytes.i64(at - Long.BYTES);
    }

    /** A number of 1, 2, 4 or 8 bytes. */
    long number(int width) {
        return switch (width) {
            case 1 -> u8();
            case 2 -> u16();
            case 4 -> u32();
            default -> i64();
        };
    }

    Hdf5Cursor skip(long count) {
        require(count);
        at += count;
        return this;
    }

    /** Text of exactly that many bytes, up to its first zero. */
    String text(long length) {
        require(length);
        if (length > LONGEST_TEXT) {
            throw damaged("a name or text has " + length + " bytes");
        }
        byte[] text = bytes.copy(at, (int) length);
        at += length;
        int used = 0;
        while (used < text.length && text[used] != 0) {
            used++;
        }
        return new String(text, 0, used, StandardCharsets.UTF_8);
    }

    /** Text up to a zero, which must come within the stretch. */
    String textToZero() {
        long zero = at;
        while (zero < end && zero - at <= LONGEST_TEXT && bytes.u8(zero) != 0) {
            zero++;
        }
        require(zero + 1 - at);
        String text = text(zero - at);
        at = zero + 1;
        return text;
    }

    /** @throws InputException unless these four letters follow */
    Hdf5Cursor signature(String letters) {
        long from = at;
        if (!text(letters.length()).equals(letters)) {
            throw damaged("there is no " + letters + " at byte " + from);
        }
        return this;
    }

    InputException damaged(String what) {
        return source.damaged(what);
    }

    private void require(long count) {
        if (count < 0 || count > end - at) {
            throw damaged("something at byte " + at + " ends too early");
        }
    }
}
