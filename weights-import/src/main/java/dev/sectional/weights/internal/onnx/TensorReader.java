package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.MappedTensor;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Finds the values of ONNX's tensors, in the model's file or in files beside it. Floats of every width, raw or typed,
 * stay mapped. What a tensor claims is checked against the bytes that are there before it is handed out.
 */
final class TensorReader {
    /** ONNX's numbers for types of elements; the others are text, complex, unsigned beyond 8 bits, or of 8 bits and less. */
    private static final Map<Integer, DType> TYPES = Map.of(1, DType.F32, 2, DType.U8, 3, DType.I8, 5, DType.I16, 6, DType.I32,
            7, DType.I64, 9, DType.BOOL, 10, DType.F16, 11, DType.F64, 16, DType.BF16);
    private static final Set<DType> WHOLE = Set.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64, DType.BOOL);
    private static final int DEEPEST = 16;

    private final String file;
    private final ByteBuffer bytes;
    private final MappedFile mapped;
    private final ExternalData files;

    /**
     * @param file what messages call the model
     * @param bytes the model's file
     * @param mapped the same
     * @param files those beside it
     */
    TensorReader(String file, ByteBuffer bytes, MappedFile mapped, ExternalData files) {
        this.file = file;
        this.bytes = bytes;
        this.mapped = mapped;
        this.files = files;
    }

    /**
     * The tensor.
     *
     * @param what names it in messages
     * @throws InputException if its type or form is not read, or its values are not all there
     */
    ConstantValue read(String what, TensorProto tensor) {
        String where = file + ": " + what;
        DType type = TYPES.get(tensor.getDataType());
        if (type == null) {
            throw new InputException(where + " has elements of ONNX's type " + tensor.getDataType()
                    + ", which is not read; use float, float16, bfloat16, double or whole numbers");
        }
        Shape shape = shape(where, tensor);
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            ExternalData.Run run = files.external(where, tensor.getExternalDataList(), (long) shape.size() * type.bytes());
            return fixed(type, shape, run.bytes(), run.file());
        }
        if (tensor.getSpanCount() == 0 && shape.size() == 0) {
            return fixed(type, shape, ByteBuffer.allocate(0), null);
        }
        if (tensor.getSpanCount() != 1) {
            throw new InputException(where + (tensor.getSpanCount() == 0 ? " has no values" : " has its values in several pieces")
                    + "; save the model again");
        }
        Span span = tensor.getSpan(0);
        ByteBuffer values = bytes.slice((int) span.getOffset(), (int) span.getLength());
        int field = span.getField();
        boolean fixed = field == TensorProto.RAW_DATA_FIELD_NUMBER || field == TensorProto.FLOAT_DATA_FIELD_NUMBER && type == DType.F32
                || field == TensorProto.DOUBLE_DATA_FIELD_NUMBER && type == DType.F64;
        if (fixed) {
            requireLength(where, type, shape, values.limit());
            return fixed(type, shape, values, mapped);
        }
        boolean varints = type == DType.I64 ? field == TensorProto.INT64_DATA_FIELD_NUMBER
                : field == TensorProto.INT32_DATA_FIELD_NUMBER && type != DType.F32 && type != DType.F64;
        if (!varints) {
            throw new InputException(where + " has its " + type + " values in a field for another type; save the model again");
        }
        return varints(where, type, shape, values, mapped);
    }

    private static Shape shape(String where, TensorProto tensor) {
        int[] dims = new int[tensor.getDimsCount()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = (int) Math.max(-1, Math.min(Integer.MAX_VALUE, tensor.getDims(i)));
        }
        try {
            if (dims.length > DEEPEST) {
                throw new IllegalArgumentException("it has " + dims.length + " dimensions");
            }
            return Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw new InputException(where + " has a shape that cannot be: " + e.getMessage(), e);
        }
    }

    private static void requireLength(String where, DType type, Shape shape, long length) {
        long wanted = (long) shape.size() * type.bytes();
        if (length != wanted) {
            throw new InputException(where + " of " + type + " and shape " + shape + " takes " + wanted + " bytes, the file has " + length
                    + "; export or fetch it again");
        }
    }

    private static ConstantValue fixed(DType type, Shape shape, ByteBuffer values, MappedFile watched) {
        boolean kept = WHOLE.contains(type) && shape.size() <= ConstantValue.MOST_WHOLE;
        ByteBuffer ordered = values.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long[] whole = kept ? IntStream.range(0, shape.size()).mapToLong(i -> whole(ordered, type, i)).toArray() : null;
        return new ConstantValue(type, new MappedTensor(shape, type, values, watched), whole);
    }

    private static long whole(ByteBuffer values, DType type, int i) {
        return switch (type) {
            case I64 -> values.getLong(i * Long.BYTES);
            case I32 -> values.getInt(i * Integer.BYTES);
            case I16 -> values.getShort(i * Short.BYTES);
            case I8 -> values.get(i);
            default -> values.get(i) & 0xFF;
        };
    }

    private static ConstantValue varints(String where, DType type, Shape shape, ByteBuffer values, MappedFile watched) {
        VarintArray numbers;
        try {
            numbers = new VarintArray(shape.size(), values);
        } catch (IllegalArgumentException e) {
            throw new InputException(where + " of shape " + shape + " " + e.getMessage() + "; export or fetch it again", e);
        }
        TensorSource source = new Converted(shape, type, numbers, watched);
        boolean kept = WHOLE.contains(type) && shape.size() <= ConstantValue.MOST_WHOLE;
        return new ConstantValue(type, source, kept ? numbers.read(0, shape.size()) : null);
    }

    /** Halves are stored as the number that their bits make. */
    private record Converted(Shape shape, DType type, VarintArray numbers, MappedFile watched) implements TensorSource {
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
