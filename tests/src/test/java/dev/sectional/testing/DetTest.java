package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.io.Safetensors;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The generator of weights against the file that the readers of other formats are compared with. */
class DetTest {
    @Test
    void generatesTheCommittedNetwork() {
        try (Safetensors file =
                Safetensors.open(Path.of("../weights-import/src/test/resources/vgg_tiny.safetensors"))) {
            var generated = Det.vgg(1, List.of("4", "4", "M", "8", "8", "M"), 10, 16, 4);
            assertEquals(generated.keySet(), file.names());
            generated.forEach((name, tensor) -> assertArrayEquals(tensor.tensor().data(), file.tensor(name).data(),
                    name));
        }
    }
}
