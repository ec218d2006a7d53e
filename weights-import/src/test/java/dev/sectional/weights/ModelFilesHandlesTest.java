package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The handle of a model's file is closed with what was made of it, and at once if it is refused. */
class ModelFilesHandlesTest {
    @TempDir
    Path folder;
    private Path file;

    @BeforeEach
    void copy() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/fd")), "this system does not list handles");
        file = Resources.copy(folder, "vgg_tiny.safetensors").toRealPath();
    }

    private long handles() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(each -> {
                try {
                    return Files.readSymbolicLink(each).equals(file);
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            }).count();
        }
    }

    @Test
    void aNetworkClosesItsFile() throws IOException {
        Network network = ModelFiles.load(file);
        assertEquals(1, handles());
        network.close();
        assertEquals(0, handles());
        try (Engine engine = Engine.open()) {
            network = ModelFiles.load(file, engine);
            assertEquals(1, handles());
            network.close();
            assertEquals(0, handles());
        }
    }

    @Test
    void aRefusedNetworkClosesItsFile() throws IOException {
        LoadOptions other = LoadOptions.builder().architecture("vgg16").build();
        assertThrows(InputException.class, () -> ModelFiles.load(file, other));
        assertEquals(0, handles());
        assertThrows(NullPointerException.class,
                () -> ModelFiles.load(file, LoadOptions.builder().architecture(null).build()), "a caller's mistake");
        assertEquals(0, handles());
    }

    @Test
    void conversionsAndListsCloseTheirFile() throws IOException {
        Converter.convert(file, folder.resolve("out"), bytes -> assertEquals(1, openDuring()));
        assertEquals(0, handles());
        WeightsFile weights = WeightsFile.open(file);
        assertEquals(1, handles());
        weights.close();
        assertEquals(0, handles());
        SafetensorsWriter.write(file, Map.of(), Map.of("a.weight", Tensor.of(Shape.of(1, 1), 1e6f)));
        assertThrows(InputException.class,
                () -> Converter.convertToHalf(file, folder.resolve("out"), LoadOptions.none(), bytes -> { }));
        assertEquals(0, handles());
        assertTrue(Files.exists(folder.resolve("out")));
    }

    private long openDuring() {
        try {
            return handles();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
