package dev.sectional.weights.internal.numpy;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.io.NpyHeader;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads NumPy's arrays, {@code .npy}, and archives of them, {@code .npz}. */
public final class NpyFile {
    private static final String EXTENSION = ".npy";

    private final String file;
    private final FileBytes bytes;

    private NpyFile(String file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /** Returns whether a file begins as a {@code .npy} file does. */
    public static boolean begins(FileBytes bytes) {
        return NpyHeader.begins(bytes.copy(0, (int) Math.min(16, bytes.length())));
    }

    /**
     * Returns the array of a {@code .npy} file.
     *
     * @param file name of the file in messages
     * @throws InputException if the file is damaged, or holds Python objects or another type than numbers and booleans
     */
    public static StoredTensor array(String file, FileBytes bytes) {
        return new NpyFile(file, bytes).read();
    }

    /** Returns whether an archive is one of {@code numpy.savez}: it has a member {@code NAME.npy}. */
    public static boolean isArchive(ZipArchive zip) {
        return zip.names().stream().anyMatch(name -> name.endsWith(EXTENSION));
    }

    /** Returns the arrays of a {@code .npz} archive by name, without members of other kinds. */
    public static Map<String, StoredTensor> archive(String file, ZipArchive zip) {
        Map<String, StoredTensor> arrays = new LinkedHashMap<>();
        for (String name : zip.names()) {
            if (name.endsWith(EXTENSION)) {
                arrays.put(name.substring(0, name.length() - EXTENSION.length()),
                        array(file + ": array " + Printable.plain(name), zip.contents(name)));
            }
        }
        return arrays;
    }

    private StoredTensor read() {
        NpyHeader header;
        try {
            header = NpyHeader.of(bytes.copy(0, (int) Math.min(NpyHeader.LONGEST, bytes.length())));
        } catch (IllegalArgumentException e) {
            throw bad("it " + e.getMessage());
        }
        DType type = header.type();
        if (type == null) {
            throw bad("it holds type '" + Printable.plain(header.descr()) + "', which is not supported");
        }
        int[] dims = new int[header.shape().length];
        long count = 1;
        for (int d = 0; d < dims.length; d++) {
            dims[d] = (int) header.shape()[d];
            count *= dims[d];
            if (count > Integer.MAX_VALUE) {
                throw bad("it has 2^31 elements or more");
            }
        }
        int from = header.dataStart();
        if (bytes.length() - from != count * type.bytes()) {
            throw bad("shape " + header.shapeText() + " does not fit the " + (bytes.length() - from)
                    + " bytes of data in it");
        }
        long[] strides = strides(dims, header.fortran());
        return new StoredTensor(type, new StridedTensor(Shape.of(dims), type, bytes, header.order(), from, strides));
    }

    /** Returns the strides of an array stored row by row, or column by column as Fortran does. */
    private static long[] strides(int[] dims, boolean fortran) {
        long[] strides = new long[dims.length];
        long step = 1;
        for (int i = 0; i < dims.length; i++) {
            int d = fortran ? i : dims.length - 1 - i;
            strides[d] = step;
            step *= dims[d];
        }
        return strides;
    }

    private InputException bad(String what) {
        return CannotRead.file(file, what + "; save it with numpy.save or numpy.savez, with numbers only");
    }
}
