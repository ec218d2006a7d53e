package dev.sectional.weights.internal.hdf5;

import dev.sectional.weights.internal.common.CannotRead;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of a group or dataset: a list of messages, in version 1 or 2 of section IV.A of the HDF5 File Format
 * Specification. It may continue in other blocks; {@link Hdf5Input} limits their number.
 */
final class Hdf5ObjectHeader {
    static final int DATASPACE = 0x01;
    static final int LINK_INFO = 0x02;
    static final int DATATYPE = 0x03;
    static final int OLD_FILL_VALUE = 0x04;
    static final int FILL_VALUE = 0x05;
    static final int LINK = 0x06;
    static final int LAYOUT = 0x08;
    static final int FILTERS = 0x0B;
    static final int ATTRIBUTE = 0x0C;
    static final int SYMBOL_TABLE = 0x11;
    static final int ATTRIBUTE_INFO = 0x15;
    private static final int CONTINUATION = 0x10;
    private static final int CHECKSUM = 4;
    private static final int SHARED = 2;

    private final Hdf5Input input;
    private final List<Message> messages = new ArrayList<>();
    private final List<long[]> blocks = new ArrayList<>();

    private record Message(int type, boolean shared, long from, long length) {}

    /**
     * Reads the header at an address.
     *
     * @throws dev.sectional.core.InputException if there is none
     */
    Hdf5ObjectHeader(Hdf5Input input, long address) {
        this.input = input;
        Hdf5Cursor start = input.at(address, 16);
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

    /** Returns whether there is a message of that type. */
    boolean has(int type) {
        return messages.stream().anyMatch(message -> message.type == type);
    }

    /**
     * Returns a cursor over the message of that type.
     *
     * @param what name of the message in the exception
     * @throws dev.sectional.core.InputException if there is not exactly one
     */
    Hdf5Cursor only(int type, String what) {
        List<Hdf5Cursor> found = all(type);
        if (found.size() != 1) {
            throw input.damaged("an object has " + found.size() + " descriptions of its " + what);
        }
        return found.get(0);
    }

    /** Returns cursors over all messages of that type. */
    List<Hdf5Cursor> all(int type) {
        List<Hdf5Cursor> found = new ArrayList<>();
        for (Message message : messages) {
            if (message.type == type) {
                if (message.shared) {
                    throw CannotRead.file(input.file(),
                            "an HDF5 object has a type that is stored elsewhere in the file,"
                            + " which is not supported; save the weights again with Keras or h5py");
                }
                found.add(input.at(message.from, message.length));
            }
        }
        return found;
    }

    private void readVersion1(long[] block) {
        Hdf5Cursor in = input.at(block[0], block[1]);
        while (in.remaining() >= 8) {
            int type = in.u16();
            int length = in.u16();
            int flags = in.u8();
            add(type, flags, in.skip(3).part(length), length);
        }
    }

    private void readVersion2(long address) {
        Hdf5Cursor start = input.at(address, Math.min(64, input.bytes().length() - address)).signature("OHDR");
        if (start.u8() != 2) {
            throw start.damaged("the object at byte " + address + " has an unknown version");
        }
        int flags = start.u8();
        start.skip(((flags & 0x20) == 0 ? 0 : 16) + ((flags & 0x10) == 0 ? 0 : 4));
        long length = start.number(1 << (flags & 3));
        blocks.add(new long[] {start.position(), length});
        int ordered = (flags & 4) == 0 ? 0 : 2;
        for (int i = 0; i < blocks.size(); i++) {
            Hdf5Cursor in = input.at(blocks.get(i)[0], blocks.get(i)[1]);
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
