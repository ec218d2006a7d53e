package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.MappedTensor;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Finds the elements of ONNX tensors, in the model's file or in files beside it. Elements stay mapped, whatever their
 * width and field. Every tensor's description is checked against the bytes that are there.
 */
final class TensorReader {
    /**
     * ONNX's numbers of element types. Text, complex, unsigned beyond 8 bits, and 8-bit or smaller floats are missing.
     */
    private static final Map<Integer, DType> TYPES =
            Map.of(1, DType.F32, 2, DType.U8, 3, DType.I8, 5, DType.I16, 6, DType.I32,
            7, DType.I64, 9, DType.BOOL, 10, DType.F16, 11, DType.F64, 16, DType.BF16);
    private static final Set<DType> INTEGERS = Set.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64, DType.BOOL);
    private static final int MOST_DIMENSIONS = 16;

    private final String file;
    private final ByteBuffer bytes;
    private final MappedFile mapped;
    private final ExternalData external;
    /** Tensors by their descriptions, so that a tensor is the same object whoever reads it. */
    private final Map<TensorProto, ConstantValue> known = new ConcurrentHashMap<>();

    /**
     * Creates a reader of a model's tensors.
     *
     * @param file name of the model's file in messages
     * @param bytes of that file
     * @param mapped that file
     * @param external files beside it
     */
    TensorReader(String file, ByteBuffer bytes, MappedFile mapped, ExternalData external) {
        this.file = file;
        this.bytes = bytes;
        this.mapped = mapped;
        this.external = external;
    }

    /**
     * Returns a tensor.
     *
     * @param name of the tensor in messages, such as {@code tensor 'w'}
     * @throws InputException if its type or form is not supported, or elements are missing
     */
    ConstantValue read(String name, TensorProto tensor) {
        return known.computeIfAbsent(tensor, description -> found(name, description));
    }

    private ConstantValue found(String name, TensorProto tensor) {
        DType type = TYPES.get(tensor.getDataType());
        if (type == null) {
            throw failure(name, "has elements of ONNX's type " + tensor.getDataType()
                    + ", which is not supported; use float, float16, bfloat16, double or integers");
        }
        Shape shape = shape(name, tensor);
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            long length = (long) shape.size() * type.bytes();
            ExternalData.Range range = external.map(name, tensor.getExternalDataList(), length);
            return fixedWidth(type, shape, range.bytes(), range.file());
        }
        if (tensor.getSpanCount() == 0 && shape.size() == 0) {
            return fixedWidth(type, shape, ByteBuffer.allocate(0), null);
        }
        if (tensor.getSpanCount() != 1) {
            throw failure(name, "has " + (tensor.getSpanCount() == 0 ? "no elements" : "its elements in several fields")
                    + "; save the model again");
        }
        return inFile(name, type, shape, tensor.getSpan(0));
    }

    /** Returns a tensor whose elements lie in the model's file, in the field and range that the span gives. */
    private ConstantValue inFile(String name, DType type, Shape shape, Span span) {
        ByteBuffer elements = bytes.slice((int) span.getOffset(), (int) span.getLength());
        int field = span.getField();
        boolean fixedWidth = field == TensorProto.RAW_DATA_FIELD_NUMBER
                || field == TensorProto.FLOAT_DATA_FIELD_NUMBER && type == DType.F32
                || field == TensorProto.DOUBLE_DATA_FIELD_NUMBER && type == DType.F64;
        if (fixedWidth) {
            long wanted = (long) shape.size() * type.bytes();
            if (elements.limit() != wanted) {
                throw failure(name, "of " + type + " and shape " + shape + " takes " + wanted + " bytes, the file has "
                        + elements.limit() + "; export or fetch it again");
            }
            return fixedWidth(type, shape, elements, mapped);
        }
        boolean varints = type == DType.I64 ? field == TensorProto.INT64_DATA_FIELD_NUMBER
                : field == TensorProto.INT32_DATA_FIELD_NUMBER && type != DType.F32 && type != DType.F64;
        if (!varints) {
            throw failure(name, "has its " + type + " elements in a field for another type; save the model again");
        }
        return varints(name, type, shape, elements);
    }

    private Shape shape(String name, TensorProto tensor) {
        int[] dims = new int[tensor.getDimsCount()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = (int) Math.max(-1, Math.min(Integer.MAX_VALUE, tensor.getDims(i)));
        }
        try {
            if (dims.length > MOST_DIMENSIONS) {
                throw new IllegalArgumentException("it has " + dims.length + " dimensions");
            }
            return Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, name + " has an impossible shape: " + e.getMessage() + "; export it again", e);
        }
    }

    private static ConstantValue fixedWidth(DType type, Shape shape, ByteBuffer elements, MappedFile watched) {
        boolean kept = INTEGERS.contains(type) && shape.size() <= ConstantValue.MOST_INTEGERS;
        ByteBuffer ordered = elements.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long[] integers = kept ? IntStream.range(0, shape.size()).mapToLong(i -> integer(ordered, type, i)).toArray()
                : null;
        return new ConstantValue(type, new MappedTensor(shape, type, elements, watched), integers);
    }

    private static long integer(ByteBuffer elements, DType type, int i) {
        return switch (type) {
            case I64 -> elements.getLong(i * Long.BYTES);
            case I32 -> elements.getInt(i * Integer.BYTES);
            case I16 -> elements.getShort(i * Short.BYTES);
            case I8 -> elements.get(i);
            default -> elements.get(i) & 0xFF;
        };
    }

    private ConstantValue varints(String name, DType type, Shape shape, ByteBuffer elements) {
        VarintArray numbers;
        try {
            numbers = new VarintArray(shape.size(), elements);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, name + " of shape " + shape + " " + e.getMessage()
                    + "; export or fetch it again", e);
        }
        TensorSource source = new VarintTensor(shape, type, numbers, mapped);
        boolean kept = INTEGERS.contains(type) && shape.size() <= ConstantValue.MOST_INTEGERS;
        return new ConstantValue(type, source, kept ? numbers.read(0, shape.size()) : null);
    }

    private InputException failure(String name, String reason) {
        return CannotRead.file(file, name + " " + reason);
    }

    /** A tensor stored as varints. Half precision is stored as the integer of its bits. */
    private record VarintTensor(Shape shape, DType type, VarintArray numbers, MappedFile watched)
            implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            watched.requireWhole();
            long[] part = read(from, count);
            for (int i = 0; i < count; i++) {
                into[at + i] = switch (type) {
                    case F16 -> DType.halfToFloat((short) part[i]);
                    case BF16 -> DType.bfloat16ToFloat((short) part[i]);
                    default -> part[i];
                };
            }
        }

        private long[] read(int from, int count) {
            try {
                return numbers.read(from, count);
            } catch (InternalError e) {
                throw MappedFile.explained(e);
            }
        }
    }
}
