package dev.sectional.weights.internal.hdf5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HDF5 as h5py 3.7 (HDF5 1.10.8) wrote it. {@code layouts.h5} holds 0, 1, .. 104 in shape (7, 5, 3) in every way that
 * is read, 300 scalars in one group, and links of every kind; {@code vgg_tiny.weights.h5} and {@code .keras} are laid
 * out as Keras 3 does, the latter compressed twice; {@code vgg_tiny.latest.h5} as Keras 2 saves a whole model, in
 * HDF5's newest format.
 */
class Hdf5FileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"vgg_tiny.weights.h5,HDF5", "vgg_tiny.keras,Keras archive", "vgg_tiny.latest.h5,HDF5"})
    void givesTheGeneratorsBitsFromEveryLayoutOfKeras(String name, String format) throws IOException {
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, name))) {
            assertEquals(format, file.format());
            ModelWeights named = file.modelWeights(Map.of(), "");
            VggTiny.requireSame(named.tensors(), DType.F32);
            assertEquals("BGR", named.metadata().get("sectional.channels"));
        }
    }

    @ParameterizedTest
    @CsvSource({"chunked,F32", "gzip,F32", "big-endian,F64", "half,F16", "whole,I64", "byte,U8"})
    void readsEveryLayout(String name, DType type) throws IOException {
        StoredTensor stored = layouts().get(name);
        assertEquals(type, stored.type());
        assertEquals(Shape.of(7, 5, 3), stored.values().shape());
        float[] values = stored.values().tensor().data();
        for (int i = 0; i < values.length; i++) {
            assertEquals(i, values[i]);
        }
    }

    @Test
    void readsWhatIsLessUsual() throws IOException {
        Map<String, StoredTensor> tensors = layouts();
        assertArrayEquals(new float[] {4.5f}, values(tensors, "scalar"));
        assertArrayEquals(new float[] {0, 1, 2, 3}, values(tensors, "compact"));
        assertArrayEquals(new float[] {1, -2}, values(tensors, "bfloat16"));
        assertEquals(DType.BF16, tensors.get("bfloat16").type());
        assertArrayEquals(new float[0], values(tensors, "empty"));
        assertEquals(1, values(tensors, "truth")[51]);
        for (int i = 0; i < 300; i++) {
            assertArrayEquals(new float[] {i}, values(tensors, String.format("many/t%03d", i)));
        }
    }

    @Test
    void entersAGroupOnceAndFollowsNoOtherLinks() throws IOException {
        Map<String, StoredTensor> tensors = layouts();
        assertTrue(tensors.containsKey("deep/er/one"));
        for (String name : new String[] {"soft", "links/external", "text", "null", "deep/loop/er/one"}) {
            assertFalse(tensors.containsKey(name), name);
        }
        assertEquals(12 + 300, tensors.size());
    }

    /** {@code latest.h5} was written by {@code src/test/oracle/hdf5_layouts.py}. */
    @ParameterizedTest
    @ValueSource(strings = {"single", "single-gzip", "fixed", "fixed-gzip", "fixed-larger", "extensible",
        "extensible-second", "extensible-last", "tree", "tree-gzip", "implicit", "paged", "deep-tree"})
    void readsEveryChunkIndexOfTheNewestFormat(String name) {
        float[] values = values(latest().tensors(), name);
        assertEquals(name.equals("paged") ? 1040 : name.equals("deep-tree") ? 400 : 105, values.length);
        for (int i = 0; i < values.length; i++) {
            assertEquals(i, values[i]);
        }
    }

    @Test
    void leavesZeroWhereAPageOfChunksWasNeverWritten() {
        float[] values = values(latest().tensors(), "holes");
        for (int i = 0; i < values.length; i++) {
            assertEquals(i >= 1030 && i < 1040 ? i : 0, values[i]);
        }
    }

    @Test
    void readsLinksAndAttributesInHeaps() {
        Hdf5File file = latest();
        for (int i = 0; i < 60; i++) {
            assertArrayEquals(new float[] {i}, values(file.tensors(), String.format("many/a-long-name-of-a-tensor-%03d",
                    i)));
        }
        assertEquals(14 + 60, file.tensors().size());
        assertEquals(List.of("value 47"), file.texts("many", "text47"));
        assertFalse(new Hdf5File("x.h5", FileBytes.of(Resources.bytes("dense.h5"))).tensors().isEmpty());
    }

    private static Hdf5File latest() {
        return new Hdf5File("x.h5", FileBytes.of(Resources.bytes("latest.h5")));
    }

    @Test
    void saysWhatIsNotRead() {
        assertTrue(refusal(Resources.bytes("lzf.h5")).contains("dataset x is compressed with HDF5 filter 32000"));
        byte[] wide = Resources.bytes("layouts.h5");
        wide[13] = 4;
        assertTrue(refusal(wide).contains("addresses of 4"));
    }

    @Test
    void readsVersionsAndNames() throws IOException {
        assertEquals("2.15.0", new Hdf5File("x.h5", FileBytes.of(Resources.bytes("vgg_tiny.latest.h5"))).about()
                .get("keras_version"));
        Map<String, String> names = new Hdf5File("x.h5", FileBytes.of(Resources.bytes("vgg_tiny.weights.h5"))).names();
        assertEquals("block2_conv1", names.get("layers/conv2d_2/vars"));
    }

    @Test
    void leavesOutWhatAnOptimiserRemembers() throws IOException {
        assertTrue(new Hdf5File("x.h5", FileBytes.of(Resources.bytes("vgg_tiny.weights.h5"))).tensors()
                .containsKey("optimizer/vars/0"));
        try (OpenedFile file = FormatDetector.open(Resources.copy(folder, "vgg_tiny.weights.h5"))) {
            assertEquals(14, file.tensors().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.keras.h5", "vgg_tiny.latest.h5", "lzf.h5", "latest.h5"})
    @Tag("exhaustive")
    void refusesAFileCutAnywhere(String name) {
        byte[] whole = Resources.bytes(name);
        for (int length = 0; length < whole.length; length += whole.length > 50_000 ? 311 : 37) {
            refusal(Arrays.copyOf(whole, length));
        }
    }

    /** All addresses of the file, put in the place of one another: trees and groups in circles, overlapping values. */
    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.weights.h5", "vgg_tiny.latest.h5"})
    @Tag("exhaustive")
    void endsWhateverTheAddressesSay(String name) {
        byte[] whole = Resources.bytes(name);
        long[] addresses = addresses(whole);
        ByteBuffer buffer = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        assertTrue(addresses.length > 10);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (int at = 0; at + 8 <= Math.min(whole.length, 4096); at += 4) {
                long before = buffer.getLong(at);
                for (int i = 0; i < 6; i++) {
                    buffer.putLong(at, i == 0 ? -2 : addresses[(at * 7 + i * 31) % addresses.length]);
                    tryToRead(whole);
                }
                buffer.putLong(at, before);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.weights.h5", "vgg_tiny.latest.h5", "latest.h5"})
    @Tag("exhaustive")
    void everyChangedByteIsReadOrRefused(String name) {
        byte[] whole = Resources.bytes(name);
        int refused = 0;
        for (int at = 0; at < whole.length; at += whole.length > 50_000 ? 811 : 11) {
            byte before = whole[at];
            for (byte other : new byte[] {0, -1, 1, (byte) (before ^ 0x10)}) {
                whole[at] = other;
                refused += tryToRead(whole) ? 0 : 1;
            }
            whole[at] = before;
        }
        assertTrue(refused > (whole.length > 50_000 ? 60 : 200), "only " + refused + " changes were noticed");
    }

    private static long[] addresses(byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        return IntStream.range(0, file.length / 8).mapToLong(i -> buffer.getLong(8 * i))
                .filter(value -> value > 0 && value < file.length).distinct().toArray();
    }

    private static boolean tryToRead(byte[] file) {
        try {
            new Hdf5File("x.h5", FileBytes.of(file)).tensors().values().forEach(stored -> stored.values().tensor());
            return true;
        } catch (InputException wrong) {
            assertEquals(1, wrong.getMessage().lines().count());
            return false;
        }
    }

    private static String refusal(byte[] file) {
        String message = assertThrows(InputException.class, () -> new Hdf5File("x.h5", FileBytes.of(file)))
                .getMessage();
        assertTrue(message.startsWith("cannot read x.h5: "), message);
        return message;
    }

    private static Map<String, StoredTensor> layouts() {
        return new Hdf5File("x.h5", FileBytes.of(Resources.bytes("layouts.h5"))).tensors();
    }

    private static float[] values(Map<String, StoredTensor> tensors, String name) {
        return tensors.get(name).values().tensor().data();
    }
}
