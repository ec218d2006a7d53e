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
 * What stands before the values in a NumPy {@code .npy} file; NumPy Enhancement Proposal 1, versions 1 to 3.
 *
 * @param descr NumPy's name of the type, such as {@code <f4}
 * @param fortran whether values go column by column
 * @param shape the sizes; nothing is known yet about whether so many values follow
 * @param dataStart the byte where the values begin
 */
public record NpyHeader(String descr, boolean fortran, long[] shape, int dataStart) {
    /** Bytes that {@link #of} looks at, at most. */
    public static final int LONGEST = 12 + (1 << 16);
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCR = Pattern.compile("'descr': *'([^']{2,20})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9, ]*)\\)");
    private static final int MOST_DIMENSIONS = 32;
    private static final Map<String, DType> TYPES = Map.of("f8", DType.F64, "f4", DType.F32, "f2", DType.F16, "i8", DType.I64,
            "i4", DType.I32, "i2", DType.I16, "i1", DType.I8, "u1", DType.U8, "b1", DType.BOOL);

    /** Whether a file that begins so is a {@code .npy} file. */
    public static boolean begins(byte[] file) {
        return file.length >= MAGIC.length && Arrays.equals(Arrays.copyOf(file, MAGIC.length), MAGIC);
    }

    /**
     * Reads a header.
     *
     * @param file the first {@link #LONGEST} bytes of the file, or all of it
     * @throws IllegalArgumentException if it is none; says so in words that go on after {@code it}
     */
    public static NpyHeader of(byte[] file) {
        if (!begins(file) || file.length < 12) {
            throw new IllegalArgumentException("is not a .npy file, or its beginning is damaged");
        }
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int start = file[6] == 1 ? 10 : 12;
        long length = file[6] == 1 ? bytes.getShort(8) & 0xFFFF : bytes.getInt(8) & 0xFFFFFFFFL;
        if (length > file.length - start) {
            throw new IllegalArgumentException("is cut off in its header");
        }
        String header = new String(file, start, (int) length, StandardCharsets.ISO_8859_1);
        return new NpyHeader(field(DESCR, header), field(ORDER, header).equals("True"), shape(field(SHAPE, header)), start + (int) length);
    }

    /** The type of the values; null if it is none that weights or images have. */
    public DType type() {
        return "<>|=".indexOf(descr.charAt(0)) < 0 ? null : TYPES.get(descr.substring(1));
    }

    /** The order of a value's bytes. */
    public ByteOrder order() {
        return descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** The shape as NumPy writes it, nearly: {@code (2, 3)}. */
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
            if (rank <= MOST_DIMENSIONS) {
                return Arrays.stream(parts, 0, rank).mapToLong(Integer::parseInt).toArray();
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("has shape (" + text + ")", e);
        }
        throw new IllegalArgumentException("has a shape of " + rank + " dimensions");
    }
}
