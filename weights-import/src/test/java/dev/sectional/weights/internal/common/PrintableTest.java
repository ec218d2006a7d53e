package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Messages, and what readers of several formats add to a model card or a graph. */
class PrintableTest {
    @Test
    void textIsOneLineOf120Characters() {
        assertEquals("a b c", Printable.plain(" a\r\n\u001bb\u2028c\t"));
        assertEquals("null", Printable.plain(null));
        assertEquals("x".repeat(120), Printable.plain("x".repeat(120)));
        assertEquals("x".repeat(120) + "...", Printable.plain("x".repeat(121)));
    }

    @Test
    void reasonsLeaveTheFilesNameOut() {
        assertEquals("there is no such file", Printable.reason(new NoSuchFileException("f")));
        assertEquals("permission denied", Printable.reason(new AccessDeniedException("f")));
        assertEquals("it is not UTF-8 text", Printable.reason(new MalformedInputException(1)));
        assertEquals("disk on fire", Printable.reason(new FileSystemException("f", null, "disk on\nfire")));
        assertEquals("FileSystemException", Printable.reason(new FileSystemException("f")));
        assertEquals("cut off", Printable.reason(new IOException("cut off")));
        assertEquals("IOException", Printable.reason(new IOException()));
    }

    @Test
    void exceptionsNameTheFile() {
        Exception cause = new Exception();
        InputException plain = CannotRead.file("f", "reason; way out");
        assertEquals("cannot read f: reason; way out", plain.getMessage());
        assertEquals("cannot read f: reason", CannotRead.file("f", "reason", cause).getMessage());
        assertSame(cause, CannotRead.file("f", "reason", cause).getCause());
    }

    @Test
    void assumptionsAreOneList() {
        Map<String, String> card = new HashMap<>();
        Assumptions.add(card, List.of());
        assertEquals(Map.of(), card);
        Assumptions.add(card, List.of("a"));
        Assumptions.add(card, List.of("b", "c"));
        assertEquals("[\"a\", \"b\", \"c\"]", card.get("sectional.assumed").replaceAll(", ?", ", "));
        for (String empty : new String[] {"", "[]"}) {
            card.put("sectional.assumed", empty);
            Assumptions.add(card, List.of("d"));
            assertEquals("[\"d\"]", card.get("sectional.assumed"));
        }
    }

    @Test
    void theGuardOfTheImagesSizeHasANameOfItsOwn() {
        List<NodeSpec> nodes = List.of(node("image_size", Network.IMAGE), node("image_size_", "image_size"),
                node("sum", Network.IMAGE, "image_size_"));
        List<NodeSpec> guarded = SizeGuard.before(nodes, 5, 7, false);
        assertEquals(List.of("image_size__", "image_size", "image_size_", "sum"),
                guarded.stream().map(NodeSpec::name).toList());
        assertEquals("FixedSize", guarded.get(0).kind());
        assertEquals(List.of(List.of(Network.IMAGE), List.of("image_size__"), List.of("image_size"),
                List.of("image_size__", "image_size_")), guarded.stream().map(NodeSpec::inputs).toList());
        assertEquals("image_size", SizeGuard.before(List.of(node("a", Network.IMAGE)), 5, 7, false).get(0).name());
        assertEquals(NodeSpec.settings("size", new int[] {5, 7}), guarded.get(0).settings());
        assertEquals(NodeSpec.settings("size", new int[] {5, 7}, "only", true),
                SizeGuard.before(nodes, 5, 7, true).get(0).settings());
    }

    private static NodeSpec node(String name, String... inputs) {
        return new NodeSpec(name, "ReLU", Map.of(), Map.of(), List.of(inputs));
    }

    @Test
    void presetsAreKnownByTheirNames() {
        assertSame(PixelPreset.CAFFE, PixelPreset.named("Caffe"));
        assertEquals("preset vgg: give one of imagenet, tf, caffe, unit, raw",
                assertThrows(IllegalArgumentException.class, () -> PixelPreset.named("vgg")).getMessage());
        assertEquals(Map.of("sectional.mean", "0.5", "sectional.std", "0.5"), PixelPreset.TF.card());
        assertEquals("BGR", PixelPreset.CAFFE.card().get("sectional.channels"));
        assertEquals("0.4,0.6,1.0", PixelScale.from255("102", "153", "255"));
    }
}
