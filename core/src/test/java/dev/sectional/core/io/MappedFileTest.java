package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the bytes of a model come from: mapped files, files of other file systems, buffers, streams and channels. */
class MappedFileTest {
    private static final Tensor FIRST = Tensor.of(Shape.of(2, 2), 1, -2, 3, 0.5f);

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void write() {
        file = folder.resolve("weights.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>(Map.of("first", FIRST));
        for (int i = 0; i < 20; i++) {
            tensors.put("t" + i, Tensor.of(Shape.of(1), i));
        }
        SafetensorsWriter.write(file, Map.of("key", "value"), tensors, Map.of(), written -> { });
    }

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @Test
    void anInterruptClosesNothing() throws IOException {
        Thread.currentThread().interrupt();
        try (MappedFile mapped = MappedFile.open(file)) {
            ByteBuffer read = ByteBuffer.allocate(8);
            assertTrue(mapped.read(0, read));
            assertEquals(mapped.map(0, 8), read.flip());
            assertTrue(Thread.interrupted(), "the interrupt stays");
            Thread.currentThread().interrupt();
            pause();
            mapped.requireWhole();
            assertTrue(Thread.interrupted());

            try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(10);
            }
            pause();
            assertThrows(InputException.class, mapped::requireWhole, "the check goes on after the interrupt");
        }
    }

    /** Longer than the interval between two checks of the length. */
    private static void pause() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 2_000_000) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aFileHasOneMapping() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.isReadable(maps), "this system does not list mappings");
        try (Safetensors opened = Safetensors.open(file)) {
            opened.names().forEach(opened::source);
            opened.names().forEach(opened::tensor);
            assertEquals(1, Files.readAllLines(maps).stream().filter(line -> line.endsWith(file.toString())).count());
        }
    }

    @Test
    void aFileInAnArchiveIsReadIntoMemory() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Path inside = Files.copy(file, zip.getPath("inside.safetensors"));
            try (Safetensors opened = Safetensors.open(inside)) {
                assertArrayEquals(FIRST.data(), opened.tensor("first").data());
            }
            Files.write(inside, new byte[9]);
            String message = assertThrows(InputException.class, () -> Safetensors.open(inside)).getMessage();
            assertTrue(message.startsWith("inside.safetensors: "), message);
        }
    }

    @Test
    void buffersAreSharedAndUsedInPlaceIfDirect() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer heap = ByteBuffer.wrap(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 9).position(9).put(bytes).position(9);
        for (ByteBuffer buffer : new ByteBuffer[] {heap, direct}) {
            try (Safetensors opened = Safetensors.of(MappedFile.of("memory", buffer))) {
                assertArrayEquals(FIRST.data(), opened.tensor("first").data());
                assertEquals(Map.of("key", "value"), opened.metadata());
                assertEquals(buffer.isDirect(), opened.source("first").inPlace(values ->
                        assertEquals(-2f, values.getFloat(4))));
                ByteBuffer stored = ByteBuffer.allocate(8);
                assertTrue(opened.source("first").readStored(DType.F32, 2, stored));
                assertArrayEquals(Arrays.copyOfRange(bytes, indexOfThree(bytes), indexOfThree(bytes) + 8),
                        stored.array());
            }
        }
        bytes[indexOfThree(bytes) + 3] = 0x41;   // 3 becomes 12
        try (Safetensors opened = Safetensors.of(MappedFile.of("memory", heap))) {
            assertEquals(12f, opened.tensor("first").data()[2], "nothing is copied");
        }
    }

    private static int indexOfThree(byte[] bytes) {
        for (int i = 0; ; i++) {
            if (ByteBuffer.wrap(bytes, i, 4).getInt() == 0x00004040) {
                return i;
            }
        }
    }

    /** Gives a few bytes at a time and does not tell how many there are. */
    private static InputStream dripping(byte[] bytes) {
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int available() {
                return 1;
            }

            @Override
            public int read(byte[] into, int at, int count) throws IOException {
                return super.read(into, at, Math.min(count, 60_000));
            }
        };
    }

    @Test
    void streamsAndChannelsAreReadToTheirEnd() throws IOException {
        byte[] bytes = new byte[3_500_000];   // several chunks
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        ByteBuffer expected = ByteBuffer.wrap(bytes);
        assertEquals(expected, whole(MappedFile.of("s", dripping(bytes))));
        assertEquals(expected, whole(MappedFile.of("s", new ByteArrayInputStream(bytes))));
        assertEquals(0, MappedFile.of("s", InputStream.nullInputStream()).length());
        Path large = Files.write(folder.resolve("large"), bytes);
        try (var channel = Files.newByteChannel(large)) {
            channel.position(1000);
            assertEquals(expected.slice(1000, bytes.length - 1000), whole(MappedFile.of("c", channel)));
            assertTrue(channel.isOpen());
        }
    }

    private static ByteBuffer whole(MappedFile content) throws IOException {
        ByteBuffer whole = content.map(0, content.length());
        assertTrue(whole.isDirect());
        return whole;
    }

    @Test
    void failuresNameTheModel() throws IOException {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the line is dead");
            }
        };
        String message = assertThrows(InputException.class, () -> MappedFile.of("net", broken)).getMessage();
        assertTrue(message.startsWith("net: cannot be read") && message.contains("the line is dead"), message);
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        try (var source = pipe.source(); var sink = pipe.sink()) {
            assertTrue(assertThrows(InputException.class, () -> MappedFile.of("net", source)).getMessage()
                    .contains("no data yet"));
            assertTrue(source.isOpen() && sink.isOpen());
        }
    }
}
