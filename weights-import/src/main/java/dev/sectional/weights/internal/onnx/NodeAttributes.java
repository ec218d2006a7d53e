package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The attributes of a node. Each that is asked for is ticked off; what is left at the end means something that the
 * importer does not know, and is refused. Errors are {@link IllegalArgumentException}s.
 */
final class NodeAttributes {
    private static final int MOST = 64;
    private final Map<String, AttributeProto> left = new LinkedHashMap<>();

    NodeAttributes(NodeProto node) {
        for (AttributeProto attribute : node.getAttributeList()) {
            if (left.put(attribute.getName(), attribute) != null) {
                throw new IllegalArgumentException("attribute " + attribute.getName() + " stands twice");
            }
        }
    }

    boolean has(String name) {
        return left.containsKey(name);
    }

    long whole(String name, long otherwise) {
        AttributeProto attribute = take(name, AttributeType.INT);
        return attribute == null ? otherwise : attribute.getI();
    }

    /** A whole number that fits an {@code int}. */
    int integer(String name, int otherwise) {
        return fitting(name, whole(name, otherwise));
    }

    boolean flag(String name) {
        return whole(name, 0) != 0;
    }

    float number(String name, float otherwise) {
        AttributeProto attribute = take(name, AttributeType.FLOAT);
        return attribute == null ? otherwise : attribute.getF();
    }

    String text(String name, String otherwise) {
        AttributeProto attribute = take(name, AttributeType.STRING);
        return attribute == null ? otherwise : attribute.getS().toStringUtf8();
    }

    /** Whole numbers that fit an {@code int}, or null. */
    int[] integers(String name) {
        AttributeProto attribute = take(name, AttributeType.INTS);
        if (attribute == null) {
            return null;
        }
        if (attribute.getIntsCount() > MOST) {
            throw new IllegalArgumentException("attribute " + name + " has " + attribute.getIntsCount() + " numbers");
        }
        return attribute.getIntsList().stream().mapToInt(value -> fitting(name, value)).toArray();
    }

    /** As many whole numbers as are wanted; all {@code otherwise} where the attribute is missing or empty. */
    int[] integers(String name, int count, int otherwise) {
        int[] found = integers(name);
        if (found == null || found.length == 0) {
            found = new int[count];
            Arrays.fill(found, otherwise);
        }
        if (found.length != count) {
            throw new IllegalArgumentException("attribute " + name + " has " + found.length + " numbers, wanted " + count
                    + ": only maps of two dimensions are taken");
        }
        return found;
    }

    float[] numbers(String name) {
        AttributeProto attribute = take(name, AttributeType.FLOATS);
        if (attribute == null) {
            return null;
        }
        float[] numbers = new float[attribute.getFloatsCount()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = attribute.getFloats(i);
        }
        return numbers;
    }

    TensorProto tensor(String name) {
        AttributeProto attribute = take(name, AttributeType.TENSOR);
        return attribute == null ? null : attribute.getT();
    }

    /** Ticks off attributes that change nothing here. */
    void ignore(String... names) {
        for (String name : names) {
            left.remove(name);
        }
    }

    /** Refuses what nobody has asked for. */
    void requireNoOthers() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("attribute " + left.keySet().iterator().next() + " is unknown");
        }
    }

    private AttributeProto take(String name, AttributeType type) {
        AttributeProto attribute = left.remove(name);
        if (attribute != null && attribute.getType() != type) {
            throw new IllegalArgumentException("attribute " + name + " is of type " + attribute.getType() + ", wanted " + type);
        }
        return attribute;
    }

    private static int fitting(String name, long value) {
        if (value != (int) value) {
            throw new IllegalArgumentException("attribute " + name + " is " + value);
        }
        return (int) value;
    }
}
