package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads NumPy's arrays, {@code .npy}, and archives of them, {@code .npz}; format: NumPy Enhancement Proposal 1, versions 1 to 3. */
final class NpyFile {
    private static final String MAGIC = "\u0093NUMPY";
    private static final String EXTENSION = ".npy";
    private static final int LONGEST_HEADER = 1 << 16;
    private static final int MOST_DIMENSIONS = 32;
    private static final Pattern DESCR = Pattern.compile("'descr': *'([^']{1,20})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern DIMS = Pattern.compile("'shape': *\\(([0-9, ]*)\\)");
    private static final Map<String, DType> TYPES = Map.of("f8", DType.F64, "f4", DType.F32, "f2", DType.F16, "i8", DType.I64,
            "i4", DType.I32, "i2", DType.I16, "i1", DType.I8, "u1", DType.U8, "b1", DType.BOOL);

    private final String file;
    private final Bytes bytes;

    private NpyFile(String file, Bytes bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    static boolean begins(Bytes bytes) {
        return bytes.length() > MAGIC.length()
                && new String(bytes.copy(0, MAGIC.length()), StandardCharsets.ISO_8859_1).equals(MAGIC);
    }

    /**
     * The one array of a {@code .npy} file.
     *
     * @param file what messages call it
     * @throws InputException if it is damaged, or holds objects or numbers that weights are not made of
     */
    static WeightsFile.Stored array(String file, Bytes bytes) {
        return new NpyFile(file, bytes).read();
    }

    /** Whether an archive is one of {@code numpy.savez}. */
    static boolean isArchive(ZipIndex zip) {
        return zip.names().stream().anyMatch(name -> name.endsWith(EXTENSION));
    }

    /** The arrays of a {@code .npz} archive by name; entries of other kinds are left out. */
    static Map<String, WeightsFile.Stored> archive(String file, ZipIndex zip) {
        Map<String, WeightsFile.Stored> arrays = new LinkedHashMap<>();
        for (String name : zip.names()) {
            if (name.endsWith(EXTENSION)) {
                ZipIndex.Place place = zip.contents(name);
                arrays.put(name.substring(0, name.length() - EXTENSION.length()),
                        array(file + ": array " + Text.plain(name), place.bytes().part(place.from(), place.length())));
            }
        }
        return arrays;
    }

    private WeightsFile.Stored read() {
        if (!begins(bytes) || bytes.length() < 12) {
            throw bad("it is not a .npy file, or its beginning is damaged");
        }
        int start = bytes.u8(6) == 1 ? 10 : 12;
        long length = bytes.u8(6) == 1 ? bytes.u16(8) : bytes.u32(8);
        if (length > LONGEST_HEADER || !bytes.holds(start, length)) {
            throw bad("it is cut off in its header");
        }
        String header = new String(bytes.copy(start, (int) length), StandardCharsets.ISO_8859_1);
        String descr = field(DESCR, header);
        boolean fortran = field(ORDER, header).equals("True");
        DType type = descr.length() < 2 ? null : TYPES.get(descr.substring(1));
        if (type == null || "<>|=".indexOf(descr.charAt(0)) < 0) {
            throw bad("it holds type '" + Text.plain(descr) + "', which is not read");
        }
        int[] dims = dims(field(DIMS, header));
        long count = 1;
        for (int dim : dims) {
            count *= dim;
            if (count > Integer.MAX_VALUE) {
                throw bad("it has 2^31 values or more");
            }
        }
        long from = start + length;
        if (bytes.length() - from != count * type.bytes()) {
            throw bad("shape (" + field(DIMS, header) + ") does not fit the " + (bytes.length() - from) + " bytes of data in it");
        }
        ByteOrder order = descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        return new WeightsFile.Stored(type, new StoredValues(Shape.of(dims), type, bytes, order, from, strides(dims, fortran)));
    }

    private String field(Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw bad(header.contains("'O'") || header.contains("'|O'") || header.contains("[(")
                    ? "it holds Python objects, which are not read" : "its header cannot be read");
        }
        return matcher.group(1);
    }

    private int[] dims(String text) {
        String[] parts = text.replace(" ", "").split(",");
        int rank = parts.length == 1 && parts[0].isEmpty() ? 0 : parts.length;
        if (rank > MOST_DIMENSIONS) {
            throw bad("it has " + rank + " dimensions");
        }
        int[] dims = new int[rank];
        try {
            for (int d = 0; d < rank; d++) {
                dims[d] = Integer.parseInt(parts[d]);
            }
        } catch (NumberFormatException e) {
            throw bad("it has shape (" + Text.plain(text) + ")");
        }
        return dims;
    }

    /** Steps between neighbours: row by row, or column by column as Fortran has it. */
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
        return new InputException(file + ": " + what + "; save it by numpy.save or numpy.savez, with numbers only");
    }
}
