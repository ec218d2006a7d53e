package dev.sectional.core.io;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A safetensors file, open for reading, or one in memory: eight bytes of header length, a JSON header, then the
 * tensors' bytes, all little-endian. The file is mapped; opening it reads the header only.
 *
 * <p>Every claim of the header is checked against the file's length before memory is allocated. A violation is an
 * {@link InputException} that names the file.
 *
 * <p>Ownership: who opens the file closes it. {@link #tensor} returns a copy; {@link #source} returns a tensor that
 * stays in the file and remains readable after {@link #close}, see {@link MappedFile}. Safe for use by several threads.
 */
public final class Safetensors implements AutoCloseable {
    private static final int PREFIX = 8;
    /** Limit of the format's own library. */
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final int MAX_DIMENSIONS = 32;

    private final String file;
    private final MappedFile mapped;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(DType type, Shape shape, long begin, long end) {
    }

    private Safetensors(MappedFile mapped) {
        this.file = mapped.name();
        this.mapped = mapped;
    }

    /**
     * Opens a file and checks its header.
     *
     * @param file of any file system
     * @return the open file, to be closed by the caller
     * @throws InputException if the file is missing, cannot be read, or is not a complete safetensors file
     */
    public static Safetensors open(Path file) {
        Objects.requireNonNull(file, "file");
        if (Files.exists(file) && !Files.isRegularFile(file)) {   // opening a pipe would block
            String kind = Files.isDirectory(file) ? "a folder" : "not a plain file";
            throw new InputException(file + ": is " + kind + ", wanted a safetensors file");
        }
        try {
            return of(MappedFile.open(file));
        } catch (NoSuchFileException e) {
            throw new InputException(file + ": there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new InputException(file + ": this user is not allowed to read it", e);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Reads the header of a file that is open, or of memory, and checks it as {@link #open} does.
     *
     * @param content closed with the result, and at once if it is refused
     * @return the file, to be closed by the caller
     * @throws InputException if it cannot be read, or is not a complete safetensors file
     */
    public static Safetensors of(MappedFile content) {
        Safetensors opened = new Safetensors(content);
        boolean complete = false;
        try {
            opened.readHeader();
            complete = true;
            return opened;
        } catch (IOException e) {
            throw new InputException(opened.file + ": cannot be read (" + e.getMessage() + ")", e);
        } finally {
            if (!complete) {
                closeQuietly(content);
            }
        }
    }

    private static void closeQuietly(MappedFile mapped) {
        try {
            mapped.close();
        } catch (IOException e) {
            // The file was only read, and an earlier failure is already being reported.
        }
    }

    private void readHeader() throws IOException {
        long size = mapped.length();
        if (size < PREFIX) {
            throw wrong("holds " + size + " bytes, too few for a header: it is empty or cut off");
        }
        long length = read(0, PREFIX).getLong();
        if (length < 2 || length > Math.min(size - PREFIX, MAX_HEADER_BYTES)) {
            throw wrong("its header claims " + Long.toUnsignedString(length) + " bytes, the file has " + size
                    + ": it is cut off or not a safetensors file");
        }
        Map<String, Object> header = parse(read(PREFIX, (int) length));
        readMetadata(header.remove("__metadata__"));
        long dataStart = PREFIX + length;
        List<Map.Entry<String, Entry>> found = new ArrayList<>();
        header.forEach((name, value) -> found.add(Map.entry(name, entry(name, value, dataStart, size))));
        found.sort(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin)
                .thenComparing(e -> e.getValue().end));
        checkLayout(found, dataStart, size);
    }

    private Map<String, Object> parse(ByteBuffer header) {
        try {
            // A new decoder, because Charset.decode replaces malformed input instead of refusing it.
            return Json.object(StandardCharsets.UTF_8.newDecoder().decode(header).toString());
        } catch (CharacterCodingException e) {
            throw wrong("its header is not UTF-8 text: the file is damaged or not a safetensors file");
        } catch (IllegalArgumentException e) {
            throw wrong("its header is not the JSON of a safetensors file: " + e.getMessage());
        }
    }

    private void readMetadata(Object values) {
        if (values == null) {
            return;
        }
        if (!(values instanceof Map<?, ?> map)) {
            throw wrong("__metadata__ in its header is not an object of strings");
        }
        map.forEach((key, value) -> {
            if (!(value instanceof String text)) {
                throw wrong("__metadata__ '" + key + "' in its header is not a string");
            }
            metadata.put((String) key, text);
        });
    }

    private ByteBuffer read(long from, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        mapped.read(from, buffer);
        return buffer.flip();
    }

    private Entry entry(String name, Object value, long dataStart, long size) {
        if (!(value instanceof Map<?, ?> map) || !(map.get("dtype") instanceof String type)
                || !(map.get("shape") instanceof List<?> dims) || !(map.get("data_offsets") instanceof List<?> offsets)
                || offsets.size() != 2
                || !(offsets.get(0) instanceof Long begin) || !(offsets.get(1) instanceof Long end)) {
            throw wrong("tensor '" + name + "' lacks a dtype, a shape or two data offsets");
        }
        Shape shape = shape(name, dims);
        DType dtype = null;
        for (DType known : DType.values()) {
            dtype = known.name().equals(type) ? known : dtype;
        }
        if (dtype == null) {
            throw wrong("tensor '" + name + "' has type '" + type + "', which is not supported: convert it to F32");
        }
        if (begin < 0 || end < begin || end - begin != (long) shape.size() * dtype.bytes()) {
            throw wrong("tensor '" + name + "' of shape " + shape + " and type " + type + " lies at bytes " + begin
                    + " to " + end + ", which is not its size");
        }
        if (end > size - dataStart) {
            throw wrong("tensor '" + name + "' ends " + end + " bytes after the header, the file has "
                    + (size - dataStart) + " there: it is cut off");
        }
        return new Entry(dtype, shape, dataStart + begin, dataStart + end);
    }

    private Shape shape(String name, List<?> dims) {
        if (dims.size() > MAX_DIMENSIONS) {
            throw wrong("tensor '" + name + "' has " + dims.size() + " dimensions, more than any network's");
        }
        int[] sizes = new int[dims.size()];
        for (int i = 0; i < sizes.length; i++) {
            if (!(dims.get(i) instanceof Long dim) || dim < 0 || dim > Integer.MAX_VALUE) {
                throw wrong("tensor '" + name + "' has a dimension of " + dims.get(i));
            }
            sizes[i] = dim.intValue();
        }
        try {
            return Shape.of(sizes);
        } catch (IllegalArgumentException e) {
            throw wrong("tensor '" + name + "': " + e.getMessage());
        }
    }

    /** Checks that the tensors follow one another without overlap or gap and fill the file. */
    private void checkLayout(List<Map.Entry<String, Entry>> found, long dataStart, long size) {
        long expected = dataStart;
        for (Map.Entry<String, Entry> each : found) {
            Entry entry = each.getValue();
            if (entry.begin != expected) {
                String fault = entry.begin < expected ? "overlaps the one before it" : "leaves a gap before it";
                throw wrong("tensor '" + each.getKey() + "' " + fault);
            }
            expected = entry.end;
            entries.put(each.getKey(), entry);
        }
        if (expected != size) {
            throw wrong((size - expected) + " bytes follow the last tensor");
        }
    }

    private InputException wrong(String fault) {
        return new InputException(file + ": " + fault);
    }

    /** {@return the name of the file, or of what memory holds, as messages have it} */
    public String name() {
        return file;
    }

    /** {@return the metadata of the header in its order; empty if there is none} The map cannot be changed. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** {@return the tensors' names in the order of the file} The set cannot be changed. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * {@return whether the file has a tensor of the given name}
     *
     * @param name of a tensor
     */
    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /**
     * {@return the shape of a tensor}
     *
     * @param name of a tensor
     * @throws InputException if the file has no such tensor
     */
    public Shape shape(String name) {
        return entry(name).shape;
    }

    /**
     * {@return the type of a tensor's stored elements}
     *
     * @param name of a tensor
     * @throws InputException if the file has no such tensor
     */
    public DType type(String name) {
        return entry(name).type;
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw wrong("there is no tensor '" + name + "'");
        }
        return entry;
    }

    /**
     * {@return a tensor that stays in the file and is converted to float32 as it is read} It remains readable after
     * {@link #close}: the mapping lives as long as the source.
     *
     * @param name of a tensor
     * @throws InputException if the file has no such tensor, or the tensor is larger than one mapping of 2 GiB
     */
    public TensorSource source(String name) {
        Entry entry = entry(name);
        return new MappedTensor(entry.shape, entry.type, map(entry), mapped, entry.begin);
    }

    private ByteBuffer map(Entry entry) {
        long length = entry.end - entry.begin;
        if (length > Integer.MAX_VALUE) {
            throw wrong("a tensor of " + length + " bytes is larger than one mapping of 2 GiB: store it as F16 or"
                    + " BF16");
        }
        try {
            return mapped.map(entry.begin, length);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be mapped (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Reads a tensor into new memory, as float32.
     *
     * @param name of a tensor
     * @return a new tensor, which belongs to the caller
     */
    public Tensor tensor(String name) {
        return source(name).tensor();
    }

    /**
     * Reads the elements of a tensor in float64: exact, except for I64 elements beyond 2^53.
     *
     * @param name of a tensor
     * @return a new array, in row-major order
     */
    public double[] doubles(String name) {
        Entry entry = entry(name);
        return switch (entry.type) {
            case F64 -> {
                double[] values = new double[entry.shape.size()];
                map(entry).asDoubleBuffer().get(values);
                yield values;
            }
            case F32, F16, BF16 -> {
                float[] floats = tensor(name).data();
                yield IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
            }
            default -> LongStream.of(longs(name)).asDoubleStream().toArray();
        };
    }

    /**
     * Reads the elements of a tensor of integers: I64, I32, I16, I8, U8 or BOOL.
     *
     * @param name of a tensor
     * @return a new array, in row-major order
     * @throws InputException if the tensor has another type
     */
    public long[] longs(String name) {
        Entry entry = entry(name);
        if (EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16).contains(entry.type)) {
            throw wrong("tensor '" + name + "' has type " + entry.type + ", wanted an integer type");
        }
        ByteBuffer bytes = map(entry);
        return IntStream.range(0, entry.shape.size()).mapToLong(i -> Elements.integer(bytes, entry.type, i)).toArray();
    }

    /** Closes the file. Sources that {@link #source} returned keep their mappings. */
    @Override
    public void close() {
        closeQuietly(mapped);
    }
}
