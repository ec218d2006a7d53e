package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.hdf5.Hdf5ChunkReader.Chunk;
import java.util.ArrayList;
import java.util.List;

/**
 * The lists of chunks that HDF5 1.10 introduced, sections VII.C of the HDF5 File Format Specification: a single chunk,
 * none (all chunks side by side), fixed array, extensible array and version 2 B-tree. Arrays list chunks by their
 * number: row by row over the grid of the dataset's greatest extent, with the unlimited dimension first.
 */
final class Hdf5ChunkIndex {
    static final int SINGLE = 1;
    private static final int IMPLICIT = 2;
    private static final int FIXED = 3;
    private static final int EXTENSIBLE = 4;
    private static final int TREE = 5;
    private static final int TREE_PLAIN = 10;
    private static final int TREE_FILTERED = 11;
    private static final int BLOCK_PREFIX = 4 + 1 + 1 + 8;
    private static final int CHECKSUM = 4;
    private static final int ADDRESS = 8;
    private static final int MASK = 4;

    private final Hdf5Input input;
    private final String name;
    private final boolean filtered;
    private final int[] chunk;
    private final long bytes;
    private final long[] grid;
    private final int unlimited;
    private final List<Chunk> chunks = new ArrayList<>();

    /**
     * Reads the index that a layout message of version 4 describes.
     *
     * @param in cursor over the message, behind the dimensions of a chunk
     * @param filtered whether chunks have sizes of their own
     * @param name of the dataset in messages
     * @param dims of the dataset
     * @param most greatest extent in each dimension, -1 for unlimited
     * @param chunk dims of a chunk
     * @param bytes of a chunk that is not filtered
     */
    static List<Chunk> read(Hdf5Input input, Hdf5Cursor in, boolean filtered, String name, int[] dims, long[] most,
                            int[] chunk, long bytes) {
        Hdf5ChunkIndex index = new Hdf5ChunkIndex(input, filtered, name, dims, most, chunk, bytes);
        index.read(in);
        return index.chunks;
    }

    private Hdf5ChunkIndex(Hdf5Input input, boolean filtered, String name, int[] dims, long[] most, int[] chunk,
                           long bytes) {
        this.input = input;
        this.filtered = filtered;
        this.name = name;
        this.chunk = chunk;
        this.bytes = bytes;
        this.grid = new long[dims.length];
        int open = -1;
        for (int d = 0; d < dims.length; d++) {
            open = most[d] < 0 && open < 0 ? d : open;
            long extent = Math.max(dims[d], most[d]);
            grid[d] = extent / chunk[d] + (extent % chunk[d] == 0 ? 0 : 1);
        }
        this.unlimited = open;
    }

    private void read(Hdf5Cursor in) {
        int type = in.u8();
        switch (type) {
            case SINGLE -> {
                long packed = filtered ? in.i64() : bytes;
                int skipped = filtered ? (int) in.u32() : 0;
                add(new long[chunk.length], in.i64(), packed, skipped);
            }
            case IMPLICIT -> implicit(in.i64());
            case FIXED -> fixed(in.skip(1).i64());
            case EXTENSIBLE -> extensible(in.skip(5).i64());
            case TREE -> tree(in.skip(6).i64());
            default -> throw bad("its chunk index has the unknown type " + type);
        }
    }

    private void implicit(long address) {
        long count = 1;
        for (long each : grid) {
            count = Math.min(Integer.MAX_VALUE, count * each);
        }
        for (long i = 0; i < count && address != Hdf5Cursor.UNDEFINED; i++) {
            input.countPart();
            add(start(i), address + i * bytes, bytes, 0);
        }
    }

    private void tree(long address) {
        if (address == Hdf5Cursor.UNDEFINED) {
            return;
        }
        int record = input.at(address, 12).skip(10).u16();
        new Hdf5BTree2(input, address, filtered ? TREE_FILTERED : TREE_PLAIN).forEach(in -> {
            long at = in.i64();
            long packed = filtered ? number(in, record - ADDRESS - MASK - 8 * chunk.length) : bytes;
            int skipped = filtered ? (int) in.u32() : 0;
            long[] start = new long[chunk.length];
            for (int d = 0; d < start.length; d++) {
                start[d] = in.i64() * chunk[d];
            }
            add(start, at, packed, skipped);
        });
    }

    private void fixed(long address) {
        if (address == Hdf5Cursor.UNDEFINED) {
            return;
        }
        Hdf5Cursor in = input.at(address, 28).signature("FAHD").skip(2);
        int size = elementSize(in.u8());
        long page = 1L << Math.min(62, in.u8());
        long count = in.i64();
        long block = in.i64();
        if (count < 0) {
            throw bad("its chunk index has " + count + " elements");
        }
        if (block != Hdf5Cursor.UNDEFINED) {
            input.at(block, BLOCK_PREFIX).signature("FADB");
            elements(0, count, size, page, block + BLOCK_PREFIX, -1, 0);
        }
    }

    /**
     * Reads the elements of a data block.
     *
     * @param first number of its first chunk
     * @param page elements of a page; the block has pages if it has more elements
     * @param at address of the elements or, with pages, of the bits that say which pages are in use
     * @param bits address of these bits if they lie elsewhere; -1 if they lie at {@code at}
     * @param firstBit number of the first page's bit
     */
    private void elements(long first, long count, int size, long page, long at, long bits, long firstBit) {
        if (count <= page) {
            run(first, count, size, at);
            return;
        }
        long pages = count / page + (count % page == 0 ? 0 : 1);
        long map = (pages + 7) / 8;
        long used = bits < 0 ? at : bits;
        long next = (bits < 0 ? at + map : at) + CHECKSUM;
        for (long p = 0; p < pages; p++) {
            long inPage = Math.min(page, count - p * page);
            long bit = firstBit + p;
            if ((input.at(used + bit / 8, 1).u8() & 0x80 >> bit % 8) != 0) {
                run(first + p * page, inPage, size, next);
            }
            next += inPage * size + CHECKSUM;
        }
    }

    private void run(long first, long count, int size, long at) {
        if (count > Integer.MAX_VALUE) {
            throw bad("its chunk index has a block of " + count + " elements");
        }
        Hdf5Cursor in = input.at(at, count * size);
        for (long i = 0; i < count; i++) {
            input.countPart();
            long address = in.i64();
            long packed = filtered ? number(in, size - ADDRESS - MASK) : bytes;
            int skipped = filtered ? (int) in.u32() : 0;
            add(start(first + i), address, packed, skipped);
        }
    }

    private void extensible(long address) {
        if (address == Hdf5Cursor.UNDEFINED) {
            return;
        }
        Hdf5Cursor in = input.at(address, 12 + 7 * 8).signature("EAHD").skip(2);
        int size = elementSize(in.u8());
        int bits = in.u8();
        int direct = in.u8();
        int least = in.u8();
        int pointers = in.u8();
        int pageBits = in.u8();
        long block = in.skip(6 * 8).i64();
        if (bits > 62 || least < 1 || pointers < 2 || pageBits > 62 || Integer.bitCount(least) != 1
                || Integer.bitCount(pointers) != 1) {
            throw bad("its chunk index has impossible sizes");
        }
        if (block == Hdf5Cursor.UNDEFINED) {
            return;
        }
        input.at(block, BLOCK_PREFIX).signature("EAIB");
        run(0, direct, size, block + BLOCK_PREFIX);
        int inIndex = 2 * log2(pointers);
        int groups = 1 + bits - log2(least);
        int addresses = 2 * (pointers - 1);
        Hdf5Cursor next = input.at(block + BLOCK_PREFIX + (long) direct * size,
                8L * (addresses + Math.max(0, groups - inIndex)));
        long first = direct;
        for (int group = 0; group < groups; group++) {
            long blocks = 1L << group / 2;
            long each = least * (1L << (group + 1) / 2);
            if (group < inIndex) {
                for (long b = 0; b < blocks; b++) {
                    dataBlock(next.i64(), first + b * each, each, size, 1L << pageBits, (bits + 7) / 8, -1, 0);
                }
            } else {
                secondary(next.i64(), first, blocks, each, size, 1L << pageBits, (bits + 7) / 8);
            }
            first += blocks * each;
        }
    }

    /** Reads a block that lists data blocks, all of the same size. The bits of all their pages follow one another. */
    private void secondary(long address, long first, long blocks, long each, int size, long page, int offsetBytes) {
        if (address == Hdf5Cursor.UNDEFINED) {
            return;
        }
        long map = each > page ? (each / page + 7) / 8 : 0;
        input.at(address, BLOCK_PREFIX).signature("EASB");
        long maps = address + BLOCK_PREFIX + offsetBytes;
        if (blocks * (map + ADDRESS) > input.bytes().length()) {
            throw bad("its chunk index reaches beyond the file");
        }
        Hdf5Cursor in = input.at(maps + blocks * map, blocks * ADDRESS);
        for (long b = 0; b < blocks; b++) {
            dataBlock(in.i64(), first + b * each, each, size, page, offsetBytes, map == 0 ? -1 : maps,
                    b * (each / page));
        }
    }

    private void dataBlock(long address, long first, long count, int size, long page, int offsetBytes, long bits,
                           long firstBit) {
        if (address != Hdf5Cursor.UNDEFINED) {
            input.at(address, BLOCK_PREFIX).signature("EADB");
            elements(first, count, size, bits < 0 ? Long.MAX_VALUE : page, address + BLOCK_PREFIX + offsetBytes, bits,
                    firstBit);
        }
    }

    private int elementSize(int size) {
        if (size < ADDRESS + (filtered ? MASK + 1 : 0) || size > ADDRESS + MASK + 8) {
            throw bad("its chunk index has elements of " + size + " bytes");
        }
        return size;
    }

    private void add(long[] start, long address, long packed, int skipped) {
        if (address != Hdf5Cursor.UNDEFINED) {   // else the chunk was never written
            chunks.add(new Chunk(start, address, packed, skipped));
        }
    }

    /** Returns the first element of the chunk of a number, in each dimension. */
    private long[] start(long number) {
        long[] start = new long[chunk.length];
        long rest = number;
        for (int d = chunk.length - 1; d >= 0; d--) {
            if (d != unlimited) {
                start[d] = rest % Math.max(1, grid[d]) * chunk[d];
                rest /= Math.max(1, grid[d]);
            }
        }
        if (unlimited >= 0) {
            start[unlimited] = rest * chunk[unlimited];
        }
        return start;
    }

    private static int log2(int number) {
        return 31 - Integer.numberOfLeadingZeros(number);
    }

    private static long number(Hdf5Cursor in, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) in.u8() << 8 * i;
        }
        return number;
    }

    private InputException bad(String what) {
        return CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": " + what
                + "; the file is damaged, fetch it again");
    }
}
