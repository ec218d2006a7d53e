package dev.sectional.spark.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.spark.SmallVoc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code written for paths reads Hadoop's file systems. */
class RemoteFileSystemTest {
    @TempDir
    Path folder;

    private static Path far(String local) {
        try {
            return FarFileSystem.path(Path.of(local));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void readsFilesAndFolders() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("a b/c")).resolve("d%20.txt"), "0123456789");
        Path root = far(folder.toString());
        Path file = root.resolve("a b").resolve("c/d%20.txt");

        assertEquals("far://host" + folder + "/a b/c/d%20.txt", file.toString());
        assertEquals("0123456789", Files.readString(file));
        assertEquals(10, Files.size(file));
        assertTrue(Files.isRegularFile(file) && Files.isReadable(file) && Files.isDirectory(file.getParent()));
        assertFalse(Files.exists(root.resolve("x")) || Files.isDirectory(root.resolve("x")));
        assertThrows(NoSuchFileException.class, () -> Files.readString(root.resolve("x")));
        try (Stream<Path> below = Files.walk(root)) {
            assertEquals(List.of(root, root.resolve("a b"), file.getParent(), file), below.sorted().toList());
        }
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer two = ByteBuffer.allocate(2);
            channel.position(7).read(two);
            assertEquals("78", new String(two.array()));
            assertEquals(9, channel.position());
        }
        assertEquals("c/d%20.txt", root.resolve("a b").relativize(file).toString());
        assertEquals("d%20.txt", file.getFileName().toString());
    }

    @Test
    void aDatasetIsThatOfThisMachine() throws IOException {
        Path voc = Files.createDirectories(folder.resolve("VOCdevkit/VOC2007"));
        SmallVoc.write(voc, 90, 80, "000001");
        Dataset local = new DatasetChoice("voc2007", folder.toString(), null, null, null, null, 0).open();
        Dataset remote = new DatasetChoice("voc2007", folder.toString(), null, null, null, null, 0)
                .open(RemoteFileSystemTest::far);

        assertEquals(local.size(), remote.size());
        assertEquals(local.digest(0), remote.digest(0));
        assertEquals(local.sample(0).truths().size(), remote.sample(0).truths().size());
        assertEquals(local.sample(0).image().width(), remote.sample(0).image().width());
    }
}
