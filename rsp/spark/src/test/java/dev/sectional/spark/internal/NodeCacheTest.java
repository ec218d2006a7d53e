package dev.sectional.spark.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A remote file is copied to this machine once, until it changes. */
class NodeCacheTest {
    @TempDir
    Path folder;
    private Path original;
    private RemotePath remote;

    @BeforeEach
    void remoteFile() throws IOException {
        System.setProperty(NodeCache.PROPERTY, folder.resolve("cache").toString());
        original = Files.writeString(folder.resolve("net.safetensors"), "weights");
        remote = FarFileSystem.path(original);
        FarFileSystem.opened = 0;
    }

    @AfterEach
    void usualFolder() {
        System.clearProperty(NodeCache.PROPERTY);
    }

    @Test
    void copiesOnceUntilTheFileChanges() throws IOException {
        Path copy = NodeCache.copy(remote);

        assertEquals("weights", Files.readString(copy));
        assertTrue(copy.startsWith(folder.resolve("cache")) && copy.endsWith("net.safetensors"), copy.toString());
        assertEquals(copy, NodeCache.copy(remote));
        assertEquals(1, FarFileSystem.opened);

        Files.writeString(original, "changed");   // as long as before
        Files.setLastModifiedTime(original, FileTime.fromMillis(1_000_000));
        Path other = NodeCache.copy(remote);
        assertNotEquals(copy, other);
        assertEquals("changed", Files.readString(other));
    }

    @Test
    void halfACopyIsNeverUsed() throws IOException {
        Path copy = NodeCache.copy(remote);
        Files.writeString(copy, "wei");
        Files.writeString(copy.resolveSibling("net.safetensors.part"), "weigh");

        assertEquals("weights", Files.readString(NodeCache.copy(remote)));
        try (Stream<Path> files = Files.list(copy.getParent())) {
            assertEquals(List.of("lock", "net.safetensors"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void partsOfANetworkAreCopiedTogether() throws IOException {
        Path index = Files.writeString(folder.resolve("net.safetensors.index.json"),
                "{\"weight_map\": {\"a\": \"net-1.safetensors\", \"b\": \"net-2.safetensors\"}}");
        Files.writeString(folder.resolve("net-1.safetensors"), "one");
        Files.writeString(folder.resolve("net-2.safetensors"), "two");
        Path onnx = Files.writeString(folder.resolve("net.onnx"), "graph");
        Files.writeString(folder.resolve("net.onnx.data"), "elements");

        Path copy = NodeCache.copy(FarFileSystem.path(index));
        assertEquals("two", Files.readString(copy.resolveSibling("net-2.safetensors")));
        assertEquals("one", Files.readString(copy.resolveSibling("net-1.safetensors")));
        assertTrue(Files.notExists(copy.resolveSibling("net.safetensors")), "not named by the index");
        copy = NodeCache.copy(FarFileSystem.path(onnx));
        assertEquals("elements", Files.readString(copy.resolveSibling("net.onnx.data")));

        Files.writeString(folder.resolve("net-2.safetensors"), "changed");
        assertEquals("changed", Files.readString(NodeCache.copy(FarFileSystem.path(index))
                .resolveSibling("net-2.safetensors")));
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        RemotePath nowhere = FarFileSystem.path(Path.of("/nowhere/net.safetensors"));
        InputException e = assertThrows(InputException.class, () -> NodeCache.copy(nowhere));
        assertTrue(e.getMessage().startsWith("cannot read far://host/nowhere/net.safetensors on ")
                && e.getMessage().contains("there is no such file"), e.getMessage());
        e = assertThrows(InputException.class, () -> SharedFiles.file("nosuch://host/net"));
        assertTrue(e.getMessage().contains("No FileSystem for scheme \"nosuch\"") && !e.getMessage().contains("\n"),
                e.getMessage());
    }

    @Test
    void othersMustNotWriteTheCache() throws IOException {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));

        InputException e = assertThrows(InputException.class, () -> NodeCache.copy(remote));

        assertTrue(e.getMessage().contains("others may write"), e.getMessage());
    }
}
