package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that ends while it writes a file, and what a killed one left. */
@Tag("exhaustive")
class InterruptedWriteTest {
    @TempDir
    Path folder;

    /** Writes to a file whose values never come. */
    public static final class Program {
        private Program() {
        }

        public static void main(String[] args) {
            TensorSource endless = new TensorSource() {
                @Override
                public Shape shape() {
                    return Shape.of(1 << 20);
                }

                @Override
                public void read(int from, float[] into, int at, int count) {
                    try {
                        System.out.println("reading");
                        Thread.sleep(600_000);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            SafetensorsWriter.write(Path.of(args[0]), Map.of(), Map.of("a", endless), Map.of("a", DType.F32), n -> { });
        }
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private Process writing() throws IOException {
        Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), Program.class.getName(),
                folder.resolve("out.safetensors").toString())).redirectErrorStream(true).start();
        assertEquals("reading", process.inputReader().readLine());
        assertEquals(1, names().size(), "the temporary file");
        return process;
    }

    @Test
    void aProgramThatIsToldToEndLeavesNothing() throws Exception {
        Process process = writing();
        process.destroy();   // as Ctrl-C and kill do
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(Set.of(), names());
    }

    @Test
    void whatAKilledProgramLeftGoesWithTheNextWrite() throws Exception {
        Process killed = writing();
        killed.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        assertEquals(1, names().size());
        String alive = ".out.safetensors." + ProcessHandle.current().pid() + "-99.part";
        Files.createFile(folder.resolve(alive));
        Files.createFile(folder.resolve(".other.safetensors." + killed.pid() + "-0.part"));

        SafetensorsWriter.write(folder.resolve("out.safetensors"), Map.of(), Map.of("a", Tensor.of(Shape.of(1), 1)),
                Map.of(), n -> { });

        assertEquals(Set.of("out.safetensors", alive, ".other.safetensors." + killed.pid() + "-0.part"), names());
    }
}
