package dev.sectional.images.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFilesTest {
    @TempDir
    Path folder;

    @Test
    void filesAppearTogether() throws IOException {
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(folder.resolve("a"), out -> out.write(1));
            outputs.add(folder.resolve("new/b"), out -> out.write(2));
            assertFalse(Files.exists(folder.resolve("a")));
            outputs.keep();
        }
        assertEquals(List.of("a", "new"), names());
        assertEquals(2, Files.readAllBytes(folder.resolve("new/b"))[0]);
    }

    @Test
    void aFailureLeavesNothingAndKeepsWhatWasThere() throws IOException {
        Files.writeString(folder.resolve("a"), "old");

        assertThrows(InputException.class, () -> {
            try (OutputFiles outputs = new OutputFiles()) {
                outputs.add(folder.resolve("a"), out -> out.write(1));
                outputs.add(folder.resolve("b"), out -> {
                    out.write(1);
                    throw new IOException("disk full");
                });
                outputs.keep();
            }
        });

        assertEquals(List.of("a"), names());
        assertEquals("old", Files.readString(folder.resolve("a")));
    }

    /** The second was kept, the first was gone. */
    @Test
    void twoResultsDoNotShareAName() {
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(folder.resolve("a"), out -> out.write(1));
            assertThrows(InputException.class, () -> outputs.add(folder.resolve("a"), out -> out.write(2)));
        }
    }

    /** The JDK's exceptions for these have no message but a name. */
    @Test
    void saysWhatIsInTheWay() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        Files.createDirectories(folder.resolve("taken/inside"));
        for (Path wanted : new Path[] {file.resolve("below"), folder.resolve("taken")}) {
            InputException e = assertThrows(InputException.class, () -> {
                try (OutputFiles outputs = new OutputFiles()) {
                    outputs.add(wanted, out -> out.write(1));
                    outputs.keep();
                }
            });
            assertTrue(e.getMessage().contains("is in the way"), e.getMessage());
        }
    }

    @Test
    void aFolderMustBeOne() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        OutputFiles.requireFolder(folder.resolve("not/yet/there"), "--out");

        assertThrows(InputException.class, () -> OutputFiles.requireFolder(file, "--out"));
        assertThrows(InputException.class, () -> OutputFiles.requireFolder(file.resolve("below"), "--out"));
        assertEquals(List.of("file"), names());
    }

    @Test
    void whatKilledProcessesLeftGoesAfterAMinute() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        FileTime old = FileTime.from(Instant.now().minusSeconds(90));
        String alive = ".b." + ProcessHandle.current().pid() + ".tmp";
        for (String name : List.of(".a." + ended.pid() + ".tmp", alive, ".c.tmp", "d." + ended.pid() + ".tmp")) {
            Files.setLastModifiedTime(Files.createFile(folder.resolve(name)), old);
        }
        String recent = ".e." + ended.pid() + ".tmp";
        Files.createFile(folder.resolve(recent));

        OutputFiles.requireFolder(folder, "--out");

        assertEquals(Set.of(alive, ".c.tmp", "d." + ended.pid() + ".tmp", recent), Set.copyOf(names()));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
