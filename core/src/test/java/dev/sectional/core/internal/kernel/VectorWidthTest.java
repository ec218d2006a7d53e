package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.internal.exec.Execution;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The width of the vectors: a forced width is the one that runs, and one that cannot run is refused with a reason. */
class VectorWidthTest {
    @Test
    void theForcedWidthIsTheOneThatRuns() {
        String forced = System.getProperty(Provider.VECTOR_BITS_PROPERTY);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            int lanes = Execution.of(engine).kernels().lanes();
            assertEquals(engine.describe().startsWith("simd") ? Float.SIZE * lanes : 0, engine.vectorBits());
            assertEquals(engine.describe().startsWith("simd") ? Provider.SIMD : Provider.SCALAR, engine.provider());
            if (forced != null) {
                assertEquals(Integer.parseInt(forced), Float.SIZE * lanes);
                assertTrue(engine.describe().startsWith("simd, " + forced + "-bit vectors (sectional.vector.bits)"),
                        engine.describe());
            } else {
                assertFalse(engine.describe().contains(Provider.VECTOR_BITS_PROPERTY), engine.describe());
            }
        }
    }

    @Test
    void refusesWidthsThatAreNone() {
        for (String none : new String[] {"", "64", "1024", "wide", "256.0", "-256", " 256"}) {
            assertEquals("sectional.vector.bits=" + none + " is not a vector width; use 128, 256 or 512",
                    KernelLookup.widthProblem(none, () -> 512));
        }
    }

    @Test
    void refusesWidthsThatTheProcessorLacks() {
        assertEquals("sectional.vector.bits=512, but vectors have 256 bits on this processor; use 256 or less",
                KernelLookup.widthProblem("512", () -> 256));
        assertEquals("sectional.vector.bits=256, but vectors have 128 bits on this processor; use 128 or less",
                KernelLookup.widthProblem("256", () -> 128));
        assertEquals("vectors have 64 bits on this processor, and 128 is the least",
                KernelLookup.widthProblem(null, () -> 64));
    }

    @Test
    void takesEveryWidthUpToTheProcessors() {
        for (int each = 128; each <= 512; each *= 2) {
            int widest = each;
            assertNull(KernelLookup.widthProblem(null, () -> widest));
            for (int bits = 128; bits <= widest; bits *= 2) {
                assertNull(KernelLookup.widthProblem(Integer.toString(bits), () -> widest));
            }
        }
    }

    /** Opens an engine in another JVM. */
    static final class Probe {
        private Probe() {
        }

        public static void main(String[] arguments) {
            try (Engine engine = Engine.open(Provider.configured(), 1)) {
                System.out.println(engine.describe());
            } catch (InputException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String probe(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(options));
        command.add(Probe.class.getName());
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return output.strip();
    }

    @Test
    void anotherJvmHasAnotherWidth() throws IOException, InterruptedException {
        String vectors = "--add-modules=jdk.incubator.vector";
        assertEquals("simd, 128-bit vectors (sectional.vector.bits), 1 thread",
                probe(vectors, "-Dsectional.vector.bits=128"));
        assertEquals("cannot open the SIMD provider: sectional.vector.bits=300 is not a vector width;"
                + " use 128, 256 or 512", probe(vectors, "-Dsectional.vector.bits=300"));
        assertEquals("cannot open the SIMD provider: sectional.kernel.tiles=tiny is unknown; use small or leave it out",
                probe(vectors, "-Dsectional.provider=simd", "-Dsectional.kernel.tiles=tiny"));
    }

    @Test
    void aWidthIsNeverIgnoredButByTheScalarProvider() throws IOException, InterruptedException {
        String remedy = "start Java with --add-modules jdk.incubator.vector";
        assertEquals("cannot open the SIMD provider: " + remedy, probe("-Dsectional.vector.bits=128"));
        assertEquals("cannot open the SIMD provider: " + remedy, probe("-Dsectional.provider=simd"));
        assertEquals("scalar, 1 thread; for SIMD: " + remedy, probe());
        assertEquals("scalar, 1 thread", probe("-Dsectional.vector.bits=128", "-Dsectional.provider=scalar"));
    }
}
