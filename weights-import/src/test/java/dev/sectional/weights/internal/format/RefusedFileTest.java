package dev.sectional.weights.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that cannot be opened or read, and the handles of those that are refused. */
class RefusedFileTest {
    @TempDir
    Path folder;

    private Path weights() {
        Path file = folder.resolve("w.safetensors");
        SafetensorsWriter.write(file, Map.of(), Map.of("a", Tensor.zeros(Shape.of(1))));
        return file;
    }

    /** A member of an archive whose packed bytes are damaged. */
    @Test
    void aFileThatCannotBeOpenedIsNamedWithTheReason() throws IOException {
        Path archive = folder.resolve("a.zip");
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Files.copy(weights(), zip.getPath("w.safetensors"));
        }
        byte[] bytes = Files.readAllBytes(archive);
        bytes[30 + bytes[26] + bytes[28]] = -1;   // behind the member's header, name and further fields
        Files.write(archive, bytes);
        try (FileSystem zip = FileSystems.newFileSystem(archive)) {
            Path inside = zip.getPath("w.safetensors");
            assertTrue(Files.isRegularFile(inside));
            String message = assertThrows(InputException.class, () -> FormatDetector.open(inside)).getMessage();
            assertTrue(message.startsWith("cannot read w.safetensors: ")
                    && message.endsWith("; check that it is a file you may read"), message);
            assertEquals(1, message.lines().count());
        }
    }

    @Test
    void aFileThatIsGoneIsNamedWithTheReason() throws IOException {
        Path file = weights();
        MappedFile content = MappedFile.open(file);
        content.close();
        Files.delete(file);
        assertEquals("cannot read " + file + ": there is no such file; check that it is a file you may read",
                assertThrows(InputException.class, () -> FormatDetector.open(content, "")).getMessage());
    }

    /** Handles of this process on a file. */
    private static long handles(Path path) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(each -> {
                try {
                    return Files.readSymbolicLink(each).equals(path);
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            }).count();
        }
    }

    @Test
    void aRefusedFileIsClosedAndAnOpenOneIsNot() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/fd")), "this system does not list handles");
        Path file = weights().toRealPath();
        OpenedFile opened = FormatDetector.open(file);
        assertEquals(1, handles(file));
        opened.close();
        assertEquals(0, handles(file));
        Files.writeString(file, "no model at all");
        assertThrows(InputException.class, () -> FormatDetector.open(file));
        assertEquals(0, handles(file));
        String two = "{\"weight_map\": {\"a\": \"s\", \"b\": \"s\"}}";
        Path shard = folder.toRealPath().resolve("s");
        SafetensorsWriter.write(shard, Map.of(), Map.of("a", Tensor.zeros(Shape.of(1))));
        Files.writeString(file, two, StandardCharsets.UTF_8);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(file)).getMessage();
        assertTrue(message.contains("tensor b is not in s"), message);
        assertEquals(0, handles(shard), "a shard of a refused index");
        Files.writeString(file, two.replace(", \"b\": \"s\"", ""), StandardCharsets.UTF_8);
        OpenedFile index = FormatDetector.open(file);
        assertEquals(1, handles(shard));
        index.close();
        assertEquals(0, handles(shard));
        assertEquals(0, handles(file));
    }
}
