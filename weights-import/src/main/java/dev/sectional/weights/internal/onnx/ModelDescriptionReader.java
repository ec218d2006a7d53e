package dev.sectional.weights.internal.onnx;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sectional.core.InputException;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Reads the description of an ONNX model and leaves the values of its tensors where they are.
 *
 * <p>The generated classes would copy hundreds of megabytes of weights to the heap. So the mapped file is walked along the
 * schema first, and what the schema knows is copied to a second, small message: the skeleton. In it, every run of
 * values is replaced by a {@link Span} that says where in the file it lies. The walk checks each length against what
 * surrounds it, goes as deep as the schema, which does not nest in itself, and gives up when the description is larger
 * than that of any classifier; so neither time nor memory depends on what a file claims.
 */
final class ModelDescriptionReader {
    /** Bytes of description; that of ResNet-152 has about 200 KB. */
    private static final int MOST_BYTES = 4 << 20;
    /** Fields of the file, of which each may become an object. */
    private static final int MOST_FIELDS = 400_000;
    private static final int VARINT_BITS = 64;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final Set<Integer> VALUES = Set.of(TensorProto.FLOAT_DATA_FIELD_NUMBER, TensorProto.INT32_DATA_FIELD_NUMBER,
            TensorProto.INT64_DATA_FIELD_NUMBER, TensorProto.RAW_DATA_FIELD_NUMBER, TensorProto.DOUBLE_DATA_FIELD_NUMBER,
            TensorProto.UINT64_DATA_FIELD_NUMBER);

    private final String file;
    private final ByteBuffer bytes;
    private int at;
    private int fields;
    private int copied;

    private ModelDescriptionReader(String file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /**
     * The model without its values.
     *
     * @param file what messages call the file
     * @param bytes the whole file
     * @throws InputException if this is not a model, it is damaged, or its description is too large
     */
    static ModelProto read(String file, ByteBuffer bytes) {
        ModelDescriptionReader skeleton = new ModelDescriptionReader(file, bytes);
        byte[] message = skeleton.message(ModelProto.getDescriptor(), bytes.limit());
        try {
            return ModelProto.parseFrom(message);
        } catch (InvalidProtocolBufferException damaged) {
            throw new InputException(file + ": is not a whole ONNX model (" + damaged.getMessage() + "); export or fetch it again", damaged);
        }
    }

    /** Copies the known fields of the message that lies between here and {@code end}. */
    private byte[] message(Descriptor schema, int end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (at < end) {
            if (++fields > MOST_FIELDS) {
                throw tooLarge();
            }
            int start = at;
            long tag = varint(end);
            int number = (int) (tag >>> 3);
            if (tag >>> 32 != 0 || number == 0) {
                throw damaged("a field's number");
            }
            int wire = (int) tag & 7;
            int body = body(wire, end);
            FieldDescriptor field = schema.findFieldByNumber(number);
            if (field == null || schema == TensorProto.getDescriptor() && number == TensorProto.SPAN_FIELD_NUMBER) {
                continue;
            }
            if (schema == TensorProto.getDescriptor() && VALUES.contains(number)) {
                span(number, wire, body, out);
            } else if (wire == DELIMITED && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                int stop = at;
                at = body;
                delimited(number, message(field.getMessageType(), stop), out);
            } else {
                copy(start, at, out);
            }
        }
        return out.toByteArray();
    }

    /** Moves behind the field's content; returns where that begins. */
    private int body(int wire, int end) {
        long length = switch (wire) {
            case VARINT -> {
                int from = at;
                varint(end);
                long varint = at - from;
                at = from;
                yield varint;
            }
            case FIXED64 -> Long.BYTES;
            case FIXED32 -> Integer.BYTES;
            case DELIMITED -> varint(end);
            default -> throw damaged("a field of a kind that does not exist");
        };
        if (length < 0 || length > end - at) {
            throw damaged("a field that is longer than what is left");
        }
        int body = at;
        at += (int) length;
        return body;
    }

    private void span(int number, int wire, int body, ByteArrayOutputStream out) {
        if (wire != DELIMITED) {
            throw new InputException(file + ": a tensor has its values one by one, in a form that no program writes; save the model again");
        }
        delimited(TensorProto.SPAN_FIELD_NUMBER,
                Span.newBuilder().setField(number).setOffset(body).setLength(at - body).build().toByteArray(), out);
    }

    private void delimited(int number, byte[] content, ByteArrayOutputStream out) {
        put((long) number << 3 | DELIMITED, out);
        put(content.length, out);
        out.writeBytes(content);
    }

    private void copy(int from, int to, ByteArrayOutputStream out) {
        copied = Math.addExact(copied, to - from);
        if (copied > MOST_BYTES) {
            throw tooLarge();
        }
        byte[] part = new byte[to - from];
        bytes.get(from, part);
        out.writeBytes(part);
    }

    private static void put(long value, ByteArrayOutputStream out) {
        long rest = value;
        while (rest >>> 7 != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private long varint(int end) {
        long value = 0;
        for (int shift = 0; shift < VARINT_BITS; shift += 7) {
            if (at >= end) {
                throw damaged("a field without its end");
            }
            byte b = bytes.get(at++);
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw damaged("a number without its end");
    }

    private InputException tooLarge() {
        return new InputException(file + ": describes far more than a classifier has; give a model of less than " + MOST_FIELDS
                + " fields and " + (MOST_BYTES >> 20) + " MB beside its weights");
    }

    private InputException damaged(String what) {
        return new InputException(file + ": is not a whole ONNX model: " + what + " at byte " + at + "; export or fetch it again");
    }
}
