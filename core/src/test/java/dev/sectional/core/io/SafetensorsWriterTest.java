package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chunks, padding, progress and failures of a file that is written. */
class SafetensorsWriterTest {
    @TempDir
    private Path folder;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    /** What a source does when it is read. */
    @FunctionalInterface
    private interface Reading {
        void read(int from, float[] into, int at, int count) throws IOException;
    }

    /** A source whose elements, or whose failure, are computed. */
    private record Computed(Shape shape, Reading reading) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            throw new AssertionError("stored elements are asked for first");
        }

        @Override
        public boolean readStored(DType type, int from, ByteBuffer into) throws IOException {
            float[] values = new float[into.remaining() / type.bytes()];
            reading.read(from, values, 0, values.length);
            Elements.encode(values, values.length, type, into);
            return true;
        }
    }

    private static TensorSource counted(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = i % 60_013;
        }
        return Tensor.of(Shape.of(size), values);
    }

    private void requireFolder(String... names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(names), files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** Tensors of no chunk, one chunk exactly, one element more, and several chunks. */
    @Test
    void chunksFollowOneAnother() throws IOException {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        Map<String, DType> types = new LinkedHashMap<>();
        int[] sizes = {0, 1 << 17, (1 << 17) + 1, 1 << 18, (1 << 18) + 1, 600_001, 3};
        for (int size : sizes) {
            for (DType type : List.of(DType.F64, DType.F32, DType.BF16)) {
                tensors.put(type + "." + size, counted(size));
                types.put(type + "." + size, type);
            }
        }
        Path out = folder.resolve("out");
        List<Long> progress = new ArrayList<>();
        SafetensorsWriter.write(out, Map.of(), tensors, types, progress::add);
        assertEquals(progress.stream().sorted().distinct().toList(), progress, "it grows");
        assertEquals(Files.size(out), progress.get(progress.size() - 1));
        int chunks = 0;
        try (Safetensors file = Safetensors.open(out)) {
            assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.names()));
            for (String name : tensors.keySet()) {
                float[] expected = tensors.get(name).tensor().data().clone();
                for (int i = 0; types.get(name) == DType.BF16 && i < expected.length; i++) {
                    expected[i] = DType.bfloat16ToFloat(DType.floatToBfloat16(expected[i]));
                }
                assertArrayEquals(expected, file.tensor(name).data(), name);
                chunks += (expected.length * types.get(name).bytes() + (1 << 20) - 1) >> 20;
            }
        }
        assertEquals(chunks, progress.size(), "chunks of at most 1 MiB");
        requireFolder("out");
    }

    /** Data begin at a multiple of 8 bytes behind the JSON, with as few spaces as that takes. */
    @Test
    void theHeaderIsPaddedToEightBytes() throws IOException {
        for (int letters = 1; letters <= 8; letters++) {
            String name = "n".repeat(letters);
            Path out = folder.resolve("out");
            SafetensorsWriter.write(out, Map.of("k", "v"), Map.of(name, Tensor.of(Shape.of(1, 2), 3, 4)));
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN);
            int length = (int) file.getLong(0);
            assertEquals(0, length % 8);
            assertEquals(8 + length + 8, file.limit());
            String json = new String(file.array(), 8, length, StandardCharsets.UTF_8);
            String plain = "{\"__metadata__\":{\"k\":\"v\"},\"" + name
                    + "\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
            assertEquals(plain + " ".repeat(length - plain.length()), json);
            assertTrue(length - plain.length() < 8);
            assertEquals(4, file.getFloat(8 + length + 4));
        }
    }

    private InputException refused(TensorSource source) throws IOException {
        InputException refused = assertThrows(InputException.class,
                () -> SafetensorsWriter.write(folder.resolve("out"), Map.of(), Map.of("a", source)));
        requireFolder();
        return refused;
    }

    @Test
    void failuresOfASourceArriveAsTheyAre() throws IOException {
        IOException broken = new IOException("the disk is gone");
        InputException refused = refused(new Computed(Shape.of(2), (from, into, at, count) -> {
            throw broken;
        }));
        assertSame(broken, refused.getCause());
        assertEquals(folder.resolve("out") + ": cannot be written (the disk is gone)", refused.getMessage());
        InputException own = new InputException("its own words");
        assertSame(own, refused(new Computed(Shape.of(2), (from, into, at, count) -> {
            throw own;
        })));
        Error fault = new AssertionError("a fault");
        assertSame(fault, assertThrows(AssertionError.class, () -> SafetensorsWriter.write(folder.resolve("out"),
                Map.of(), Map.of("a", new Computed(Shape.of(2), (from, into, at, count) -> {
                    throw fault;
                })))));
        requireFolder();
    }

    @Test
    void aFolderThatCannotTakeTheFileIsNamed() throws IOException {
        Map<String, Tensor> one = Map.of("a", Tensor.zeros(Shape.of(1)));
        assertEquals(folder + ": cannot be written: it is a folder", assertThrows(InputException.class,
                () -> SafetensorsWriter.write(folder, Map.of(), one)).getMessage());
        Path nowhere = folder.resolve("none/out");
        assertEquals(nowhere + ": cannot be written: its folder does not exist", assertThrows(InputException.class,
                () -> SafetensorsWriter.write(nowhere, Map.of(), one)).getMessage());
    }

    /** The sources may be closed when a write returns, so the thread that reads them has ended. */
    @Test
    void noReaderOutlivesAWrite() throws Exception {
        Thread[] reader = new Thread[1];
        Path out = folder.resolve("out");
        SafetensorsWriter.write(out, Map.of(), Map.of("a", new Computed(Shape.of(2), (from, into, at, count) -> {
            reader[0] = Thread.currentThread();
        })));
        reader[0].join(5000);
        assertFalse(reader[0].isAlive());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void anInterruptStopsTheWriteOnceTheReaderHasEnded() throws IOException {
        Thread writer = Thread.currentThread();
        boolean[] ended = new boolean[1];
        InputException refused = refused(new Computed(Shape.of(2), (from, into, at, count) -> {
            writer.interrupt();
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            ended[0] = true;
        }));
        assertTrue(ended[0]);
        assertTrue(Thread.interrupted(), "the interrupt stays");
        assertTrue(refused.getMessage().endsWith("out: cannot be written (it was interrupted)"), refused.getMessage());
    }
}
