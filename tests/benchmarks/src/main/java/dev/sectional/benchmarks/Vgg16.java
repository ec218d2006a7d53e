package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.model.Vgg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The network that everything here runs: VGG16 of 1000 classes with generated weights, 553 MB, written once to a
 * folder.
 */
final class Vgg16 {
    /** Widths of the convolutions, {@code M} for a pooling. */
    static final List<String> LAYERS = List.of(
            "64", "64", "M", "128", "128", "M", "256", "256", "256", "M", "512", "512", "512", "M", "512", "512", "512",
                    "M");
    static final int CLASSES = 1000;
    static final int SIZE = 224;
    private static final int HIDDEN = 4096;
    private static final int GRID = 7;
    private static final long SEED = 16;

    private Vgg16() {
    }

    /** The folder of the weights where no other is given. */
    static Path defaultFolder() {
        return Path.of(System.getProperty("java.io.tmpdir"), "sectional-benchmarks");
    }

    /** Names and shapes in the order of the file, which is torchvision's. */
    static Map<String, Shape> parameters() {
        return Vgg.parameters(LAYERS, CLASSES, HIDDEN, GRID);
    }

    /** The one image, {@code (3, size, size)}. */
    static Tensor image(int size) {
        return Generated.image(SEED, size);
    }

    /** The weights as a safetensors file in the folder; made when it is not there. */
    static Path weights(Path folder) {
        Path file = folder.resolve("vgg16-generated.safetensors");
        if (!Files.exists(file)) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            parameters().forEach((name, shape) -> tensors.put(name, Generated.parameter(SEED, tensors.size(), shape)));
            SafetensorsWriter.write(file, Map.of(), tensors);
        }
        return file;
    }

    /** Where each tensor's bytes begin in the file: they lie one after the other, behind the header. */
    static Map<String, Long> offsets(Path weights) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(weights)) {
            channel.read(length, 0);
        }
        long at = Long.BYTES + length.getLong(0);
        Map<String, Long> offsets = new LinkedHashMap<>();
        for (Map.Entry<String, Shape> each : parameters().entrySet()) {
            offsets.put(each.getKey(), at);
            at += (long) each.getValue().size() * Float.BYTES;
        }
        if (at != Files.size(weights)) {
            throw new IOException(weights + ": is not the file that this program writes; delete it");
        }
        return offsets;
    }
}
