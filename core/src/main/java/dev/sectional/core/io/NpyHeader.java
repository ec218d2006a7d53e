package dev.sectional.core.io;

import dev.sectional.core.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of a NumPy {@code .npy} file, versions 1 to 3 (NumPy Enhancement Proposal 1).
 *
 * @param descr NumPy's name of the element type, such as {@code <f4}
 * @param fortran whether elements are in column-major order
 * @param shape the dimensions; not yet compared with the file's length
 * @param dataStart index of the first byte of the elements
 */
public record NpyHeader(String descr, boolean fortran, long[] shape, int dataStart) {
    /** Greatest number of bytes that {@link #of} reads. */
    public static final int LONGEST = 12 + (1 << 16);
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCR = Pattern.compile("'descr': *'([^']{2,20})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9, ]*)\\)");
    private static final int MAX_DIMENSIONS = 32;
    private static final Map<String, DType> TYPES = Map.of("f8", DType.F64, "f4", DType.F32, "f2", DType.F16,
            "i8", DType.I64, "i4", DType.I32, "i2", DType.I16, "i1", DType.I8, "u1", DType.U8, "b1", DType.BOOL);

    /**
     * {@return whether the first bytes of a file are those of a {@code .npy} file}
     *
     * @param file the first bytes of a file
     */
    public static boolean begins(byte[] file) {
        return file.length >= MAGIC.length && Arrays.equals(Arrays.copyOf(file, MAGIC.length), MAGIC);
    }

    /**
     * Parses a header.
     *
     * @param file the first {@link #LONGEST} bytes of the file, or all of it
     * @return the header
     * @throws IllegalArgumentException if it is not valid; the message is a predicate, to follow the name of the file
     */
    public static NpyHeader of(byte[] file) {
        if (!begins(file) || file.length < 12) {
            throw new IllegalArgumentException("is not a .npy file, or its beginning is damaged");
        }
        if (file[6] < 1 || file[6] > 3) {
            throw new IllegalArgumentException("has version " + (file[6] & 0xFF) + " of the format, of which 1 to 3 are"
                    + " known; write it with numpy.save");
        }
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int start = file[6] == 1 ? 10 : 12;
        long length = file[6] == 1 ? bytes.getShort(8) & 0xFFFF : bytes.getInt(8) & 0xFFFFFFFFL;
        if (length > file.length - start) {
            throw new IllegalArgumentException("is cut off in its header");
        }
        String header = new String(file, start, (int) length, StandardCharsets.ISO_8859_1);
        boolean fortran = field(ORDER, header).equals("True");
        return new NpyHeader(field(DESCR, header), fortran, shape(field(SHAPE, header)), start + (int) length);
    }

    /** {@return the element type, or null if it is not supported} */
    public DType type() {
        return "<>|=".indexOf(descr.charAt(0)) < 0 ? null : TYPES.get(descr.substring(1));
    }

    /** {@return the byte order of the elements} */
    public ByteOrder order() {
        return descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** {@return the shape in parentheses: {@code (2, 3)}} */
    public String shapeText() {
        return Arrays.stream(shape).mapToObj(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }

    private static String field(Pattern pattern, String header) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new IllegalArgumentException("has a header that cannot be read");
        }
        return matcher.group(1);
    }

    private static long[] shape(String text) {
        String[] parts = text.replace(" ", "").split(",");
        int rank = parts.length == 1 && parts[0].isEmpty() ? 0 : parts.length;
        try {
            if (rank <= MAX_DIMENSIONS) {
                return Arrays.stream(parts, 0, rank).mapToLong(Integer::parseInt).toArray();
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("has shape (" + text + ")", e);
        }
        throw new IllegalArgumentException("has a shape of " + rank + " dimensions");
    }
}
