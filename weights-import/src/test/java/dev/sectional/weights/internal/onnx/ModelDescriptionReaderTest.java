package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.sectional.core.InputException;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.Span;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The description of a model: what is copied, what is located, and each limit. */
class ModelDescriptionReaderTest {
    private static ModelProto read(byte... bytes) {
        return ModelDescriptionReader.read("file", ByteBuffer.wrap(bytes));
    }

    private static byte[] bytes(int... bytes) {
        byte[] made = new byte[bytes.length];
        for (int i = 0; i < made.length; i++) {
            made[i] = (byte) bytes[i];
        }
        return made;
    }

    private static void refused(String said, int... bytes) {
        refused(said, bytes(bytes));
    }

    private static void refused(String said, byte[] bytes) {
        String message = assertThrows(InputException.class, () -> read(bytes)).getMessage();
        assertTrue(message.startsWith("cannot read file: ") && message.contains(said), message);
    }

    /** Elements of each field give way to their place; so do spans that the file claims itself. */
    @Test
    void elementsStayWhereTheyAre() {
        ByteString elements = ByteString.copyFromUtf8("elements");
        TensorProto.Builder[] stored = {TensorProto.newBuilder().setFloatData(elements),
            TensorProto.newBuilder().setInt32Data(elements), TensorProto.newBuilder().setInt64Data(elements),
            TensorProto.newBuilder().setRawData(elements), TensorProto.newBuilder().setDoubleData(elements),
            TensorProto.newBuilder().setUint64Data(elements)};
        int[] fields = {4, 5, 7, 9, 10, 11};
        for (int i = 0; i < fields.length; i++) {
            TensorProto tensor = stored[i].setName("w").addSpan(Span.newBuilder().setField(9).setOffset(1).setLength(1))
                    .build();
            byte[] file = ModelProto.newBuilder().setIrVersion(8)
                    .setGraph(GraphProto.newBuilder().setName("g").addInitializer(tensor)).build().toByteArray();
            ModelProto model = read(file);
            assertEquals(8, model.getIrVersion());
            TensorProto found = model.getGraph().getInitializer(0);
            assertEquals("w", found.getName());
            assertEquals(1, found.getSpanCount());
            Span span = found.getSpan(0);
            assertEquals(fields[i], span.getField());
            assertEquals("elements", new String(Arrays.copyOfRange(file, (int) span.getOffset(),
                    (int) (span.getOffset() + span.getLength()))));
            assertEquals(found, TensorProto.newBuilder().setName("w").addSpan(span).build());
        }
        refused("has its elements in fields of their own, not packed", 0x3A, 4, 0x2A, 2, 0x28, 1);
    }

    /** Fields that the schema does not know are skipped, whatever their wire type. */
    @Test
    void unknownFieldsAreSkipped() {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(900, UnknownFieldSet.Field.newBuilder().addVarint(-1).addFixed32(1).addFixed64(2)
                        .addLengthDelimited(ByteString.copyFromUtf8("text")).build()).build();
        ModelProto model = ModelProto.newBuilder().setIrVersion(8).setProducerName("p")
                .setGraph(GraphProto.newBuilder().setName("g").setUnknownFields(unknown)).setUnknownFields(unknown)
                .build();
        assertEquals(ModelProto.newBuilder().setIrVersion(8).setProducerName("p")
                .setGraph(GraphProto.newBuilder().setName("g")).build(), read(model.toByteArray()));
        NodeProto node = NodeProto.newBuilder().setOpType("x".repeat(300)).addAttribute(AttributeProto.newBuilder()
                .setName("a").setF(1.5f).addFloats(2)).build();
        ModelProto large = ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addNode(node)).build();
        assertEquals(large, read(large.toByteArray()));
    }

    @Test
    void damageIsNamedWithItsByte() {
        refused("a field without an end at byte 1", 0x88);
        refused("a field without an end at byte 1", 0x08);
        refused("a number without an end at byte 11", 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
        assertEquals(-1, read(bytes(0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)).getIrVersion());
        refused("a field's number at byte 1", 0x00);
        refused("a field's number at byte 5", 0x80, 0x80, 0x80, 0x80, 0x10);
        assertEquals(ModelProto.getDefaultInstance(), read(bytes(0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 1)));
        for (int wire : new int[] {3, 4, 6, 7}) {
            refused("a field with an unknown wire type at byte 1", 0x08 + wire);
        }
        refused("a field that is longer than its message at byte 2", 0x12, 2, 'a');
        assertEquals("ab", read(bytes(0x12, 2, 'a', 'b')).getProducerName());
        assertEquals(8, read(bytes(0x12, 0, 0x08, 8)).getIrVersion(), "an empty text");
        refused("a field that is longer than its message at byte 11", 0x12, 255, 255, 255, 255, 255, 255, 255, 255,
                255, 1);
        refused("a field that is longer than its message", 0x3A, 3, 0x12, 2, 'a', 'b');
        refused("a field that is longer than its message", 0xFD, 0x38, 1, 2, 3);
        assertEquals(ModelProto.getDefaultInstance(), read(bytes(0xFD, 0x38, 1, 2, 3, 4)));
        refused("a field that is longer than its message", 0xF9, 0x38, 1, 2, 3, 4, 5, 6, 7);
        assertEquals(ModelProto.getDefaultInstance(), read(bytes(0xF9, 0x38, 1, 2, 3, 4, 5, 6, 7, 8)));
    }

    /** A graph in an attribute of a node of a graph, and so on: each level has three messages. */
    private static byte[] nested(int levels) {
        GraphProto graph = GraphProto.newBuilder().setName("end").build();
        for (int i = 0; i < levels; i++) {
            graph = GraphProto.newBuilder().addNode(NodeProto.newBuilder().addAttribute(AttributeProto.newBuilder()
                    .setG(graph))).build();
        }
        return ModelProto.newBuilder().setGraph(graph).build().toByteArray();
    }

    /** 20 messages within each other are read: 2 and 6 times 3. A branch more has 23. */
    @Test
    void messagesAre20Deep() {
        assertEquals(ModelProto.class, read(nested(6)).getClass());
        refused("it has branches within branches, 20 messages deep", nested(7));
        GraphProto.Builder wide = GraphProto.newBuilder();
        for (int i = 0; i < 50; i++) {
            wide.addNode(NodeProto.newBuilder().addAttribute(AttributeProto.newBuilder().setName("a")));
        }
        ModelProto model = ModelProto.newBuilder().setGraph(wide).build();
        assertEquals(model, read(model.toByteArray()), "side by side is not deep");
    }

    /** 4 MB of fields are copied; tag and length belong to them. */
    @Test
    void descriptionsHaveFourMegabytes() {
        int most = 4 << 20;
        byte[] name = new byte[most - 5];
        Arrays.fill(name, (byte) 'n');
        ModelProto model = ModelProto.newBuilder().setProducerNameBytes(ByteString.copyFrom(name)).build();
        assertEquals(most, model.getSerializedSize());
        assertEquals(model, read(model.toByteArray()));
        refused("its description is larger than that of any classifier; give a model of less than 400000 fields and"
                + " 4 MB beside its weights", model.toBuilder().setIrVersion(1).build().toByteArray());
    }

    @Test
    void filesHave400ThousandFields() {
        byte[] most = new byte[2 * 400_000];
        for (int i = 0; i < most.length; i += 2) {
            most[i] = 0x08;
        }
        assertEquals(0, read(most).getIrVersion());
        byte[] more = Arrays.copyOf(most, most.length + 2);
        more[most.length] = 0x08;
        refused("its description is larger", more);
    }
}
