package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of a file up to its last byte, files of several windows, files that are closed or become shorter. */
class MappedFileBoundsTest {
    private static final long WINDOW = MappedFile.WINDOW;

    @TempDir
    private Path folder;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private Path file(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(1).nextBytes(content);
        return Files.write(folder.resolve("file"), content);
    }

    /** Longer than the interval between two checks of the length. */
    private static void pause() throws InterruptedException {
        Thread.sleep(5);
    }

    private static void shorten(Path path, long length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
    }

    private static String outside(MappedFile mapped, long from, long count) {
        return assertThrows(IndexOutOfBoundsException.class, () -> mapped.map(from, count)).getMessage();
    }

    @Test
    void aPartEndsWithTheFile() throws IOException {
        Path path = file(8);
        byte[] content = Files.readAllBytes(path);
        try (MappedFile opened = MappedFile.open(path)) {
            for (MappedFile mapped : new MappedFile[] {opened, MappedFile.of("m", ByteBuffer.wrap(content))}) {
                assertEquals(8, mapped.length());
                assertEquals(ByteBuffer.wrap(content), mapped.map(0, 8));
                assertEquals(ByteBuffer.wrap(content, 7, 1), mapped.map(7, 1));
                assertEquals(0, mapped.map(8, 0).remaining());
                assertEquals("bytes 3 to 9 of 8", outside(mapped, 3, 6));
                outside(mapped, -1, 1);
                outside(mapped, 0, -1);
                outside(mapped, 9, 0);
                assertTrue(mapped.map(0, 8).isReadOnly());
                assertSame(ByteOrder.LITTLE_ENDIAN, mapped.map(0, 8).order());
            }
            assertEquals(path.toString(), opened.name());
        }
        assertEquals("m", MappedFile.of("m", ByteBuffer.wrap(content)).name());
    }

    @Test
    void anEmptyFileHasNoBytes() throws IOException {
        try (MappedFile mapped = MappedFile.open(file(0))) {
            assertEquals(0, mapped.length());
            assertEquals(0, mapped.map(0, 0).remaining());
            assertSame(ByteOrder.LITTLE_ENDIAN, mapped.map(0, 0).order());
            outside(mapped, 0, 1);
        }
    }

    /** A sparse file of two windows and 16 bytes, with numbers across both boundaries. */
    @Test
    void longFilesHaveSeveralWindows() throws IOException {
        Path path = folder.resolve("long");
        byte[] numbers = new byte[32];
        for (int i = 0; i < 32; i++) {
            numbers[i] = (byte) (i + 1);
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(2 * WINDOW + 16);
            for (int window = 1; window <= 2; window++) {
                file.seek(window * WINDOW - 16);
                file.write(numbers);
            }
        }
        try (MappedFile mapped = MappedFile.open(path)) {
            assertEquals(2 * WINDOW + 16, mapped.length());
            for (int window = 1; window <= 2; window++) {
                long from = window * WINDOW - 16;
                assertEquals(ByteBuffer.wrap(numbers, 0, 24), mapped.map(from, 24), "with the overlap");
                assertEquals(ByteBuffer.wrap(numbers), mapped.map(from, 32), "beyond the overlap");
                assertEquals(ByteBuffer.wrap(numbers, 16, 16), mapped.map(window * WINDOW, 16), "at the boundary");
                assertSame(ByteOrder.LITTLE_ENDIAN, mapped.map(from, 32).order());
            }
            ByteBuffer end = ByteBuffer.allocate(20);
            assertTrue(mapped.read(2 * WINDOW - 4, end));
            assertArrayEquals(Arrays.copyOfRange(numbers, 12, 32), end.array());
            ByteBuffer most = mapped.map(1, Integer.MAX_VALUE);
            assertEquals(Integer.MAX_VALUE, most.remaining());
            assertEquals(1, most.get((int) (WINDOW - 17)));
            outside(mapped, 2 * WINDOW, 17);
        }
        try (FileChannel channel = FileChannel.open(path)) {   // memory has one window of any length
            ByteBuffer large = channel.map(FileChannel.MapMode.READ_ONLY, 0, WINDOW + 16);
            assertEquals(ByteBuffer.wrap(numbers, 16, 16), MappedFile.of("m", large).map(WINDOW, 16));
        }
        shorten(path, WINDOW);
        try (MappedFile mapped = MappedFile.open(path)) {
            assertEquals(WINDOW, mapped.length());
            assertEquals(ByteBuffer.wrap(numbers, 0, 16), mapped.map(WINDOW - 16, 16));
            assertEquals(0, mapped.map(WINDOW, 0).remaining());
        }
    }

    /** More bytes than are copied at once, from any byte on. */
    @Test
    void readsFillTheBuffer() throws IOException {
        Path path = file((1 << 20) + 100);
        byte[] content = Files.readAllBytes(path);
        try (MappedFile mapped = MappedFile.open(path)) {
            ByteBuffer most = ByteBuffer.allocate(content.length - 50).position(3);
            assertTrue(mapped.read(53, most));
            assertFalse(most.hasRemaining());
            assertEquals(ByteBuffer.wrap(content, 53, content.length - 53), most.position(3));
            ByteBuffer direct = ByteBuffer.allocateDirect(7);
            assertTrue(mapped.read(2, direct));
            assertEquals(ByteBuffer.wrap(content, 2, 7), direct.flip());
        }
        ByteBuffer part = ByteBuffer.allocate(7);
        assertTrue(MappedFile.of("m", ByteBuffer.wrap(content)).read(9, part));
        assertEquals(ByteBuffer.wrap(content, 9, 7), part.flip());
    }

    @Test
    void aFileThatBecomesShorterIsRefused() throws Exception {
        Path path = file(100);
        try (MappedFile mapped = MappedFile.open(path)) {
            shorten(path, 100);
            pause();
            mapped.requireWhole();
            shorten(path, 60);
            pause();
            String message = assertThrows(InputException.class, mapped::requireWhole).getMessage();
            assertEquals(path + ": has become shorter while it was in use; fetch it again, then restart", message);
            assertEquals(message, assertThrows(InputException.class,
                    () -> mapped.read(50, ByteBuffer.allocate(11))).getMessage());
            assertTrue(mapped.read(50, ByteBuffer.allocate(10)));
        }
        MappedFile.of("m", ByteBuffer.allocate(3)).requireWhole();
    }

    @Test
    void aClosedFileIsMappedAgainAndNeitherReadNorWatched() throws Exception {
        Path path = file(100);
        byte[] content = Files.readAllBytes(path);
        MappedFile mapped = MappedFile.open(path);
        ByteBuffer before = mapped.map(10, 20);
        mapped.close();
        mapped.close();
        assertEquals(ByteBuffer.wrap(content, 10, 20), before);
        ByteBuffer into = ByteBuffer.allocate(4);
        assertFalse(mapped.read(0, into));
        assertEquals(4, into.remaining());
        Thread.currentThread().interrupt();
        assertEquals(ByteBuffer.wrap(content, 30, 40), mapped.map(30, 40));
        assertTrue(Thread.interrupted(), "the interrupt stays");
        assertEquals(ByteBuffer.wrap(content, 30, 40), mapped.map(30, 40));
        assertFalse(Thread.interrupted(), "none comes of itself");
        assertEquals(0, mapped.map(100, 0).remaining());
        shorten(path, 99);
        pause();
        mapped.requireWhole();
        String message = assertThrows(InputException.class, () -> mapped.map(0, 1)).getMessage();
        assertTrue(message.contains("has become shorter"), message);
        MappedFile memory = MappedFile.of("m", ByteBuffer.wrap(content));
        memory.close();
        assertEquals(ByteBuffer.wrap(content, 10, 20), memory.map(10, 20));
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
    void closingAndRefusingReleaseTheHandle() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/fd")), "this system does not list handles");
        Path path = file(100).toRealPath();
        MappedFile mapped = MappedFile.open(path);
        assertEquals(1, handles(path));
        mapped.close();
        assertEquals(0, handles(path));
        assertThrows(InputException.class, () -> Safetensors.open(path));
        assertEquals(0, handles(path), "a file that is refused");
        Files.write(path, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        Safetensors opened = Safetensors.open(path);
        assertEquals(1, handles(path));
        opened.close();
        assertEquals(0, handles(path));
    }

    /** An error of a mapping that lost its pages. */
    private static InternalError unsafe(String message) {
        return new InternalError(message);
    }

    @Test
    void errorsOfMappedPagesAreExplained() {
        InternalError error = unsafe("a fault occurred in an unsafe memory access operation");
        InputException explained = MappedFile.explained(error);
        assertSame(error, explained.getCause());
        assertTrue(explained.getMessage().startsWith("a file of weights has become shorter while it was in use"));
        InternalError late = new InternalError() {
            @Override
            public String getMessage() {
                throw error;   // a second access is reported while the first one is looked at
            }
        };
        assertSame(error, MappedFile.explained(late).getCause());
        for (InternalError other : new InternalError[] {unsafe("another fault"), unsafe(null)}) {
            assertSame(other, assertThrows(InternalError.class, () -> MappedFile.explained(other)));
        }
    }
}
