package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the shape, type and elements of datasets, and the attributes of groups and datasets. */
final class Hdf5DatasetReader {
    private static final int MOST_DIMENSIONS = 32;
    /** Enough for a name or version. Configurations of whole networks are not read. */
    private static final int LONGEST_TEXT = 200;
    private static final int COMPACT = 0;
    private static final int CONTIGUOUS = 1;
    private static final int CHUNKED = 2;
    private static final int SINGLE_CHUNK_INDEX = 1;

    private final Hdf5Input input;
    private final Hdf5ChunkReader chunks;

    /** The elements of a dataset, one after the other from byte {@code from}. */
    private record Elements(FileBytes bytes, long from) {}

    Hdf5DatasetReader(Hdf5Input input) {
        this.input = input;
        this.chunks = new Hdf5ChunkReader(input);
    }

    /**
     * Returns a dataset; null if its type is none that weights have, or it has no dataspace.
     *
     * @param name path of the dataset, for messages
     */
    StoredTensor read(String name, Hdf5ObjectHeader header) {
        Shape shape = shape(name, header.only(Hdf5ObjectHeader.DATASPACE, "shape"));
        Hdf5Datatype type = Hdf5Datatype.read(header.only(Hdf5ObjectHeader.DATATYPE, "type"));
        type = type.opaqueAs(texts(header).get("dtype"));
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

    /** Returns the attributes that are a single short text, by name. */
    Map<String, String> texts(Hdf5ObjectHeader header) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Hdf5Cursor in : header.all(Hdf5ObjectHeader.ATTRIBUTE)) {
            int version = in.u8();
            in.skip(1);
            int[] lengths = {in.u16(), in.u16(), in.u16()};
            in.skip(version == 3 ? 1 : 0);
            int unit = version == 1 ? 8 : 1;   // version 1 pads each part to a multiple of 8 bytes
            Hdf5Cursor[] parts = new Hdf5Cursor[lengths.length];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = in.part((lengths[i] + unit - 1) / unit * unit);
            }
            String name = parts[0].text(lengths[0]);
            Hdf5Datatype type = Hdf5Datatype.read(parts[1]);
            Shape shape = shape(name, parts[2]);
            String text = shape == null || shape.size() != 1 ? null : text(type, in);
            if (text != null) {
                texts.put(name, text);
            }
        }
        return texts;
    }

    private String text(Hdf5Datatype type, Hdf5Cursor in) {
        if (type.isText()) {
            return type.size() > LONGEST_TEXT ? null : in.text(type.size());
        }
        if (!type.isVariableText()) {
            return null;
        }
        long length = in.u32();
        Hdf5Cursor heap = input.at(in.i64(), 16).signature("GCOL").skip(4);
        long wanted = in.u32();
        long size = heap.i64();
        Hdf5Cursor objects = input.at(heap.position(), size - 16);
        while (length <= LONGEST_TEXT && objects.remaining() >= 16) {
            input.countPart();
            int index = objects.u16();
            long stored = objects.skip(6).i64();
            if (index == wanted) {
                return objects.text(Math.min(length, stored));
            }
            if (index == 0) {
                break;   // object 0 is the free space at the end
            }
            objects.skip(Math.min(objects.remaining(), stored + 7 & ~7L));
        }
        return null;
    }

    /** Returns the shape; null for the null dataspace. */
    private Shape shape(String name, Hdf5Cursor in) {
        int version = in.u8();
        int rank = in.u8();
        in.skip(1);
        boolean nothing = version == 2 && in.u8() == 2;
        in.skip(version == 1 ? 5 : 0);
        if (rank > MOST_DIMENSIONS) {
            throw bad(name, "it has " + rank + " dimensions");
        }
        int[] dims = new int[rank];
        long count = 1;
        for (int d = 0; d < rank; d++) {
            long dim = in.i64();
            // Both factors are below 2^31, so the product does not overflow before it is compared.
            if (dim < 0 || dim > Integer.MAX_VALUE || (count *= dim) > Integer.MAX_VALUE) {
                throw bad(name, "it has 2^31 elements or more");
            }
            dims[d] = (int) dim;
        }
        return nothing ? null : Shape.of(dims);
    }

    private Elements elements(String name, Hdf5ObjectHeader header, Shape shape, Hdf5Datatype type) {
        Hdf5Cursor in = header.only(Hdf5ObjectHeader.LAYOUT, "layout");
        int version = in.u8();
        if (version != 3 && version != 4) {
            throw bad(name, "its layout has version " + version + ", which is not supported");
        }
        int kind = in.u8();
        long wanted = (long) shape.size() * type.size();
        long length = kind == COMPACT ? in.u16() : wanted;
        long from = kind == COMPACT ? in.position() : kind == CONTIGUOUS ? in.i64() : 0;
        if (kind == CHUNKED) {
            Hdf5ChunkReader.Layout layout = layout(name, in, version, shape);
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

    private Hdf5ChunkReader.Layout layout(String name, Hdf5Cursor in, int version, Shape shape) {
        int flags = version == 4 ? in.u8() : 0;
        int rank = in.u8() - 1;   // the last dimension is the size of an element
        if (rank != shape.rank()) {
            throw bad(name, "its chunks have " + rank + " dimensions and it has " + shape.rank());
        }
        int width = version == 4 ? in.u8() : Integer.BYTES;
        long tree = version == 4 ? Hdf5Cursor.UNDEFINED : in.i64();
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
        if (in.u8() != SINGLE_CHUNK_INDEX) {
            throw bad(name,
                    "its chunk index is not supported; save it with Keras, or with h5py without libver='latest'");
        }
        boolean filtered = (flags & 2) != 0;
        long packed = filtered ? in.i64() : count;
        int skipped = filtered ? (int) in.u32() : 0;
        return new Hdf5ChunkReader.Layout(dims, tree,
                new Hdf5ChunkReader.Chunk(new long[rank], in.i64(), packed, skipped));
    }

    private InputException bad(String name, String what) {
        return CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": " + what
                + "; fetch the file again");
    }
}
