package dev.sectional.weights.internal.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/**
 * Changes ONNX models as messages: fields take other values, items of lists go, come twice, change places or come from
 * another model. What comes out is protobuf again with all lengths right, so that the change reaches the importer; now
 * and then bytes are changed instead.
 */
public final class OnnxMutator implements BinaryOperator<byte[]> {
    private static final long[] NUMBERS = {0, 1, 2, 3, 4, 7, 8, 13, -1, -2, 64, 255, 4096, 65536, 1 << 20, 1 << 28,
            Integer.MAX_VALUE, 1L << 31,
        1L << 32, Long.MAX_VALUE, Long.MIN_VALUE};
    /** Names and settings that change what a model means; names of operators come from the importer's table. */
    private static final String[] TEXTS = Stream.concat(OperatorTable.names().stream(),
            Stream.of("", "x", "y", "w", "b",
            "image", "/", "/a/a.0/b/Conv", "SAME_UPPER", "VALID", "constant", "reflect", "edge", "Constant",
            "ConstantOfShape", "Range", "If", "Equal", "Not", "Floor", "Sin", "GridSample", "Loop", "ai.onnx",
            "com.microsoft", "0", "-1", "stored_external.data", "../x", "sectional.mean", "axis", "axes", "alpha",
                    "beta",
            "epsilon", "mode", "perm", "pads", "block_size", "keepdims", "linear", "cubic", "half_pixel",
            "align_corners", "asymmetric", "floor", "CRD", "btc,bsc->bst", "tanh")).toArray(String[]::new);
    private static final int DEEPEST = 8;

    private final SplittableRandom random;
    private final BinaryOperator<byte[]> plain;

    /** @param plain changes bytes */
    public OnnxMutator(long seed, BinaryOperator<byte[]> plain) {
        this.random = new SplittableRandom(seed);
        this.plain = plain;
    }

    /** Names of the models to begin with: a whole network, and those of the operators' tests. */
    public static List<String> seeds() {
        try {
            return Stream.concat(Stream.of("vgg_tiny.onnx"),
                    Fixtures.names().stream().filter(name -> name.endsWith(".onnx")).map(name -> "onnx/" + name))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] apply(byte[] file, byte[] other) {
        if (random.nextInt(8) == 0) {
            return plain.apply(file, other);
        }
        try {
            Message.Builder model = ModelProto.parseFrom(file).toBuilder();
            Message donor = ModelProto.parseFrom(other);
            for (int i = 1 + random.nextInt(1 << random.nextInt(3)); i > 0; i--) {
                change(model, donor, 0);
            }
            return model.build().toByteArray();
        } catch (InvalidProtocolBufferException noModel) {
            return plain.apply(file, other);
        }
    }

    /** Changes one field, or goes on into one. */
    private void change(Message.Builder message, Message donor, int depth) {
        List<FieldDescriptor> fields = message.getDescriptorForType().getFields();
        List<FieldDescriptor> inner = fields.stream()
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && filled(message, field))
                .toList();
        if (!inner.isEmpty() && depth < DEEPEST && random.nextInt(5) > 0) {
            FieldDescriptor field = inner.get(random.nextInt(inner.size()));
            Message from = donorOf(donor, field);
            if (field.isRepeated()) {
                int i = random.nextInt(message.getRepeatedFieldCount(field));
                Message.Builder item = ((Message) message.getRepeatedField(field, i)).toBuilder();
                change(item, from, depth + 1);
                message.setRepeatedField(field, i, item.build());
            } else {
                Message.Builder item = ((Message) message.getField(field)).toBuilder();
                change(item, from, depth + 1);
                message.setField(field, item.build());
            }
            return;
        }
        FieldDescriptor field = fields.get(random.nextInt(fields.size()));
        if (field.isRepeated()) {
            list(message, donor, field);
        } else if (random.nextInt(4) == 0) {
            message.clearField(field);
        } else if (donor != null && donor.getDescriptorForType() == message.getDescriptorForType()
                && donor.hasField(field) && random.nextInt(3) == 0) {
            message.setField(field, donor.getField(field));
        } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            message.setField(field, value(field));
        }
    }

    private void list(Message.Builder message, Message donor, FieldDescriptor field) {
        List<Object> items = new ArrayList<>((List<?>) message.getField(field));
        boolean alike = donor != null && donor.getDescriptorForType() == message.getDescriptorForType()
                && donor.getRepeatedFieldCount(field) > 0;
        int choice = random.nextInt(6);
        if (choice == 0 && !items.isEmpty()) {
            items.remove(random.nextInt(items.size()));
        } else if (choice == 1 && !items.isEmpty()) {
            items.add(random.nextInt(items.size() + 1), items.get(random.nextInt(items.size())));
        } else if (choice == 2 && items.size() > 1) {
            items.add(items.remove(random.nextInt(items.size())));
        } else if (choice == 3 && alike) {
            items.add(random.nextInt(items.size() + 1),
                    donor.getRepeatedField(field, random.nextInt(donor.getRepeatedFieldCount(field))));
        } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            if (items.isEmpty() || choice == 4) {
                items.add(value(field));
            } else {
                items.set(random.nextInt(items.size()), value(field));
            }
        }
        message.setField(field, items);
    }

    private Object value(FieldDescriptor field) {
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        String text = TEXTS[random.nextInt(TEXTS.length)];
        return switch (field.getJavaType()) {
            case INT -> (int) number;
            case LONG -> number;
            case FLOAT -> random.nextInt(4) == 0 ? Float.NaN : (float) number;
            case DOUBLE -> (double) number;
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text;
            case BYTE_STRING -> random.nextBoolean() ? ByteString.copyFromUtf8(text) : ByteString.copyFrom(bytes());
            case ENUM -> field.getEnumType().getValues().get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> throw new IllegalStateException("a message is not one value");
        };
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(64)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(3));
        }
        return bytes;
    }

    private Message donorOf(Message donor, FieldDescriptor field) {
        if (donor == null || donor.getDescriptorForType() != field.getContainingType()) {
            return null;
        }
        if (!field.isRepeated()) {
            return (Message) donor.getField(field);
        }
        int count = donor.getRepeatedFieldCount(field);
        return count == 0 ? null : (Message) donor.getRepeatedField(field, random.nextInt(count));
    }

    private static boolean filled(Message.Builder message, FieldDescriptor field) {
        return field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
    }
}
