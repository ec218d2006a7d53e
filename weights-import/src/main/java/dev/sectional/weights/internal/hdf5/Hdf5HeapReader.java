package dev.sectional.weights.internal.hdf5;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads objects that lie in heaps: texts of any length in global heaps (section III.E of the HDF5 File Format
 * Specification), and links and attributes of objects that have many of them in fractal heaps (III.G), which a version
 * 2 B-tree (III.A.2) lists.
 */
final class Hdf5HeapReader {
    /** Type of the B-tree that lists the links of a group by name. */
    static final int LINK_NAMES = 5;
    /** Type of the B-tree that lists the attributes of an object by name. */
    static final int ATTRIBUTE_NAMES = 8;
    private static final int DEEPEST = 16;

    private final Hdf5Input input;
    private final Map<Long, Map<Long, long[]>> globalHeaps = new HashMap<>();

    Hdf5HeapReader(Hdf5Input input) {
        this.input = input;
    }

    /** Returns a text of a global heap; null if the heap has no such object. */
    String text(long address, long index, long length, int longest) {
        long[] object = globalHeaps.computeIfAbsent(address, this::globalHeap).get(index);
        if (object == null) {
            return null;
        }
        long stored = Math.min(length, object[1]);
        return input.at(object[0], stored).text(stored, longest);
    }

    /** Returns offset and length of each object of a global heap, by its index. */
    private Map<Long, long[]> globalHeap(long address) {
        Map<Long, long[]> objects = new HashMap<>();
        Hdf5Cursor heap = input.at(address, 16).signature("GCOL").skip(4);
        long size = heap.i64();
        Hdf5Cursor in = input.at(heap.position(), size - 16);
        while (in.remaining() >= 16) {
            input.countPart();
            long index = in.u16();
            long stored = in.skip(6).i64();
            if (index == 0) {
                break;   // object 0 is the free space at the end
            }
            objects.put(index, new long[] {in.position(), stored});
            in.skip(Math.min(in.remaining(), stored + 7 & ~7L));
        }
        return objects;
    }

    /**
     * Calls {@code use} with each object of a fractal heap that a B-tree lists.
     *
     * @param tree address of the B-tree's header
     * @param heap address of the heap's header
     * @param type of the B-tree
     */
    void records(long tree, long heap, int type, Consumer<Hdf5Cursor> use) {
        FractalHeap objects = new FractalHeap(input, heap);
        new Hdf5BTree2(input, tree, type).forEach(record -> use.accept(objects.object(
                type == LINK_NAMES ? record.skip(4) : record)));
    }

    /** A fractal heap: objects in direct blocks, whose addresses lie in indirect blocks. */
    private static final class FractalHeap {
        private final Hdf5Input input;
        private final int width;
        private final long startSize;
        private final long largestDirect;
        private final int offsetBytes;
        private final int lengthBytes;
        private final long root;
        private final int rootRows;
        private final Set<Long> blocks = new HashSet<>();

        FractalHeap(Hdf5Input input, long address) {
            this.input = input;
            Hdf5Cursor in = input.at(address, 142).signature("FRHP").skip(1 + 2);
            if (in.u16() != 0) {
                throw in.damaged("a heap of links or attributes is compressed");
            }
            in.skip(1);
            long mostManaged = in.u32();
            in.skip(8 * 12);
            width = in.u16();
            startSize = in.i64();
            largestDirect = in.i64();
            int bits = in.u16();
            in.skip(2);
            root = in.i64();
            rootRows = in.u16();
            offsetBytes = (bits + 7) / 8;
            lengthBytes = Math.min((log2(largestDirect) + 7) / 8, log2(mostManaged) / 8 + 1);
            if (width < 1 || startSize < 1 || largestDirect < startSize || bits < 1 || bits > 64) {
                throw in.damaged("a heap of links or attributes has blocks of " + startSize + " bytes");
            }
        }

        /** Returns a cursor over the object whose identifier comes next. */
        Hdf5Cursor object(Hdf5Cursor id) {
            int flags = id.u8();
            if (flags != 0) {
                throw id.damaged("a link or attribute is stored outside its heap's blocks");
            }
            long offset = number(id, offsetBytes);
            long length = number(id, lengthBytes);
            if (offset < 0 || length < 0) {
                throw id.damaged("a link or attribute lies at " + offset);
            }
            return rootRows == 0 ? inDirect(root, startSize, offset, length)
                    : inIndirect(root, rootRows, 0, offset, length, 0);
        }

        private Hdf5Cursor inDirect(long block, long size, long offset, long length) {
            // Offsets of objects count from the beginning of the block, its header included.
            if (offset > size - length) {
                throw input.damaged("a link or attribute reaches beyond its block");
            }
            if (blocks.add(block)) {
                input.at(block, size).signature("FHDB");
            }
            return input.at(block + offset, length);
        }

        private Hdf5Cursor inIndirect(long block, int rows, long start, long offset, long length, int depth) {
            if (depth > DEEPEST) {
                throw input.damaged("a heap of links or attributes nests too deep");
            }
            int directRows = rowOf(largestDirect) + 1;
            Hdf5Cursor in = input.at(block, 5 + 8 + offsetBytes + 8L * width * rows).signature("FHIB")
                    .skip(1 + 8 + offsetBytes);
            long at = start;
            for (int row = 0; row < rows; row++) {
                input.countPart();
                long size = rowSize(row);
                for (int column = 0; column < width; column++) {
                    long child = in.i64();
                    if (offset >= at && offset - at < size) {
                        return row < directRows ? inDirect(child, size, offset - at, length)
                                : inIndirect(child, rowOf(size / width), at, offset, length, depth + 1);
                    }
                    at += size;
                }
            }
            throw input.damaged("a link or attribute lies beyond its heap");
        }

        /** Returns the size of the blocks of a row: the first two rows have the same. */
        private long rowSize(int row) {
            return row < 2 ? startSize : row > 40 ? Long.MAX_VALUE >> 16 : startSize << row - 1;
        }

        private int rowOf(long size) {
            int row = 1;
            while (row < 40 && rowSize(row) < size) {
                row++;
            }
            return row;
        }

        private static int log2(long number) {
            return 63 - Long.numberOfLeadingZeros(Math.max(1, number));
        }

        private static long number(Hdf5Cursor in, int bytes) {
            long number = 0;
            for (int i = 0; i < bytes; i++) {
                number |= (long) in.u8() << 8 * i;
            }
            return number;
        }
    }
}
