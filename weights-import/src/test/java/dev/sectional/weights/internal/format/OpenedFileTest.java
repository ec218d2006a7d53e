package dev.sectional.weights.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.weights.fixtures.PickleBytes;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.internal.common.ModelWeights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which reader a file gets, what it says of the network, and what it refuses. */
class OpenedFileTest {
    @TempDir
    Path folder;

    private String refusal(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve(name), bytes);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(file)).getMessage();
        assertTrue(message.contains(file + ": ") && message.lines().count() == 1, message);
        return message;
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** An ONNX file may have a brace where safetensors begin: here in the name of the program that wrote it. */
    @Test
    void aBraceAtByteEightAloneIsNoSafetensors() throws IOException {
        byte[] onnx = Resources.bytes("vgg_tiny.onnx");
        ByteArrayOutputStream braced = new ByteArrayOutputStream();
        braced.write(onnx, 0, 2);
        braced.write(new byte[] {0x12, 5, 'a', 'b', 'c', 'd', '{'});
        braced.write(onnx, 2, onnx.length - 2);
        try (OpenedFile file = FormatDetector.open(Files.write(folder.resolve("x.bin"), braced.toByteArray()))) {
            assertTrue(file.format().startsWith("ONNX, operators of version "), file.format());
        }
        assertTrue(refusal("x.bin", latin("12345678{")).contains("not a safetensors file"));
        assertTrue(refusal("x.bin", latin("1234567{")).contains("(first bytes 31 32 33 34 35 36 37 7b)"));
        assertTrue(refusal("x.bin", latin("12345678[")).contains("(first bytes 31 32 33 34 35 36 37 38)"));
    }

    @Test
    void everyBeginningOfAPickleIsOne() throws IOException {
        assertTrue(refusal("x", PickleBytes.of('(', 'l', '.').bytes()).contains("it is a pickle"));
        assertTrue(refusal("x", PickleBytes.of().global("collections", "OrderedDict").op(')', 'R', '.').bytes())
                .contains("it is a pickle"));
        assertTrue(refusal("x", latin("d.")).contains("none of the supported formats"));
    }

    @Test
    void devicesAreNoPlainFiles() {
        Path device = Path.of("/dev/null");
        Assumptions.assumeTrue(Files.exists(device));
        assertTrue(assertThrows(InputException.class, () -> FormatDetector.open(device)).getMessage()
                .contains("it is not a plain file; give a .safetensors"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TFL3", "GGUF"})
    void aSignatureIsReadUpToTheLastByte(String magic) throws IOException {
        byte[] file = latin(magic.equals("GGUF") ? magic : "\34\0\0\0" + magic);
        assertTrue(refusal("x", file).contains("it is a "));
        assertTrue(refusal("x", Arrays.copyOf(file, file.length - 1)).contains("none of the supported"));
    }

    @Test
    void compressedFilesAreNamed() throws IOException {
        assertTrue(refusal("x.gz", latin("\u001f\u008b123456789")).contains("it is compressed; unpack it with gunzip"));
    }

    @Test
    void aKerasArchiveHoldsHdf5() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("model.weights.h5"));
            zip.write(new byte[100]);
        }
        assertTrue(refusal("x.keras", bytes.toByteArray()).contains("model.weights.h5 in it is not HDF5"));
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "vgg_tiny.keras"))) {
            assertTrue(file.format().startsWith("Keras archive"), file.format());
        }
    }

    @Test
    void contentInMemoryIsDetectedAsAFileIs() {
        MappedFile zip = MappedFile.of("memory", ByteBuffer.wrap(Resources.bytes("vgg_tiny.zip.pth")));
        try (OpenedFile file = FormatDetector.open(zip, "")) {
            assertEquals("PyTorch zip archive", file.format());
        }
        MappedFile json = MappedFile.of("memory", ByteBuffer.wrap("{\"weight_map\": {\"a\": \"b\"}}".getBytes()));
        String message = assertThrows(InputException.class, () -> FormatDetector.open(json, "")).getMessage();
        assertTrue(message.contains("it begins like JSON") && message.contains("load it from a path"), message);
    }

    @Test
    void theChosenStateDictIsStatedAndObeyed() throws IOException {
        PickleBytes pickle = PickleBytes.of('}', '(');
        for (String key : new String[] {"model", "ema"}) {
            pickle.text(key).op('}').text("w").tensor("Byte", key, 1, 0, new long[] {1}, new long[] {1}).op('s');
        }
        Map<String, byte[]> storages = Map.of("data/model", new byte[] {1}, "data/ema", new byte[] {2});
        byte[] bytes = pickle.op('u', '.').inZip(storages, false);
        Path path = Files.write(folder.resolve("x.pth"), bytes);
        try (OpenedFile usual = FormatDetector.open(path); OpenedFile ema = FormatDetector.open(path, "ema")) {
            assertEquals(1, usual.tensors().get("w").values().tensor().data()[0]);
            assertEquals("[\"the weights of model (--state-dict chooses ema)\"]",
                    usual.metadata().get("sectional.assumed"));
            assertEquals(2, ema.tensors().get("w").values().tensor().data()[0]);
            assertEquals(Map.of(), ema.metadata());
        }
    }

    private OpenedFile safetensors(Map<String, String> metadata, Map<String, Shape> shapes) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> tensors.put(name, Tensor.zeros(shape)));
        Path path = folder.resolve("x.safetensors");
        SafetensorsWriter.write(path, metadata, tensors);
        return FormatDetector.open(path);
    }

    private static final Map<String, Shape> VIT = Map.of("model.cls_token", Shape.of(1, 1, 4),
            "model.patch_embed.proj.weight", Shape.of(4, 3, 2, 2), "model.blocks.0.attn.qkv.weight", Shape.of(12, 4));

    @Test
    void aVisionTransformerOfTimmHasItsMean() {
        try (OpenedFile file = safetensors(Map.of(), VIT)) {
            ModelWeights weights = file.modelWeights(Map.of(), "");
            assertTrue(weights.tensors().containsKey("class_token"), "" + weights.tensors().keySet());
            assertEquals("0.5", weights.metadata().get("sectional.std"));
            assertFalse(file.modelWeights(Map.of("sectional.mean", "0.1"), "").metadata()
                    .containsKey("sectional.std"));
        }
        try (OpenedFile file = safetensors(Map.of("sectional.mean", "0.2"), VIT)) {
            assertEquals(Map.of("sectional.mean", "0.2"), file.modelWeights(Map.of(), "").metadata());
        }
        try (OpenedFile file = safetensors(Map.of(), Map.of("cls_token", Shape.of(1)))) {
            assertEquals(Map.of(), file.modelWeights(Map.of(), "").metadata());
        }
    }

    @Test
    void anotherInputKeepsTheNetworksChannels() {
        Map<String, Shape> one = Map.of("a", Shape.of(1));
        try (OpenedFile file = safetensors(Map.of("sectional.input", "1,28,28", "other", "kept"), one)) {
            Map<String, String> both = file.modelWeights(Map.of("sectional.input", "3,64,48"), "").metadata();
            assertEquals(Map.of("sectional.input", "1,64,48", "other", "kept"), both);
            assertEquals("1,28,28", file.modelWeights(Map.of(), "").metadata().get("sectional.input"));
        }
        try (OpenedFile file = safetensors(Map.of(), one)) {
            assertEquals("3,64,48",
                    file.modelWeights(Map.of("sectional.input", "3,64,48"), "").metadata().get("sectional.input"));
        }
    }

    @Test
    void torchRaysAndKerasNetworksBringTheirPreprocessing() {
        try (OpenedFile file = safetensors(Map.of(), Map.of("classifier.0.weight", Shape.of(2, 2, 1, 1),
                "classifier.2.weight", Shape.of(2, 2, 1, 1), "classifier.4.weight", Shape.of(2, 2, 1, 1)))) {
            assertEquals("sigmoid", file.modelWeights(Map.of(), "").metadata().get("sectional.output"));
        }
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "vgg_tiny.keras.h5"))) {
            Map<String, String> card = file.modelWeights(Map.of("sectional.input", "3,32,32"), "").metadata();
            assertEquals("BGR", card.get("sectional.channels"));
            assertEquals("3,32,32", card.get("sectional.input"));
        }
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "vgg_tiny.weights.h5"))) {
            ModelWeights weights = file.modelWeights(Map.of(), "");
            assertEquals("BGR", weights.metadata().get("sectional.channels"));
            assertTrue(weights.tensors().containsKey("classifier.6.weight"), "" + weights.tensors().keySet());
        }
    }

    @Test
    void onlyOnnxHasOutputsToChoose() {
        try (OpenedFile file = safetensors(Map.of(), Map.of("a", Shape.of(1)))) {
            String message = assertThrows(InputException.class, () -> file.modelWeights(Map.of(), "logits"))
                    .getMessage();
            assertTrue(message.contains("no output 'logits' to choose; leave --output out"), message);
            assertEquals(Set.of("a"), file.modelWeights(Map.of(), "").tensors().keySet());
        }
    }

    @Test
    void faultsOfAReaderAreOneLineWithTheirCause() {
        RuntimeException fault = new IllegalStateException("broken\ntwice");
        try (OpenedFile file = new OpenedFile("a format", Map.of(), Map.of(), (overrides, output) -> {
            throw fault;
        })) {
            InputException told = assertThrows(InputException.class, () -> file.modelWeights(Map.of(), ""));
            assertSame(fault, told.getCause());
            assertEquals("cannot read a format: its reader failed unexpectedly (IllegalStateException: broken twice);"
                    + " the file is damaged or unusual: fetch it again, and report it if that does not help",
                    told.getMessage());
        }
        InputException refused = new InputException("refused");
        try (OpenedFile file = new OpenedFile("a format", Map.of(), Map.of(), (overrides, output) -> {
            throw refused;
        })) {
            assertSame(refused, assertThrows(InputException.class, () -> file.modelWeights(Map.of(), "")));
        }
    }

    @Test
    void closesItsResourcesInTheirOrder() {
        List<String> closed = new ArrayList<>();
        OpenedFile file = new OpenedFile("f", Map.of(), Map.of("k", "v"), (overrides, output) -> null,
                () -> closed.add("first"), () -> closed.add("second"));
        assertThrows(UnsupportedOperationException.class, () -> file.metadata().clear());
        assertThrows(UnsupportedOperationException.class, () -> file.tensors().put("a", null));
        file.close();
        assertEquals(List.of("first", "second"), closed);
        OpenedFile failing = new OpenedFile("f", Map.of(), Map.of(), (overrides, output) -> null, () -> {
            throw new IOException("no");
        });
        assertThrows(IllegalStateException.class, failing::close);
    }

    @Test
    void npyFilesAreOneArray() {
        byte[] header = latin("\u0093NUMPY\1\0\72\0{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}   \n");
        byte[] file = Arrays.copyOf(header, 10 + 58 + 2);
        file[68] = 5;
        try (OpenedFile opened = FormatDetector.open(MappedFile.of("a.npy", ByteBuffer.wrap(file)), "")) {
            assertEquals("NumPy array", opened.format());
            assertArrayEquals(new float[] {5, 0}, opened.tensors().get("array").values().tensor().data());
        }
    }
}
