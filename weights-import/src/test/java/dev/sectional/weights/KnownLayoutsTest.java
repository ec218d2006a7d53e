package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import dev.sectional.weights.internal.keras.KerasVggNames;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts that are told by names and shapes alone, at full size but without values, and what they want of images. */
class KnownLayoutsTest {
    private static final int[] VGG16 = {64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
    private static final int[] VGG19 = {64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512};

    @TempDir
    Path folder;

    /** Keras 3 before it kept names: the order of the numbers and the widths have to do. */
    @Test
    void tellsAVggOfKeras3ByItsWidths() {
        assertEquals(List.of("features.0", "features.2", "features.5", "features.7", "features.10", "features.12", "features.14",
                "features.17", "features.19", "features.21", "features.24", "features.26", "features.28", "classifier.0", "classifier.3",
                "classifier.6"), layers(unnamed(VGG16, true)));
        assertEquals("features.34", layers(unnamed(VGG19, false)).get(15));
        Map<String, StoredTensor> torchvision = KerasVggNames.torchvision("f", unnamed(VGG16, true), Map.of());
        assertEquals(Shape.of(512, 256, 3, 3), torchvision.get("features.17.weight").values().shape());
        assertEquals(Shape.of(4096, 25088), torchvision.get("classifier.0.weight").values().shape());
        int[] other = VGG16.clone();
        other[3] = 100;
        assertNull(KerasVggNames.torchvision("f", unnamed(other, true), Map.of()));
    }

    @Test
    void saysWhatIsMissingOrTooMuch() {
        Map<String, StoredTensor> lacking = unnamed(VGG16, true);
        lacking.remove("layers/conv2d_4/vars/1");
        assertTrue(refusal(lacking).contains("has no bias"));
        Map<String, StoredTensor> twice = new LinkedHashMap<>();
        twice.put("block1_conv1/a", stored(3, 3, 3, 64));
        twice.put("block1_conv1/b", stored(3, 3, 3, 64));
        assertTrue(refusal(twice).contains("is there twice"));
    }

    @Test
    void opensNoNetworkWithoutItsTop() {
        Path path = folder.resolve("notop.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>(VggTiny.tensors());
        tensors.keySet().removeIf(name -> name.startsWith("classifier"));
        SafetensorsWriter.write(path, Map.of(), tensors);
        try (Engine engine = Engine.open()) {
            assertTrue(assertThrows(InputException.class, () -> ModelFiles.open(path, null, engine)).getMessage().contains("no linear layers"));
        }
    }

    /** Linear layers stored as convolutions: RGB means on the scale 0..255, ceil-mode pooling, each class for itself. */
    @Test
    void knowsWhatTorchRayWants() {
        Path path = folder.resolve("torchray.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        VggTiny.tensors().forEach((name, tensor) -> {
            Shape shape = tensor.shape();
            String renamed = name.replace("classifier.3", "classifier.2").replace("classifier.6", "classifier.4");
            int side = name.equals("classifier.0.weight") ? 4 : 1;
            tensors.put(renamed, shape.rank() != 2 ? tensor
                    : tensor.reshape(Shape.of(shape.dim(0), shape.dim(1) / side / side, side, side)));
        });
        SafetensorsWriter.write(path, Map.of(), tensors);
        try (OpenedFile file = FormatDetector.open(path); Engine engine = Engine.open(); Network network = ModelFiles.open(path, null, engine)) {
            VggTiny.requireSame(file.modelWeights(Map.of()).tensors(), DType.F32);
            assertEquals("SIGMOID", network.card().output().name());
            assertEquals(List.of((float) (123.68 / 255), (float) (116.779 / 255), (float) (103.939 / 255)), network.card().mean());
            assertEquals((float) (1 / 255.0), network.card().std().get(0));
            Shape[] shapes = network.shapes(Shape.of(3, 17, 17));
            assertEquals(Shape.of(9, 9, 4), shapes[network.indexOf("features.4")]);
        }
    }

    private static List<String> layers(Map<String, StoredTensor> tensors) {
        return KerasVggNames.torchvision("f", tensors, Map.of()).keySet().stream().filter(name -> name.endsWith(".weight"))
                .map(name -> name.substring(0, name.length() - ".weight".length())).toList();
    }

    private static String refusal(Map<String, StoredTensor> tensors) {
        return assertThrows(InputException.class, () -> KerasVggNames.torchvision("f", tensors, Map.of())).getMessage();
    }

    private static Map<String, StoredTensor> unnamed(int[] widths, boolean top) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        int channels = 3;
        for (int i = 0; i < widths.length; i++) {
            put(tensors, "conv2d", i, stored(3, 3, channels, widths[i]), widths[i]);
            channels = widths[i];
        }
        int[] sizes = {25088, 4096, 4096, 1000};
        for (int i = 0; i < 3 && top; i++) {
            put(tensors, "dense", i, stored(sizes[i], sizes[i + 1]), sizes[i + 1]);
        }
        return tensors;
    }

    private static void put(Map<String, StoredTensor> tensors, String kind, int number, StoredTensor kernel, int width) {
        String group = "layers/" + kind + (number == 0 ? "" : "_" + number) + "/vars/";
        tensors.put(group + "0", kernel);
        tensors.put(group + "1", stored(width));
    }

    /** A shape without values. */
    private static StoredTensor stored(int... dims) {
        return new StoredTensor(DType.F32, new TensorSource() {
            @Override
            public Shape shape() {
                return Shape.of(dims);
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                throw new AssertionError("nobody is to read values");
            }
        });
    }
}
