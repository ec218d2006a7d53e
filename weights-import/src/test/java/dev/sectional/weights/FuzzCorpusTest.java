package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.weights.fixtures.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FuzzCorpusTest {
    @Test
    void packedFilesComeBackTheSame() throws IOException {
        Map<String, byte[]> seeds = Map.of("a", Resources.bytes("vgg_tiny.npz"),
                "b", Resources.bytes("vgg_tiny.safetensors"));
        Mutator mutator = new Mutator(5);
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            files.add(mutator.change(seeds.get(i % 2 == 0 ? "a" : "b"), seeds.get("b")));
        }
        files.add(new byte[0]);
        byte[] packed = FuzzCorpus.pack(files, seeds);
        List<byte[]> unpacked = FuzzCorpus.unpack(packed, seeds);
        assertTrue(packed.length <= 41_000, packed.length + " bytes");
        assertTrue(unpacked.size() > 20, unpacked.size() + " files");
        for (byte[] file : unpacked) {
            assertTrue(files.stream().anyMatch(each -> Arrays.equals(each, file)), "a file that was not packed");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.sectional.weights.Fuzz#formats")
    void everyFormatHasStoredInputs(String format) throws IOException {
        List<byte[]> files = FuzzCorpus.unpack(Resources.bytes("fuzz/" + format + ".corpus"), Map.of());
        assertTrue(files.size() > 10, format + ": " + files.size() + " files");
    }
}
