package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that somebody cuts off while they are mapped. The memory behind the new end is gone; the JVM has to stay. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows does not shorten a mapped file")
class ShortenedFileTest {
    private static final int MORE_THAN_A_PAUSE = 5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.safetensors", "vgg_tiny.zip.pth", "vgg_tiny.legacy.pth", "vgg_tiny.keras.h5",
            "vgg_tiny.npz"})
    void readingSaysSo(String name) throws Exception {
        Path path = Resources.copy(folder, name);
        try (OpenedFile file = FormatDetector.open(path)) {
            shorten(path, 0);
            Thread.sleep(MORE_THAN_A_PAUSE);
            for (StoredTensor stored : file.tensors().values()) {
                String message = assertThrows(InputException.class, () -> stored.values().tensor()).getMessage();
                assertTrue(message.contains(name) && message.contains("has become shorter"), message);
            }
        }
    }

    @Test
    void explainingAndConvertingSaySo() throws Exception {
        Path path = large();
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(path, engine)) {
            shorten(path, 100_000);
            Thread.sleep(MORE_THAN_A_PAUSE);
            Tensor image = Tensor.zeros(Shape.of(3, 16, 16));
            assertTrue(assertThrows(InputException.class, () -> network.forward(image)).getMessage()
                    .contains("has become shorter"));
        }
        Path again = large();
        assertThrows(InputException.class, () ->
                Converter.convert(again, folder.resolve("out.safetensors"), bytes -> shorten(again, 100_000)));
        assertTrue(Files.notExists(folder.resolve("out.safetensors")));
    }

    /**
     * Within the millisecond in which nobody looks the JVM reports an error, at the access or a little later, and lives
     * on.
     */
    @Test
    void theJvmLivesOn() throws Exception {
        float[] values = new float[1 << 14];
        int noticed = 0;
        for (int round = 0; round < 20; round++) {
            Path path = large();
            try (OpenedFile file = FormatDetector.open(path)) {
                TensorSource source = file.tensors().get("classifier.0.weight").values();
                source.read(0, values, 0, values.length);
                shorten(path, 100_000);
                for (int from = 0; from + values.length <= source.shape().size(); from += values.length) {
                    source.read(from, values, 0, values.length);
                }
            } catch (InputException e) {
                noticed++;
            } catch (InternalError e) {   // also from behind the read that met the end
                noticed++;
                assertEquals(InputException.class, MappedFile.explained(e).getClass());
            }
        }
        assertTrue(noticed > 0);
    }

    /** Weights that are known to be good are multiplied where they lie, by compiled code that loads vectors. */
    @Test
    void theJvmLivesOnWhileVectorsAreLoaded() throws Exception {
        Tensor image = Tensor.zeros(Shape.of(3, 16, 16));
        for (int round = 0; round < 3; round++) {
            Path path = large();
            try (Engine engine = Engine.open(); Network network = ModelFiles.load(path, engine)) {
                Thread shortening = new Thread(() -> {
                    try {
                        Thread.sleep(700);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    shorten(path, 100_000);
                });
                shortening.start();
                RuntimeException noticed = assertThrows(InputException.class, () -> {
                    try {
                        for (int pass = 0; pass < 100_000; pass++) {
                            network.logits(image);
                        }
                    } catch (InternalError e) {   // also from behind the pass that met the end
                        throw MappedFile.explained(e);
                    }
                });
                assertTrue(noticed.getMessage().contains("has become shorter"), noticed.getMessage());
                shortening.join();
            }
        }
    }

    @Test
    void aFileThatIsReplacedStaysWhatItWas() throws Exception {
        Path path = large();
        try (OpenedFile file = FormatDetector.open(path)) {
            TensorSource source = file.tensors().get("classifier.0.weight").values();
            float[] before = source.tensor().data();
            Files.write(folder.resolve("other"), new byte[10]);
            Files.move(folder.resolve("other"), path, StandardCopyOption.REPLACE_EXISTING);
            Thread.sleep(MORE_THAN_A_PAUSE);
            assertArrayEquals(before, source.tensor().data());
        }
    }

    /** {@code vgg_tiny} with a first linear layer of 8 MB. */
    private Path large() {
        Map<String, Tensor> tensors = new LinkedHashMap<>(VggTiny.tensors());
        tensors.put("classifier.0.weight", Tensor.zeros(Shape.of(1 << 14, 128)));
        tensors.put("classifier.0.bias", Tensor.zeros(Shape.of(1 << 14)));
        tensors.put("classifier.3.weight", Tensor.zeros(Shape.of(16, 1 << 14)));
        Path path = folder.resolve("large.safetensors");
        SafetensorsWriter.write(path, Map.of("sectional.layers", "4,4,M,8,8,M"), tensors);
        return path;
    }

    private static void shorten(Path path, long length) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
