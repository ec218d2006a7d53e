package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Attributes are read once, by their type, and nothing is left unread. */
class NodeAttributesTest {
    private static NodeAttributes attributes(AttributeProto... given) {
        return new NodeAttributes(NodeProto.newBuilder().addAllAttribute(List.of(given)).build());
    }

    private static void refused(String said, Executable reading) {
        assertEquals(said, assertThrows(IllegalArgumentException.class, reading).getMessage());
    }

    @Test
    void readingTakesAnAttributeAway() {
        NodeAttributes read = attributes(number("i", 7), real("f", 0.5f), text("s", "t"), number("flag", -1));
        assertTrue(read.has("i"));
        assertEquals(7, read.peekLong("i", 1));
        assertEquals(7, read.longValue("i", 1));
        assertFalse(read.has("i"));
        assertEquals(1, read.longValue("i", 1));
        assertEquals(1, read.peekLong("i", 1));
        assertFalse(read.has("i"));
        assertEquals(0.5f, read.floatValue("f", 2));
        assertEquals(2, read.floatValue("f", 2));
        assertEquals("t", read.peekString("s", "u"));
        assertEquals("t", read.stringValue("s", "u"));
        assertEquals("u", read.peekString("s", "u"));
        refused("attribute flag is unknown", read::requireNoOthers);
        assertTrue(read.flag("flag"));
        assertFalse(read.flag("flag") || attributes(number("flag", 0)).flag("flag"));
        read.requireNoOthers();
        NodeAttributes ignored = attributes(number("a", 1), number("b", 1));
        ignored.ignore("a", "b", "c");
        ignored.requireNoOthers();
        refused("attribute a is there twice", () -> attributes(number("a", 1), number("a", 2)));
    }

    @Test
    void numbersFitAnInt() {
        assertEquals(Integer.MAX_VALUE, attributes(number("i", Integer.MAX_VALUE)).intValue("i", 0));
        refused("attribute i is 2147483648", () -> attributes(number("i", 1L << 31)).intValue("i", 0));
        assertEquals(1L << 31, attributes(number("i", 1L << 31)).longValue("i", 0));
        assertArrayEquals(new int[] {-3, 4}, attributes(ints("a", -3, 4)).ints("a"));
        assertArrayEquals(new long[] {1L << 40}, attributes(ints("a", 1L << 40)).longs("a"));
        refused("attribute a is 1099511627776", () -> attributes(ints("a", 1L << 40)).ints("a"));
        assertNull(attributes().ints("a"));
        assertNull(attributes().longs("a"));
        long[] most = new long[64];
        assertEquals(64, attributes(ints("a", most)).ints("a").length);
        assertEquals(64, attributes(ints("a", most)).longs("a").length);
        refused("attribute a has 65 numbers", () -> attributes(ints("a", new long[65])).ints("a"));
        refused("attribute a has 65 numbers", () -> attributes(ints("a", new long[65])).longs("a"));
    }

    @Test
    void listsHaveTheWantedLength() {
        assertArrayEquals(new int[] {5, 5}, attributes().ints("a", 2, 5));
        assertArrayEquals(new int[] {5, 5}, attributes(ints("a")).ints("a", 2, 5));
        assertArrayEquals(new int[] {1, 2}, attributes(ints("a", 1, 2)).ints("a", 2, 5));
        refused("attribute a has 1 numbers, wanted 2: only feature maps of two dimensions are supported",
                () -> attributes(ints("a", 1)).ints("a", 2, 5));
        AttributeProto floats = AttributeProto.newBuilder().setName("f").setType(AttributeType.FLOATS).addFloats(1)
                .addFloats(2.5f).build();
        assertArrayEquals(new float[] {1, 2.5f}, attributes(floats).floats("f"));
        assertNull(attributes().floats("f"));
    }

    @Test
    void anotherTypeIsRefused() {
        for (Executable reading : List.<Executable>of(() -> attributes(text("a", "1")).longValue("a", 0),
                () -> attributes(text("a", "1")).floatValue("a", 0), () -> attributes(text("a", "1")).ints("a"),
                () -> attributes(text("a", "1")).floats("a"), () -> attributes(text("a", "1")).tensor("a"),
                () -> attributes(text("a", "1")).graph("a"))) {
            assertTrue(assertThrows(IllegalArgumentException.class, reading).getMessage()
                    .startsWith("attribute a has type STRING, wanted "));
        }
    }

    @Test
    void tensorsAndGraphsAreReadAsTheyAre() {
        TensorProto tensor = TensorProto.newBuilder().setName("t").build();
        assertEquals(tensor, attributes(AttributeProto.newBuilder().setName("a").setType(AttributeType.TENSOR)
                .setT(tensor).build()).tensor("a"));
        assertNull(attributes().tensor("a"));
        GraphProto graph = GraphProto.newBuilder().setName("g").build();
        assertEquals(graph, attributes(AttributeProto.newBuilder().setName("a").setType(AttributeType.GRAPH)
                .setG(graph).build()).graph("a"));
        refused("attribute a is missing", () -> attributes().graph("a"));
    }
}
