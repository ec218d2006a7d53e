package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of a group or data set: a list of messages. Both versions of the HDF5 File Format Specification, IV.A. They
 * may go on in other blocks; {@link Hdf5Input} bounds how many are followed.
 */
final class Hdf5ObjectHeader {
    static final int DATASPACE = 0x01;
    static final int LINK_INFO = 0x02;
    static final int DATATYPE = 0x03;
    static final int LINK = 0x06;
    static final int LAYOUT = 0x08;
    static final int FILTERS = 0x0B;
    static final int ATTRIBUTE = 0x0C;
    static final int SYMBOL_TABLE = 0x11;
    private static final int CONTINUATION = 0x10;
    private static final int CHECKSUM = 4;
    private static final int SHARED = 2;

    private final Hdf5Input source;
    private final List<Message> messages = new ArrayList<>();
    private final List<long[]> blocks = new ArrayList<>();

    private record Message(int type, boolean shared, long from, long length) {}

    /** @throws InputException if there is no header at that address */
    Hdf5ObjectHeader(Hdf5Input source, long address) {
        this.source = source;
        Hdf5Cursor start = source.at(address, 16);
        if (start.u8() == 1) {
            long length = start.skip(7).u32();
            blocks.add(new long[] {address + 16, length});
            for (int i = 0; i < blocks.size(); i++) {
                readVersion1(blocks.get(i));
            }
        } else {
            readVersion2(address);
        }
    }

    boolean has(int type) {
        return messages.stream().anyMatch(message -> message.type == type);
    }

    /** The one message of that type. */
    Hdf5Cursor only(int type, String what) {
        List<Hdf5Cursor> found = all(type);
        if (found.size() != 1) {
            throw source.damaged("an object has " + found.size() + " descriptions of its " + what);
        }
        return found.get(0);
    }

    List<Hdf5Cursor> all(int type) {
        List<Hdf5Cursor> found = new ArrayList<>();
        for (Message message : messages) {
            if (message.type == type) {
                if (message.shared) {
                    throw new InputException(source.file() + ": an HDF5 object has a type that is stored elsewhere in the file, which is not"
                            + " read; save the weights again by Keras or h5py");
                }
                found.add(source.at(message.from, message.length));
            }
        }
        return found;
    }

    private void readVersion1(long[] block) {
        Hdf5Cursor in = source.at(block[0], block[1]);
        while (in.remaining() >= 8) {
            int type = in.u16();
            int length = in.u16();
            int flags = in.u8();
            add(type, flags, in.skip(3).part(length), length);
        }
    }

    private void readVersion2(long address) {
        Hdf5Cursor start = source.at(address, Math.min(64, source.bytes().length() - address)).signature("OHDR");
        if (start.u8() != 2) {
            throw start.damaged("the object at byte " + address + " is of another version");
        }
        int flags = start.u8();
        start.skip(((flags & 0x20) == 0 ? 0 : 16) + ((flags & 0x10) == 0 ? 0 : 4));
        long length = start.number(1 << (flags & 3));
        blocks.add(new long[] {start.position(), length});
        int ordered = (flags & 4) == 0 ? 0 : 2;
        for (int i = 0; i < blocks.size(); i++) {
            Hdf5Cursor in = source.at(blocks.get(i)[0], blocks.get(i)[1]);
            long tail = i == 0 ? 0 : CHECKSUM;
            if (i > 0) {
                in.signature("OCHK");
            }
            while (in.remaining() - tail >= 4 + ordered) {
                int type = in.u8();
                int size = in.u16();
                int messageFlags = in.u8();
                add(type, messageFlags, in.skip(ordered).part(size), size);
            }
        }
    }

    private void add(int type, int flags, Hdf5Cursor message, long length) {
        if (type == CONTINUATION) {
            blocks.add(new long[] {message.i64(), message.i64()});
        } else if (type != 0) {
            messages.add(new Message(type, (flags & SHARED) != 0, message.position(), length));
        }
    }
}
