package dev.sectional.weights.internal.torch;

import dev.sectional.weights.internal.common.FileBytes;
import java.io.EOFException;
import java.io.InputStream;

/**
 * The bytes of a pickle as a stream that can look ahead. At its end it throws instead of returning -1, because the
 * unpickling library does not check for -1 everywhere.
 */
final class PickleInput extends InputStream {
    private final FileBytes bytes;
    private final long end;
    private long position;

    /** Creates a stream of the bytes from {@code from} up to, not including, {@code end}. */
    PickleInput(FileBytes bytes, long from, long end) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
    }

    /** Returns the offset of the next byte. */
    long position() {
        return position;
    }

    @Override
    public int read() throws EOFException {
        require(1);
        return bytes.u8(position++);
    }

    @Override
    public int read(byte[] into, int at, int count) throws EOFException {
        require(count);
        for (int i = 0; i < count; i++) {
            into[at + i] = (byte) bytes.u8(position + i);
        }
        position += count;
        return count;
    }

    /**
     * Checks the length of a counted operand.
     *
     * @param fieldBytes width of the length field that comes next, 4 or 8
     * @throws EOFException unless that many bytes follow the field
     */
    void requireCounted(int fieldBytes) throws EOFException {
        require(fieldBytes);
        long count = fieldBytes == Integer.BYTES ? bytes.u32(position) : bytes.i64(position);
        if (count < 0 || count > end - position - fieldBytes) {
            throw new EOFException();
        }
    }

    /** Returns whether the next line has at most {@code most} bytes; true also if the input ends before. */
    boolean lineWithin(int most) {
        for (long at = position; at < end; at++) {
            if (bytes.u8(at) == '\n') {
                return true;
            }
            if (at - position >= most) {
                return false;
            }
        }
        return true;
    }

    private void require(long count) throws EOFException {
        if (count > end - position) {
            throw new EOFException();
        }
    }
}
