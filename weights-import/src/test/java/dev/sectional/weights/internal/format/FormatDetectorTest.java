package dev.sectional.weights.internal.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.weights.fixtures.PickleBytes;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.naming.TorchvisionNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One network as each format writes it. */
class FormatDetectorTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"vgg_tiny.safetensors,safetensors", "vgg_tiny.zip.pth,PyTorch zip archive",
        "vgg_tiny.legacy.pth,PyTorch legacy stream", "vgg_tiny.checkpoint.pth.tar,PyTorch zip archive",
        "vgg_tiny.keras.h5,HDF5", "vgg_tiny.npz,NumPy archive"})
    void givesTheGeneratorsBits(String name, String format) throws IOException {
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, name))) {
            assertEquals(format, file.format());
            VggTiny.requireSame(file.modelWeights(Map.of(), "").tensors(), DType.F32);
        }
    }

    @Test
    void givesTheGeneratorsBitsRoundedToHalf() throws IOException {
        Map<String, Tensor> expected = VggTiny.tensors();
        expected.replaceAll((name, tensor) -> {
            Tensor rounded = tensor.copy();
            for (int i = 0; i < rounded.data().length; i++) {
                rounded.data()[i] = DType.halfToFloat(DType.floatToHalf(rounded.data()[i]));
            }
            return rounded;
        });
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "vgg_tiny.half.pth"))) {
            VggTiny.requireSame(expected, TorchvisionNames.rename("half", file.tensors()), DType.F16);
        }
    }

    @Test
    void readsAZip64Archive() throws IOException {
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "zip64.pth"))) {
            assertArrayEquals(new float[] {1, 1, 1, 1}, file.tensors().get("tensor").values().tensor().data());
        }
    }

    @Test
    void goesByContentNotByName() throws IOException {
        Path file = Resources.copy(folder, "vgg_tiny.legacy.pth");
        try (OpenedFile renamed = FormatDetector.open(Files.move(file, folder.resolve("network.safetensors")))) {
            assertEquals("PyTorch legacy stream", renamed.format());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.safetensors", "vgg_tiny.zip.pth", "vgg_tiny.legacy.pth", "vgg_tiny.keras.h5",
            "vgg_tiny.npz"})
    void refusesACutFile(String name) throws IOException {
        byte[] whole = Files.readAllBytes(Resources.copy(folder, name));
        for (int length : new int[] {0, 1, 2, 7, 8, 9, 14, 15, 100, 1500, whole.length / 2, whole.length - 1}) {
            refusal(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void saysWhatAFileIsNot() throws IOException {
        assertTrue(refusal(new byte[0]).contains("is empty"));
        assertTrue(refusal("a photograph, not weights".getBytes()).contains("none of the supported formats"));
        assertTrue(refusal("\u0089HDF\r\n\u001a\n".getBytes("ISO-8859-1")).contains("HDF5"));
        assertTrue(refusal(PickleBytes.of().number(7).op('.').bytes()).contains("none of the supported formats"));
        assertTrue(refusal(PickleBytes.of(0x80, 2, '}', '.').bytes()).contains("a pickle, but not one of torch.save"));
        assertTrue(refusal(folder).contains("is a folder"));
        assertTrue(refusal(folder.resolve("none.pth")).contains("no such file"));
    }

    /** The names of an unknown model's layers do not tell its graph; its tensors are listed all the same. */
    @Test
    void weightsAloneOfAnUnknownModelHaveNoNetwork() throws IOException {
        byte[] renamed = new String(Resources.bytes("vgg_tiny.weights.h5"), StandardCharsets.ISO_8859_1)
                .replace("block", "piece").getBytes(StandardCharsets.ISO_8859_1);
        try (OpenedFile file = FormatDetector.open(Files.write(folder.resolve("w.h5"), renamed))) {
            assertEquals("HDF5", file.format());
            String message = assertThrows(InputException.class, () -> file.modelWeights(Map.of(), "")).getMessage();
            assertTrue(message.contains("it has " + file.tensors().size() + " tensors of a Keras model without"),
                    message);
        }
    }

    private String refusal(byte[] bytes) throws IOException {
        return refusal(Files.write(folder.resolve("bad.pth"), bytes));
    }

    private static String refusal(Path file) {
        String message = assertThrows(InputException.class, () -> FormatDetector.open(file)).getMessage();
        assertTrue(message.contains(file + ": ") && message.lines().count() == 1, message);
        return message;
    }

    /** Known formats that are not read are named with the way out. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"4 | TFL3 | TensorFlow Lite | tf2onnx.convert --tflite",
        "257 | ustar | tar archive | torch.save", "0 | GGUF | language model | image classifier",
        "0 | <!DOCTYPE html> | web page | fetch it again", "0 | BZh9 | compressed | unpack",
        "0 | <html> | web page | fetch it again", "0 | version https://git-lfs | LFS pointer | fetch it again",
        "0 | storages/ | tar archive | torch.save",
        "0 | sys_info | tar archive | torch.save", "0 | pickle | tar archive | unpack it"})
    void namesForeignFormats(int at, String magic, String what, String wayOut) throws IOException {
        byte[] bytes = new byte[600];
        bytes[0] = 28;
        System.arraycopy(magic.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, at, magic.length());
        Path file = Files.write(folder.resolve("x.tflite"), bytes);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(file)).getMessage();
        assertTrue(message.contains(what) && message.contains(wayOut) && message.lines().count() == 1, message);
    }

    @Test
    void namesASavedModel() throws IOException {
        Files.createFile(folder.resolve("saved_model.pb"));
        String message = assertThrows(InputException.class, () -> FormatDetector.open(folder)).getMessage();
        assertTrue(message.contains("SavedModel") && message.contains("tf2onnx"), message);
    }
}
