package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A short round of {@link Fuzz} for every format. */
class FuzzTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("dev.sectional.weights.Fuzz#formats")
    void changedFilesAreReadOrRefused(String format) throws IOException {
        assertNull(Fuzz.run(format, 1_500_000_000L, 1, folder, false));
    }
}
