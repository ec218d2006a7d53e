package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Data sets and attributes of an HDF5 file. */
final class Hdf5DatasetReader {
    private static final int MOST_DIMENSIONS = 32;
    /** A name or version; whole configurations of networks are left where they are. */
    private static final int LONGEST_TEXT = 200;
    private static final int COMPACT = 0;
    private static final int IN_ONE_PIECE = 1;
    private static final int CHUNKED = 2;
    private static final int ONE_CHUNK = 1;

    private final Hdf5Input source;
    private final Hdf5ChunkReader chunks;

    /** A stretch of bytes that holds values one after the other. */
    private record Place(FileBytes bytes, long from) {}

    Hdf5DatasetReader(Hdf5Input source) {
        this.source = source;
        this.chunks = new Hdf5ChunkReader(source);
    }

    /**
     * A data set; null if it holds no numbers of a kind that weights have, or none at all.
     *
     * @param name what messages call it
     */
    StoredTensor read(String name, Hdf5ObjectHeader header) {
        Shape shape = shape(name, header.only(Hdf5ObjectHeader.DATASPACE, "shape"));
        Hdf5Datatype type = Hdf5Datatype.read(header.only(Hdf5ObjectHeader.DATATYPE, "type"));
        type = type.opaqueAs(texts(header).get("dtype"));
        if (type.number() == null || shape == null) {
            return null;
        }
        Place place = place(name, header, shape, type);
        long[] stride = new long[shape.rank()];
        long step = 1;
        for (int d = stride.length - 1; d >= 0; d--) {
            stride[d] = step;
            step *= shape.dim(d);
        }
        return new StoredTensor(type.number(), new StridedTensor(shape, type.number(), place.bytes, type.order(), place.from, stride));
    }

    /** The attributes that are one short text. */
    Map<String, String> texts(Hdf5ObjectHeader header) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Hdf5Cursor in : header.all(Hdf5ObjectHeader.ATTRIBUTE)) {
            int version = in.u8();
            in.skip(1);
            int[] lengths = {in.u16(), in.u16(), in.u16()};
            in.skip(version == 3 ? 1 : 0);
            int unit = version == 1 ? 8 : 1;   // version 1 pads each part
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
        Hdf5Cursor heap = source.at(in.i64(), 16).signature("GCOL").skip(4);
        long wanted = in.u32();
        long size = heap.i64();
        Hdf5Cursor objects = source.at(heap.position(), size - 16);
        while (length <= LONGEST_TEXT && objects.remaining() >= 16) {
            source.step();
            int index = objects.u16();
            long stored = objects.skip(6).i64();
            if (index == wanted) {
                return objects.text(Math.min(length, stored));
            }
            if (index == 0) {
                break;   // the free space at the end
            }
            objects.skip(Math.min(objects.remaining(), stored + 7 & ~7L));
        }
        return null;
    }

    /** Null for a data set of nothing. */
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
            // Each factor is below 2^31, so the product cannot overflow before it is looked at.
            if (dim < 0 || dim > Integer.MAX_VALUE || (count *= dim) > Integer.MAX_VALUE) {
                throw bad(name, "it has 2^31 values or more");
            }
            dims[d] = (int) dim;
        }
        return nothing ? null : Shape.of(dims);
    }

    private Place place(String name, Hdf5ObjectHeader header, Shape shape, Hdf5Datatype type) {
        Hdf5Cursor in = header.only(Hdf5ObjectHeader.LAYOUT, "place");
        int version = in.u8();
        if (version != 3 && version != 4) {
            throw bad(name, "its layout is of version " + version + ", which is not read");
        }
        int kind = in.u8();
        long wanted = (long) shape.size() * type.size();
        long length = kind == COMPACT ? in.u16() : wanted;
        long from = kind == COMPACT ? in.position() : kind == IN_ONE_PIECE ? in.i64() : 0;
        if (kind == CHUNKED) {
            return new Place(FileBytes.of(chunks.unpack(name, header, layout(name, in, version, shape), shape.dims(), type.size())), 0);
        }
        if (kind != COMPACT && kind != IN_ONE_PIECE) {
            throw bad(name, "it is stored in a way that is not read");
        }
        if (wanted == 0) {
            return new Place(source.bytes(), 0);   // nothing was given a place
        }
        if (length < wanted || !source.bytes().holds(from, wanted)) {
            throw bad(name, "it has " + wanted + " bytes, and they are not in the file");
        }
        return new Place(source.bytes(), from);
    }

    private Hdf5ChunkReader.Layout layout(String name, Hdf5Cursor in, int version, Shape shape) {
        int flags = version == 4 ? in.u8() : 0;
        int rank = in.u8() - 1;   // the last dimension is the value's bytes
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
        if (in.u8() != ONE_CHUNK) {
            throw bad(name, "its chunks are found by an index that is not read; save it by Keras, or by h5py without libver='latest'");
        }
        boolean filtered = (flags & 2) != 0;
        long packed = filtered ? in.i64() : count;
        int skipped = filtered ? (int) in.u32() : 0;
        return new Hdf5ChunkReader.Layout(dims, tree, new Hdf5ChunkReader.Chunk(new long[rank], in.i64(), packed, skipped));
    }

    private InputException bad(String name, String what) {
        return new InputException(source.file() + ": data set " + Printable.plain(name) + ": " + what + "; fetch the file again");
    }
}
