package dev.sectional.spark.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A remote file is copied to this machine once, until it changes. */
class NodeCacheTest {
    @TempDir
    Path folder;
    private final Configuration configuration = new Configuration();
    private String uri;

    @BeforeEach
    void remoteFile() throws IOException {
        System.setProperty(NodeCache.PROPERTY, folder.resolve("cache").toString());
        configuration.set("fs.far.impl", Far.class.getName());
        Files.writeString(folder.resolve("net.safetensors"), "weights");
        uri = "far://host" + folder.resolve("net.safetensors");
        Far.opened = 0;
    }

    @AfterEach
    void usualFolder() {
        System.clearProperty(NodeCache.PROPERTY);
    }

    @Test
    void copiesOnceUntilTheFileChanges() throws IOException {
        Path copy = NodeCache.copy(uri, configuration);

        assertEquals("weights", Files.readString(copy));
        assertTrue(copy.startsWith(folder.resolve("cache")) && copy.endsWith("net.safetensors"), copy.toString());
        assertEquals(copy, NodeCache.copy(uri, configuration));
        assertEquals(1, Far.opened);

        Files.writeString(folder.resolve("net.safetensors"), "changed");   // as long as before
        Files.setLastModifiedTime(folder.resolve("net.safetensors"), FileTime.fromMillis(1_000_000));
        Path other = NodeCache.copy(uri, configuration);
        assertNotEquals(copy, other);
        assertEquals("changed", Files.readString(other));
    }

    @Test
    void saysWhatIsMissing() {
        InputException e = assertThrows(InputException.class,
                () -> NodeCache.copy("far://host/nowhere/net.safetensors", configuration));
        assertTrue(e.getMessage().startsWith("cannot read far://host/nowhere/net.safetensors on this machine"),
                e.getMessage());
        assertThrows(InputException.class, () -> NodeCache.copy("nosuch://host/net", configuration));
    }

    @Test
    void othersMustNotWriteTheCache() throws IOException {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));

        InputException e = assertThrows(InputException.class, () -> NodeCache.copy(uri, configuration));

        assertTrue(e.getMessage().contains("others may write"), e.getMessage());
    }

    /** The local file system under another scheme. */
    public static final class Far extends RawLocalFileSystem {
        private static int opened;

        @Override
        public URI getUri() {
            return URI.create("far://host");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
            opened++;
            return super.open(file, buffer);
        }
    }
}
