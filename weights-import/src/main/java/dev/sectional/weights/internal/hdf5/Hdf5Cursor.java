package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;
import java.nio.charset.StandardCharsets;

/** Reads a range of an HDF5 file from its start to its end, little-endian. It never reads outside the range. */
final class Hdf5Cursor {
    /** The address that means "none". */
    static final long UNDEFINED = -1;
    private static final int LONGEST_TEXT = 1 << 15;

    private final Hdf5Input input;
    private final FileBytes bytes;
    private final long end;
    private long at;

    /**
     * Creates a cursor over the bytes from {@code from} to {@code end}, which the caller has checked to be in the file.
     */
    Hdf5Cursor(Hdf5Input input, long from, long end) {
        this.input = input;
        this.bytes = input.bytes();
        this.at = from;
        this.end = end;
    }

    /** Returns a cursor over the next {@code length} bytes and skips them. */
    Hdf5Cursor part(long length) {
        require(length);
        Hdf5Cursor part = input.at(at, length);
        at += length;
        return part;
    }

    /** Returns the offset of the next byte in the file. */
    long position() {
        return at;
    }

    /** Returns the number of bytes up to the end of the range. */
    long remaining() {
        return end - at;
    }

    /** Reads an unsigned byte. */
    int u8() {
        require(1);
        return bytes.u8(at++);
    }

    /** Returns the next unsigned byte without reading it. */
    int peek() {
        require(1);
        return bytes.u8(at);
    }

    /** Reads an unsigned number of two bytes. */
    int u16() {
        require(Short.BYTES);
        at += Short.BYTES;
        return bytes.u16(at - Short.BYTES);
    }

    /** Reads an unsigned number of four bytes. */
    long u32() {
        require(Integer.BYTES);
        at += Integer.BYTES;
        return bytes.u32(at - Integer.BYTES);
    }

    /** Reads eight bytes: an address, a length, or {@link #UNDEFINED}. */
    long i64() {
        require(Long.BYTES);
        at += Long.BYTES;
        return bytes.i64(at - Long.BYTES);
    }

    /** Reads a number of 1, 2, 4 or 8 bytes. */
    long number(int width) {
        return switch (width) {
            case 1 -> u8();
            case 2 -> u16();
            case 4 -> u32();
            default -> i64();
        };
    }

    /** Skips bytes and returns this cursor. */
    Hdf5Cursor skip(long count) {
        require(count);
        at += count;
        return this;
    }

    /** Reads {@code length} bytes and returns them as text up to the first zero. */
    String text(long length) {
        return text(length, LONGEST_TEXT);
    }

    /** Reads {@code length} bytes, at most {@code longest}, and returns them as text up to the first zero. */
    String text(long length, int longest) {
        require(length);
        if (length > longest) {
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

    /** Reads text up to a zero, which must lie in the range. */
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

    /**
     * Reads a signature and returns this cursor.
     *
     * @throws InputException unless these letters follow
     */
    Hdf5Cursor signature(String letters) {
        long from = at;
        if (!text(letters.length()).equals(letters)) {
            throw damaged("there is no " + letters + " at byte " + from);
        }
        return this;
    }

    /** Returns the exception for a file that contradicts the format. */
    InputException damaged(String what) {
        return input.damaged(what);
    }

    private void require(long count) {
        if (count < 0 || count > end - at) {
            throw damaged("the part at byte " + at + " ends too early");
        }
    }
}
