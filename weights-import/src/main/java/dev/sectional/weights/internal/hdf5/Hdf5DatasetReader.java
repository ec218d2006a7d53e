package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import java.util.List;

/** Reads the shape, type and elements of datasets. */
final class Hdf5DatasetReader {
    /** Enough for the name of a type. */
    private static final int LONGEST_TEXT = 200;
    private static final int COMPACT = 0;
    private static final int CONTIGUOUS = 1;
    private static final int CHUNKED = 2;
    private static final int PLAIN_EDGES = 1;
    private static final int SIZED = 2;

    private final Hdf5Input input;
    private final Hdf5ChunkReader chunks;
    private final Hdf5AttributeReader attributes;

    /** The elements of a dataset, one after the other from byte {@code from}. */
    private record Elements(FileBytes bytes, long from) {}

    Hdf5DatasetReader(Hdf5Input input, Hdf5AttributeReader attributes) {
        this.input = input;
        this.attributes = attributes;
        this.chunks = new Hdf5ChunkReader(input);
    }

    /**
     * Returns a dataset; null if its type is none that weights have, or it has no dataspace.
     *
     * @param name path of the dataset, for messages
     */
    StoredTensor read(String name, Hdf5ObjectHeader header) {
        Shape shape = attributes.shape(name, header.only(Hdf5ObjectHeader.DATASPACE, "shape"));
        Hdf5Datatype type = Hdf5Datatype.read(header.only(Hdf5ObjectHeader.DATATYPE, "type"));
        type = type.opaqueAs(attributes.texts(header, LONGEST_TEXT).getOrDefault("dtype", List.of("")).get(0));
        if (type.number() == null || shape == null) {
            return null;
        }
        Elements elements = elements(name, header, shape, type);
        long[] stride = new long[shape.rank()];
        long step = 1;
        for (int d = stride.length - 1; d >= 0; d--) {
            stride[d] = step;
            step *= shape.dim(d);
        }
        return new StoredTensor(type.number(),
                new StridedTensor(shape, type.number(), elements.bytes, type.order(), elements.from, stride));
    }

    private Elements elements(String name, Hdf5ObjectHeader header, Shape shape, Hdf5Datatype type) {
        Hdf5Cursor in = header.only(Hdf5ObjectHeader.LAYOUT, "layout");
        int version = in.u8();
        if (version < 3 || version > 5) {
            throw bad(name, "its layout has version " + version + ", which is not supported");
        }
        int kind = in.u8();
        long wanted = (long) shape.size() * type.size();
        long length = kind == COMPACT ? in.u16() : wanted;
        long from = kind == COMPACT ? in.position() : kind == CONTIGUOUS ? in.i64() : 0;
        if (kind == CHUNKED) {
            Hdf5ChunkReader.Layout layout = layout(name, in, version, shape, header);
            return new Elements(FileBytes.of(chunks.unpack(name, header, layout, shape.dims(), type.size())), 0);
        }
        if (kind != COMPACT && kind != CONTIGUOUS) {
            throw bad(name, "its layout class " + kind + " is not supported");
        }
        if (wanted == 0) {
            return new Elements(input.bytes(), 0);   // space was never allocated
        }
        if (length < wanted || !input.bytes().holds(from, wanted)) {
            throw bad(name, "its " + wanted + " bytes reach beyond the file");
        }
        return new Elements(input.bytes(), from);
    }

    private Hdf5ChunkReader.Layout layout(String name, Hdf5Cursor in, int version, Shape shape,
                                          Hdf5ObjectHeader header) {
        int flags = version >= 4 ? in.u8() : 0;
        int rank = in.u8() - 1;   // the last dimension is the size of an element
        if (rank != shape.rank()) {
            throw bad(name, "its chunks have " + rank + " dimensions and it has " + shape.rank());
        }
        int width = version >= 4 ? in.u8() : Integer.BYTES;
        long tree = version >= 4 ? Hdf5Cursor.UNDEFINED : in.i64();
        int[] dims = new int[rank];
        long count = 1;
        for (int d = 0; d <= rank; d++) {
            long dim = in.number(width);
            count *= dim;
            if (dim < 1 || dim > Integer.MAX_VALUE || count > Integer.MAX_VALUE) {
                throw bad(name, "its chunks have 2^31 bytes or more, or none");
            }
            if (d < rank) {
                dims[d] = (int) dim;
            }
        }
        if (version == 3) {
            return new Hdf5ChunkReader.Layout(dims, tree, null);
        }
        boolean filtered = header.has(Hdf5ObjectHeader.FILTERS);
        if (filtered && (flags & PLAIN_EDGES) != 0) {
            throw bad(name, "its filters leave out the chunks at its edges, which is not supported");
        }
        // A single chunk states its size only if a flag says so.
        boolean sized = filtered && (in.peek() != Hdf5ChunkIndex.SINGLE || (flags & SIZED) != 0);
        return new Hdf5ChunkReader.Layout(dims, tree, Hdf5ChunkIndex.read(input, in, sized, name,
                shape.dims(), attributes.most(header.only(Hdf5ObjectHeader.DATASPACE, "shape")), dims, count));
    }

    private InputException bad(String name, String what) {
        return CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": " + what
                + "; fetch the file again");
    }
}
