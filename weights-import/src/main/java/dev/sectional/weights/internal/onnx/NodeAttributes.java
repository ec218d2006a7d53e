package dev.sectional.weights.internal.onnx;

import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The attributes of an ONNX node. Reading an attribute removes it; {@link #requireNoOthers} refuses the rest, because
 * an attribute that the operator does not know may change its result. Errors are {@link IllegalArgumentException}s.
 */
final class NodeAttributes {
    private static final int MOST_INTS = 64;
    private final Map<String, AttributeProto> left = new LinkedHashMap<>();

    NodeAttributes(NodeProto node) {
        for (AttributeProto attribute : node.getAttributeList()) {
            if (left.put(attribute.getName(), attribute) != null) {
                throw new IllegalArgumentException("attribute " + attribute.getName() + " is there twice");
            }
        }
    }

    /** Returns whether the node has an attribute that was not read yet. */
    boolean has(String name) {
        return left.containsKey(name);
    }

    /** Reads an attribute of type INT. */
    long longValue(String name, long otherwise) {
        AttributeProto attribute = remove(name, AttributeType.INT);
        return attribute == null ? otherwise : attribute.getI();
    }

    /** Reads an attribute of type INT that fits an {@code int}. */
    int intValue(String name, int otherwise) {
        return toInt(name, longValue(name, otherwise));
    }

    /** Reads an attribute of type INT that stands for a boolean; false if it is missing. */
    boolean flag(String name) {
        return longValue(name, 0) != 0;
    }

    /** Reads an attribute of type FLOAT. */
    float floatValue(String name, float otherwise) {
        AttributeProto attribute = remove(name, AttributeType.FLOAT);
        return attribute == null ? otherwise : attribute.getF();
    }

    /** Reads an attribute of type STRING. */
    String stringValue(String name, String otherwise) {
        AttributeProto attribute = remove(name, AttributeType.STRING);
        return attribute == null ? otherwise : attribute.getS().toStringUtf8();
    }

    /** Returns an attribute of type STRING and leaves it to be read. */
    String peekString(String name, String otherwise) {
        AttributeProto attribute = left.get(name);
        String value = stringValue(name, otherwise);
        if (attribute != null) {
            left.put(name, attribute);
        }
        return value;
    }

    /** Returns an attribute of type INT and leaves it to be read. */
    long peekLong(String name, long otherwise) {
        AttributeProto attribute = left.get(name);
        long value = longValue(name, otherwise);
        if (attribute != null) {
            left.put(name, attribute);
        }
        return value;
    }

    /** Reads an attribute of type GRAPH. */
    GraphProto graph(String name) {
        AttributeProto attribute = remove(name, AttributeType.GRAPH);
        if (attribute == null) {
            throw new IllegalArgumentException("attribute " + name + " is missing");
        }
        return attribute.getG();
    }

    /** Reads an attribute of type INTS whose numbers fit an {@code int}; null if it is missing. */
    int[] ints(String name) {
        AttributeProto attribute = remove(name, AttributeType.INTS);
        if (attribute == null) {
            return null;
        }
        if (attribute.getIntsCount() > MOST_INTS) {
            throw new IllegalArgumentException("attribute " + name + " has " + attribute.getIntsCount() + " numbers");
        }
        return attribute.getIntsList().stream().mapToInt(value -> toInt(name, value)).toArray();
    }

    /** Reads an attribute of type INTS; null if it is missing. */
    long[] longs(String name) {
        AttributeProto attribute = remove(name, AttributeType.INTS);
        if (attribute != null && attribute.getIntsCount() > MOST_INTS) {
            throw new IllegalArgumentException("attribute " + name + " has " + attribute.getIntsCount() + " numbers");
        }
        return attribute == null ? null : attribute.getIntsList().stream().mapToLong(i -> i).toArray();
    }

    /** Reads {@code count} numbers; all are {@code otherwise} if the attribute is missing or empty. */
    int[] ints(String name, int count, int otherwise) {
        int[] found = ints(name);
        if (found == null || found.length == 0) {
            found = new int[count];
            Arrays.fill(found, otherwise);
        }
        if (found.length != count) {
            throw new IllegalArgumentException("attribute " + name + " has " + found.length + " numbers, wanted "
                    + count
                    + ": only feature maps of two dimensions are supported");
        }
        return found;
    }

    /** Reads an attribute of type FLOATS; null if it is missing. */
    float[] floats(String name) {
        AttributeProto attribute = remove(name, AttributeType.FLOATS);
        if (attribute == null) {
            return null;
        }
        float[] numbers = new float[attribute.getFloatsCount()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = attribute.getFloats(i);
        }
        return numbers;
    }

    /** Reads an attribute of type TENSOR; null if it is missing. */
    TensorProto tensor(String name) {
        AttributeProto attribute = remove(name, AttributeType.TENSOR);
        return attribute == null ? null : attribute.getT();
    }

    /** Removes attributes that do not change the result. */
    void ignore(String... names) {
        for (String name : names) {
            left.remove(name);
        }
    }

    /** Refuses attributes that were neither read nor ignored. */
    void requireNoOthers() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("attribute " + left.keySet().iterator().next() + " is unknown");
        }
    }

    private AttributeProto remove(String name, AttributeType type) {
        AttributeProto attribute = left.remove(name);
        if (attribute != null && attribute.getType() != type) {
            throw new IllegalArgumentException("attribute " + name + " has type " + attribute.getType() + ", wanted "
                    + type);
        }
        return attribute;
    }

    private static int toInt(String name, long value) {
        if (value != (int) value) {
            throw new IllegalArgumentException("attribute " + name + " is " + value);
        }
        return (int) value;
    }
}
