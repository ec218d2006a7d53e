package dev.sectional.images.files;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.NpyHeader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reads and writes NumPy's .npy files of little-endian float32 in row-major order. */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    /** The data starts at a multiple of this many bytes. */
    private static final int ALIGNMENT = 64;
    private static final int MOST_CHANNELS = 1 << 16;

    private Npy() {
    }

    /**
     * Writes a tensor of any shape in format version 1.0. The stream stays open.
     *
     * @param out receives the file; stays open
     * @param tensor of any shape
     * @throws IOException if it cannot be written
     */
    public static void write(OutputStream out, Tensor tensor) throws IOException {
        int[] dims = tensor.shape().dims();
        String shape = IntStream.of(dims).mapToObj(String::valueOf).collect(Collectors.joining(", "))
                + (dims.length == 1 ? "," : "");
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
     * Reads an image {@code (C, H, W)}, in C or Fortran order.
     *
     * @param file for messages
     * @return {@code (C, H, W)}
     * @throws InputException if the file holds another type or shape, is cut off, or has a value that is not finite
     */
    public static Tensor readImage(Path file) {
        InputFiles.requireReadable(file);
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
     * Reads an image {@code (C, H, W)} from the bytes of a file.
     *
     * @param file its name, for messages
     * @param content the bytes of the file
     * @return {@code (C, H, W)}
     * @throws InputException as {@link #readImage(Path)}
     */
    public static Tensor readImage(Path file, byte[] content) {
        NpyHeader header;
        try {
            header = NpyHeader.of(content);
        } catch (IllegalArgumentException e) {
            throw wrong(file, "it " + e.getMessage());
        }
        if (!header.descr().equals("<f4")) {
            throw wrong(file, "it holds type '" + header.descr() + "'");
        }
        return image(file, header, ByteBuffer.wrap(content).position(header.dataStart()).slice());
    }

    private static Tensor image(Path file, NpyHeader header, ByteBuffer data) {
        long[] dims = header.shape();
        String shape = header.shapeText();
        if (dims.length != 3 || dims[0] == 0 || dims[0] > MOST_CHANNELS || dims[1] == 0 || dims[2] == 0) {
            throw wrong(file, "it has shape " + shape);
        }
        int channels = (int) dims[0];
        long pixels = dims[1] * dims[2];
        if (pixels > Integer.MAX_VALUE / Float.BYTES / channels
                || data.remaining() != Float.BYTES * channels * pixels) {
            throw wrong(file, "shape " + shape + " does not fit the " + data.remaining() + " bytes of data in it");
        }
        Tensor tensor = Tensor.zeros(Shape.of(channels, (int) dims[1], (int) dims[2]));
        FloatBuffer values = data.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        if (header.fortran()) {
            readColumnMajor(values, tensor);
        } else {
            values.get(tensor.data());
        }
        for (float value : tensor.data()) {
            if (!Float.isFinite(value)) {
                throw wrong(file, "it holds the value " + value);
            }
        }
        return tensor;
    }

    /** Reads an array in Fortran order, in which the channel changes fastest, then the row. */
    private static void readColumnMajor(FloatBuffer values, Tensor tensor) {
        int channels = tensor.shape().dim(0);
        int rows = tensor.shape().dim(1);
        int columns = tensor.shape().dim(2);
        for (int i = 0; i < tensor.data().length; i++) {
            int row = i / channels % rows;
            int column = i / channels / rows;
            tensor.data()[(i % channels * rows + row) * columns + column] = values.get(i);
        }
    }

    private static InputException wrong(Path file, String what) {
        return new InputException(file + ": " + what + "; give a float32 array (C, H, W) as numpy.save writes it");
    }
}
