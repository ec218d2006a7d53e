package dev.sectional.weights.internal.hdf5;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** A version 2 B-tree, section III.A.2 of the HDF5 File Format Specification: records of one size in nodes. */
final class Hdf5BTree2 {
    private static final int DEEPEST = 16;
    private static final int PREFIX = 4 + 1 + 1;
    private static final int CHECKSUM = 4;

    private final Hdf5Input input;
    private final int type;
    private final int nodeSize;
    private final int recordSize;
    private final int depth;
    private final long root;
    private final int rootRecords;
    private final Set<Long> visited = new HashSet<>();

    /**
     * Reads the header of a tree.
     *
     * @param type that the tree must have
     * @throws dev.sectional.core.InputException if it has another type or impossible sizes
     */
    Hdf5BTree2(Hdf5Input input, long address, int type) {
        this.input = input;
        this.type = type;
        Hdf5Cursor in = input.at(address, 34).signature("BTHD").skip(1);
        int actual = in.u8();
        long size = in.u32();
        recordSize = in.u16();
        depth = in.u16();
        root = in.skip(2).i64();
        rootRecords = in.u16();
        if (actual != type || size > 1 << 26 || size < PREFIX + CHECKSUM + recordSize || recordSize < 1
                || depth > DEEPEST) {
            throw in.damaged("the B-tree at byte " + address + " has type " + actual + ", records of " + recordSize
                    + " bytes and depth " + depth);
        }
        nodeSize = (int) size;
    }

    /** Calls {@code use} with a cursor over each record, in the order of the tree. */
    void forEach(Consumer<Hdf5Cursor> use) {
        if (root != Hdf5Cursor.UNDEFINED) {
            node(root, rootRecords, depth, use);
        }
    }

    private void node(long address, long records, int level, Consumer<Hdf5Cursor> use) {
        if (!visited.add(address)) {
            throw input.damaged("the nodes of a B-tree form a circle");
        }
        Hdf5Cursor in = input.at(address, nodeSize).signature(level == 0 ? "BTLF" : "BTIN").skip(1);
        if (in.u8() != type || records > most(level)) {
            throw in.damaged("a node of a B-tree has " + records + " records");
        }
        Hdf5Cursor own = in.part(records * recordSize);
        for (int i = 0; i <= records; i++) {
            if (level > 0) {
                long child = in.i64();
                long count = number(in, bytes(most(0)));
                in.skip(level > 1 ? bytes(total(level - 1)) : 0);
                node(child, count, level - 1, use);
            }
            if (i < records) {
                input.countPart();
                use.accept(own.part(recordSize));
            }
        }
    }

    /** Returns the greatest number of records of a node at that level, 0 for leaves. */
    private long most(int level) {
        if (level == 0) {
            return (nodeSize - PREFIX - CHECKSUM) / recordSize;
        }
        int pointer = 8 + bytes(most(0)) + (level > 1 ? bytes(total(level - 1)) : 0);
        return Math.max(0, (nodeSize - PREFIX - CHECKSUM - pointer) / (recordSize + pointer));
    }

    /** Returns the greatest number of records below a node at that level, itself included. */
    private long total(int level) {
        long total = most(0);
        for (int i = 1; i <= level; i++) {
            total = Math.min(1L << 48, (most(i) + 1) * total + most(i));
        }
        return total;
    }

    private static int bytes(long most) {
        return (64 - Long.numberOfLeadingZeros(most) + 7) / 8;
    }

    private static long number(Hdf5Cursor in, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) in.u8() << 8 * i;
        }
        return number;
    }
}
