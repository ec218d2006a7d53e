package dev.sectional.weights.internal.onnx;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Reads the description of an ONNX model and leaves the elements of its tensors in the file.
 *
 * <p>The generated classes would copy hundreds of megabytes of weights to the heap. So this class first walks the
 * mapped file along the schema and copies the fields that the schema knows to a second, small message, the description.
 * In it, a {@link Span} with field, offset and length replaces the elements of a tensor. The walk checks every length
 * against the message around it, goes only so many messages deep, and stops when the description is larger than that of
 * any classifier. Neither time nor memory depends on what a file claims.
 */
final class ModelDescriptionReader {
    /** Bytes of the description. That of ResNet-152 has about 200 KB. */
    private static final int MOST_BYTES = 4 << 20;
    /** Fields of the file. Each may become an object. */
    private static final int MOST_FIELDS = 400_000;
    /** Messages within messages. A tensor in a branch in a branch is at 9. */
    private static final int DEEPEST = 20;
    private static final int VARINT_BITS = 64;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final Set<Integer> ELEMENTS =
            Set.of(TensorProto.FLOAT_DATA_FIELD_NUMBER, TensorProto.INT32_DATA_FIELD_NUMBER,
            TensorProto.INT64_DATA_FIELD_NUMBER, TensorProto.RAW_DATA_FIELD_NUMBER,
                    TensorProto.DOUBLE_DATA_FIELD_NUMBER,
            TensorProto.UINT64_DATA_FIELD_NUMBER);

    private final String file;
    private final ByteBuffer bytes;
    private int at;
    private int fields;
    private int copied;
    private int depth;

    private ModelDescriptionReader(String file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /**
     * Returns the model without the elements of its tensors.
     *
     * @param file name of the file in messages
     * @param bytes the whole file
     * @throws InputException if the file is not a model, is damaged, or its description is too large
     */
    static ModelProto read(String file, ByteBuffer bytes) {
        ModelDescriptionReader reader = new ModelDescriptionReader(file, bytes);
        byte[] message = reader.message(ModelProto.getDescriptor(), bytes.limit());
        try {
            return ModelProto.parseFrom(message);
        } catch (InvalidProtocolBufferException damaged) {
            throw CannotRead.file(file, "it is not a whole ONNX model (" + Printable.plain(damaged.getMessage())
                    + "); export or fetch it again", damaged);
        }
    }

    /** Copies the known fields of the message from the current offset to {@code end}. */
    private byte[] message(Descriptor schema, int end) {
        if (++depth > DEEPEST) {
            throw CannotRead.file(file, "it has branches within branches, " + DEEPEST
                    + " messages deep; export the model without branches");
        }
        byte[] content = fields(schema, end);
        depth--;
        return content;
    }

    private byte[] fields(Descriptor schema, int end) {
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
            if (schema == TensorProto.getDescriptor() && ELEMENTS.contains(number)) {
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

    /** Moves to the end of a field's content and returns the offset of its start. */
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
            default -> throw damaged("a field with an unknown wire type");
        };
        if (length < 0 || length > end - at) {
            throw damaged("a field that is longer than its message");
        }
        int body = at;
        at += (int) length;
        return body;
    }

    /** Writes the position of a tensor's elements in their place. */
    private void span(int number, int wire, int body, ByteArrayOutputStream out) {
        if (wire != DELIMITED) {
            throw CannotRead.file(file,
                    "a tensor has its elements in fields of their own, not packed; save the model again");
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
                throw damaged("a field without an end");
            }
            byte b = bytes.get(at++);
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw damaged("a number without an end");
    }

    private InputException tooLarge() {
        return CannotRead.file(file, "its description is larger than that of any classifier; give a model of less than "
                + MOST_FIELDS
                + " fields and " + (MOST_BYTES >> 20) + " MB beside its weights");
    }

    private InputException damaged(String what) {
        return CannotRead.file(file, "it is not a whole ONNX model: " + what + " at byte " + at
                + "; export or fetch it again");
    }
}
