package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the attributes of groups and datasets that are texts, and the shapes of attributes and datasets. */
final class Hdf5AttributeReader {
    private static final int MOST_DIMENSIONS = 32;
    private static final int MOST_TEXTS = 1 << 20;

    private final Hdf5Input input;
    private final Hdf5HeapReader heaps;

    Hdf5AttributeReader(Hdf5Input input) {
        this.input = input;
        this.heaps = new Hdf5HeapReader(input);
    }

    /**
     * Returns the attributes that are texts, by name: a list of one text, or of those of an array.
     *
     * @param longest text to read, in bytes; attributes with longer ones are skipped
     */
    Map<String, List<String>> texts(Hdf5ObjectHeader header, int longest) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        for (Hdf5Cursor message : header.all(Hdf5ObjectHeader.ATTRIBUTE)) {
            read(message, longest, texts);
        }
        if (header.has(Hdf5ObjectHeader.ATTRIBUTE_INFO)) {
            Hdf5Cursor info = header.only(Hdf5ObjectHeader.ATTRIBUTE_INFO, "attributes").skip(1);
            long heap = info.skip((info.u8() & 1) == 0 ? 0 : 2).i64();
            long names = info.i64();
            if (heap != Hdf5Cursor.UNDEFINED) {
                heaps.records(names, heap, Hdf5HeapReader.ATTRIBUTE_NAMES, object -> read(object, longest, texts));
            }
        }
        return texts;
    }

    private void read(Hdf5Cursor in, int longest, Map<String, List<String>> texts) {
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
        if (shape == null || shape.size() > MOST_TEXTS || !type.isText() && !type.isVariableText()) {
            return;
        }
        List<String> values = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            String text = text(type, in, longest);
            if (text == null) {
                return;
            }
            values.add(text);
        }
        texts.put(name, values);
    }

    private String text(Hdf5Datatype type, Hdf5Cursor in, int longest) {
        if (type.isText()) {
            return type.size() > longest ? null : in.text(type.size(), longest);
        }
        long length = in.u32();
        long address = in.i64();
        long wanted = in.u32();
        if (length == 0) {
            return "";
        }
        return length > longest ? null : heaps.text(address, wanted, length, longest);
    }

    /** Returns the shape that a dataspace message describes; null for the null dataspace. */
    Shape shape(String name, Hdf5Cursor in) {
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

    /** Returns the greatest extent in each dimension that a dataspace message allows, -1 for unlimited. */
    long[] most(Hdf5Cursor in) {
        int version = in.u8();
        int rank = in.u8();
        boolean stated = (in.u8() & 1) != 0;
        in.skip(version == 1 ? 5 : 1);
        long[] most = new long[Math.min(rank, MOST_DIMENSIONS)];
        for (int half = 0; half < (stated ? 2 : 1); half++) {
            for (int d = 0; d < most.length; d++) {
                most[d] = in.i64();
            }
        }
        return most;
    }

    private InputException bad(String name, String what) {
        return CannotRead.file(input.file(), "dataset " + Printable.plain(name) + ": " + what
                + "; fetch the file again");
    }
}
