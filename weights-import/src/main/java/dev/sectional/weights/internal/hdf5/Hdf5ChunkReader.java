package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.BoundedInflater;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads chunked datasets. Chunks may be shuffled, deflated and followed by a checksum, which is compared; the dataset
 * is assembled in memory within the limits of {@link BoundedInflater}.
 */
final class Hdf5ChunkReader {
    private static final int DEFLATE = 1;
    private static final int SHUFFLE = 2;
    private static final int CHECKSUM = 3;
    private static final int DEEPEST = 16;

    private final Hdf5Input input;
    private final BoundedInflater inflater;

    /**
     * The layout of a chunked dataset.
     *
     * @param dims of a chunk, in elements
     * @param tree address of the B-tree that lists the chunks; {@link Hdf5Cursor#UNDEFINED} if there is none
     * @param listed the chunks, if there is no tree; else null
     */
    record Layout(int[] dims, long tree, List<Chunk> listed) {}

    /**
     * A chunk in the file.
     *
     * @param start index of its first element in each dimension
     * @param from offset in the file
     * @param packed number of bytes in the file
     * @param skipped mask of the filters that were not applied to it, bit 0 for the first
     */
    record Chunk(long[] start, long from, long packed, int skipped) {}

    Hdf5ChunkReader(Hdf5Input input) {
        this.input = input;
        this.inflater = new BoundedInflater(input.file());
    }

    /**
     * Returns the elements of a dataset, one after the other, with 0 where no chunk was written. Another fill value is
     * refused.
     *
     * @param name path of the dataset, for messages
     * @param dims of the dataset
     * @param size of an element, in bytes
     */
    byte[] unpack(String name, Hdf5ObjectHeader header, Layout layout, int[] dims, int size) {
        List<Integer> filters = filters(name, header);
        List<Chunk> found = new ArrayList<>();
        if (layout.listed != null) {
            found.addAll(layout.listed);
        } else if (layout.tree != Hdf5Cursor.UNDEFINED) {
            collect(name, layout, layout.tree, found, new HashSet<>(), 0);
        }
        long total = size;
        long chunk = size;
        for (int d = 0; d < dims.length; d++) {
            total *= dims[d];
            chunk *= layout.dims[d];
        }
        long stored = found.stream().mapToLong(Chunk::packed).sum();
        byte[] elements = inflater.allocate("dataset " + Printable.plain(name), stored, total);
        byte[] unpacked = new byte[inflater.require("a chunk of dataset " + Printable.plain(name), stored, chunk)];
        long missing = total / size;
        for (Chunk each : found) {
            read(name, each, filters, size, unpacked);
            missing -= copyInside(each.start, layout.dims, dims, size, unpacked, elements);
        }
        if (missing > 0 && hasFillValue(header)) {
            throw CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": parts of it were never written,"
                    + " and its fill value is not 0, which is not supported; save the weights again with Keras or"
                    + " h5py");
        }
        return elements;
    }

    /** Returns whether elements that were never written stand for another value than 0. */
    private static boolean hasFillValue(Hdf5ObjectHeader header) {
        if (header.has(Hdf5ObjectHeader.OLD_FILL_VALUE) && !header.has(Hdf5ObjectHeader.FILL_VALUE)) {
            Hdf5Cursor in = header.only(Hdf5ObjectHeader.OLD_FILL_VALUE, "fill value");
            return isNonzero(in, in.u32());
        }
        if (!header.has(Hdf5ObjectHeader.FILL_VALUE)) {
            return false;
        }
        Hdf5Cursor in = header.only(Hdf5ObjectHeader.FILL_VALUE, "fill value");
        boolean flags = in.u8() >= 3;
        boolean defined = flags ? (in.u8() & 0x20) != 0 : in.skip(2).u8() != 0;
        return defined && isNonzero(in, in.u32());
    }

    private static boolean isNonzero(Hdf5Cursor in, long size) {
        for (long left = Math.min(size, in.remaining()); left > 0; left--) {
            if (in.u8() != 0) {
                return true;
            }
        }
        return false;
    }

    /** Collects the chunks of a node of the version 1 B-tree, and of the nodes below it. */
    private void collect(String name, Layout layout, long address, List<Chunk> found, Set<Long> seen, int depth) {
        if (depth > DEEPEST || !seen.add(address)) {
            throw bad(name, "its chunks are listed in a circle");
        }
        Hdf5Cursor node = input.at(address, 24).signature("TREE").skip(1);
        int level = node.u8();
        int used = node.u16();
        int rank = layout.dims.length;
        Hdf5Cursor entries = input.at(address + 24, used * (24L + 8 * rank));
        for (int i = 0; i < used; i++) {
            input.countPart();
            long packed = entries.u32();
            int skipped = (int) entries.u32();
            long[] start = new long[rank];
            for (int d = 0; d < rank; d++) {
                start[d] = entries.i64();
            }
            long child = entries.skip(8).i64();
            if (level > 0) {
                collect(name, layout, child, found, seen, depth + 1);
            } else if (!input.bytes().holds(child, packed) || !seen.add(child)) {
                throw bad(name, "a chunk of " + packed + " bytes at byte " + child
                        + " reaches beyond the file, or is there twice");
            } else {
                found.add(new Chunk(start, child, packed, skipped));
            }
        }
    }

    /** Reads the numbers of the dataset's filters, in the order in which they were applied. */
    private List<Integer> filters(String name, Hdf5ObjectHeader header) {
        List<Integer> filters = new ArrayList<>();
        if (!header.has(Hdf5ObjectHeader.FILTERS)) {
            return filters;
        }
        Hdf5Cursor in = header.only(Hdf5ObjectHeader.FILTERS, "filters");
        boolean first = in.u8() == 1;
        int count = in.u8();
        in.skip(first ? 6 : 0);
        for (int i = 0; i < count; i++) {
            int id = in.u16();
            int label = first || id >= 256 ? in.u16() : 0;
            int values = in.skip(2).u16();
            in.skip(first ? (label + 7) / 8 * 8 : label).skip(4L * values + (first && values % 2 == 1 ? 4 : 0));
            if (id < DEFLATE || id > CHECKSUM) {
                throw CannotRead.file(input.file(), "dataset " + Printable.plain(name)
                        + " is compressed with HDF5 filter " + id
                        + ", which is not supported; save it with gzip or without compression");
            }
            filters.add(id);
        }
        return filters;
    }

    /** Undoes the filters of a chunk, the last one first. */
    private void read(String name, Chunk chunk, List<Integer> filters, int size, byte[] into) {
        if (!input.bytes().holds(chunk.from, chunk.packed)) {
            throw bad(name, "a chunk of " + chunk.packed + " bytes at byte " + chunk.from + " reaches beyond the file");
        }
        List<Integer> used = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            if ((chunk.skipped >> i & 1) == 0) {
                used.add(filters.get(i));
            }
        }
        long length = chunk.packed;
        boolean deflated = false;
        for (int i = used.size() - 1; i >= 0; i--) {
            int id = used.get(i);
            if (id == CHECKSUM && !deflated) {
                length -= Integer.BYTES;
                requireChecksum(name, chunk.from, length);
            } else if (id == DEFLATE && !deflated) {
                inflater.inflate("a chunk of dataset " + Printable.plain(name), input.bytes(), chunk.from, length,
                        false, into);
                deflated = true;
            } else if (id == SHUFFLE && i == 0) {
                copyUnlessDeflated(name, chunk, length, deflated, into);
                unshuffle(into, size);
                return;
            } else {
                throw bad(name, "the order of its filters is not supported");
            }
        }
        copyUnlessDeflated(name, chunk, length, deflated, into);
    }

    /**
     * Compares the checksum after the bytes of a chunk with theirs. Releases of HDF5 before 1.6.3 exchanged the bytes
     * of its halves; the library reads both.
     */
    private void requireChecksum(String name, long from, long count) {
        long own = count < 0 ? -1 : fletcher32(from, count);
        long exchanged = (own & 0x00FF00FFL) << 8 | (own & 0xFF00FF00L) >> 8;
        if (count < 0 || input.bytes().u32(from + count) != own && input.bytes().u32(from + count) != exchanged) {
            throw bad(name, "the checksum of a chunk differs from its bytes");
        }
    }

    /** Returns the Fletcher-32 checksum of HDF5: words of two bytes, the greater one first. */
    private long fletcher32(long from, long count) {
        long sum = 0;
        long sums = 0;
        for (long at = 0; at < count; at += 2) {
            sum += input.bytes().u8(from + at) << 8 | (at + 1 < count ? input.bytes().u8(from + at + 1) : 0);
            sum = (sum & 0xFFFF) + (sum >> 16);
            sums += sum;
            sums = (sums & 0xFFFF) + (sums >> 16);
        }
        return sums << 16 | sum;
    }

    private void copyUnlessDeflated(String name, Chunk chunk, long length, boolean deflated, byte[] into) {
        if (deflated) {
            return;
        }
        if (length < into.length) {
            throw bad(name, "a chunk has " + length + " bytes where " + into.length + " are wanted");
        }
        System.arraycopy(input.bytes().copy(chunk.from, into.length), 0, into, 0, into.length);
    }

    /** Undoes the shuffle filter, which stores the first bytes of all elements, then all second bytes, and so on. */
    private static void unshuffle(byte[] values, int size) {
        byte[] shuffled = values.clone();
        int count = values.length / size;
        for (int b = 0; b < size; b++) {
            for (int i = 0; i < count; i++) {
                values[i * size + b] = shuffled[b * count + i];
            }
        }
    }

    /**
     * Copies the part of a chunk that lies inside the dataset, row by row along the last dimension, and returns the
     * number of its elements.
     */
    private static long copyInside(long[] start, int[] chunk, int[] dims, int size, byte[] from, byte[] into) {
        int rank = dims.length;
        long inside = 1;
        for (int d = 0; d < rank; d++) {
            if (start[d] < 0 || start[d] >= dims[d]) {
                return 0;
            }
            inside *= Math.min(chunk[d], dims[d] - start[d]);
        }
        int last = rank - 1;
        int row = rank == 0 ? 1 : (int) Math.min(chunk[last], dims[last] - start[last]);
        int[] at = new int[rank];
        while (true) {
            long source = 0;
            long target = 0;
            for (int d = 0; d < rank; d++) {
                source = source * chunk[d] + at[d];
                target = target * dims[d] + start[d] + at[d];
            }
            System.arraycopy(from, (int) (source * size), into, (int) (target * size), row * size);
            int d = last - 1;
            while (d >= 0 && (++at[d] == chunk[d] || start[d] + at[d] == dims[d])) {
                at[d--] = 0;
            }
            if (d < 0) {
                return inside;
            }
        }
    }

    private InputException bad(String name, String what) {
        return CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": " + what
                + "; the file is damaged, fetch it again");
    }
}
