package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** NumPy's .npy files of little-endian float32 in row-major order. */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern HEADER = Pattern.compile(
            "\\{(?=.*'descr': *'([^']*)')(?=.*'fortran_order': *(True|False))(?=.*'shape': *\\(([0-9, ]*)\\)).*\\}\\s*", Pattern.DOTALL);
    /** The data starts at a multiple of this. */
    private static final int ALIGNMENT = 64;

    private Npy() {
    }

    /** Writes the tensor as format version 1.0. */
    public static void write(OutputStream out, Tensor tensor) throws IOException {
        int[] dims = tensor.shape().dims();
        String shape = IntStream.of(dims).mapToObj(String::valueOf).collect(Collectors.joining(", ")) + (dims.length == 1 ? "," : "");
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
        int length = MAGIC.length + 4 + header.length() + 1;
        header += " ".repeat((ALIGNMENT - length % ALIGNMENT) % ALIGNMENT) + "\n";
        ByteBuffer bytes = ByteBuffer.allocate(MAGIC.length + 4 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) header.length());
        bytes.put(header.getBytes(StandardCharsets.US_ASCII));
        out.write(bytes.array());
        ByteBuffer data = ByteBuffer.allocate(tensor.shape().size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(tensor.data());
        out.write(data.array());
    }

    /**
     * Reads an image {@code (3, H, W)}.
     *
     * @throws InputException if the file is anything else, is cut off, or holds a value that is not finite
     */
    public static Tensor readImage(Path file) {
        PictureFile.requireFile(file);
        try {
            if (Files.size(file) > Integer.MAX_VALUE - 64) {
                throw wrong(file, "it is too large for one image");
            }
            return readImage(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * Reads an image {@code (3, H, W)} from the bytes of a file.
     *
     * @param file for messages
     * @throws InputException as {@link #readImage(Path)}
     */
    public static Tensor readImage(Path file, byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        if (content.length < 12 || !bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
            throw wrong(file, "it is not a .npy file");
        }
        int start = content[6] == 1 ? 10 : 12;
        long length = content[6] == 1 ? bytes.getShort(8) & 0xFFFF : bytes.getInt(8) & 0xFFFFFFFFL;
        if (start + length > content.length) {
            throw wrong(file, "it is cut off in its header");
        }
        Matcher header = HEADER.matcher(new String(content, start, (int) length, StandardCharsets.ISO_8859_1));
        if (!header.matches()) {
            throw wrong(file, "its header cannot be read");
        }
        if (!header.group(1).equals("<f4") || header.group(2).equals("True")) {
            throw wrong(file, "it holds type '" + header.group(1) + "'" + (header.group(2).equals("True") ? " in Fortran order" : ""));
        }
        return image(file, dims(file, header.group(3)), bytes.position(start + (int) length).slice());
    }

    private static long[] dims(Path file, String shape) {
        String[] parts = shape.replace(" ", "").split(",");
        try {
            return Arrays.stream(parts).filter(part -> !part.isEmpty()).mapToLong(Integer::parseInt).toArray();
        } catch (NumberFormatException e) {
            throw wrong(file, "it has shape (" + shape + ")");
        }
    }

    private static Tensor image(Path file, long[] dims, ByteBuffer data) {
        String shape = "(" + Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(", ")) + ")";
        if (dims.length != 3 || dims[0] != 3 || dims[1] == 0 || dims[2] == 0) {
            throw wrong(file, "it has shape " + shape);
        }
        long places = dims[1] * dims[2];
        if (places > Integer.MAX_VALUE / 12 || data.remaining() != 12 * places) {
            throw wrong(file, "shape " + shape + " does not fit the " + data.remaining() + " bytes of data in it");
        }
        Tensor tensor = Tensor.zeros(Shape.of(3, (int) dims[1], (int) dims[2]));
        data.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(tensor.data());
        for (float value : tensor.data()) {
            if (!Float.isFinite(value)) {
                throw wrong(file, "it holds the value " + value);
            }
        }
        return tensor;
    }

    private static InputException wrong(Path file, String what) {
        return new InputException(file + ": " + what + "; give a float32 array (3, H, W) as numpy.save writes it");
    }
}
