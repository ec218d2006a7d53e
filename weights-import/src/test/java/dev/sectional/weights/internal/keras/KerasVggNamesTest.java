package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keras networks of full size, but without elements: names and shapes decide. */
class KerasVggNamesTest {
    private static final int[] VGG16 = {64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
    private static final int[] VGG19 = {64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512};

    /** Keras 3 before it kept names: the order of the numbers and the widths have to do. */
    @Test
    void tellsAVggOfKeras3ByItsWidths() {
        assertEquals(List.of("features.0", "features.2", "features.5", "features.7", "features.10", "features.12",
                "features.14",
                "features.17", "features.19", "features.21", "features.24", "features.26", "features.28",
                        "classifier.0", "classifier.3",
                "classifier.6"), layers(unnamed(VGG16, true)));
        assertEquals("features.34", layers(unnamed(VGG19, false)).get(15));
        Map<String, StoredTensor> torchvision = KerasVggNames.rename("f", unnamed(VGG16, true), Map.of());
        assertEquals(Shape.of(512, 256, 3, 3), torchvision.get("features.17.weight").values().shape());
        assertEquals(Shape.of(4096, 25088), torchvision.get("classifier.0.weight").values().shape());
        int[] other = VGG16.clone();
        other[3] = 100;
        assertNull(KerasVggNames.rename("f", unnamed(other, true), Map.of()));
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

    /** Names of groups or of layers tell where a tensor belongs; pooling lies between the blocks. */
    @Test
    void aVggIsToldByItsNames() {
        Map<String, StoredTensor> named = new LinkedHashMap<>();
        for (String layer : new String[] {"predictions", "block2_conv1", "fc1", "block1_conv2_7", "block1_conv1", "fc2",
            "block3_conv1", "block10_conv1"}) {
            named.put("g/" + layer + "/b", stored(5));
            named.put("g/" + layer + "/k", layer.startsWith("b") ? stored(3, 3, 4, 5) : stored(20, 5));
        }
        Map<String, StoredTensor> renamed = KerasVggNames.rename("f", named, Map.of());
        assertEquals("[features.0.weight, features.0.bias, features.2.weight, features.2.bias, features.5.weight,"
                + " features.5.bias, features.8.weight, features.8.bias, features.11.weight, features.11.bias,"
                + " classifier.0.weight, classifier.0.bias, classifier.3.weight, classifier.3.bias,"
                + " classifier.6.weight, classifier.6.bias]", renamed.keySet().toString());
        assertEquals(Shape.of(5, 4, 3, 3), renamed.get("features.0.weight").values().shape());
        assertEquals(Shape.of(5), renamed.get("features.0.bias").values().shape());
        named.put("other/k", stored(5));
        assertNull(KerasVggNames.rename("f", named, Map.of()), "a layer of another network");
        Map<String, StoredTensor> counted = Map.of("layers/c/vars/0", stored(3, 3, 3, 64), "layers/c/vars/1",
                stored(64), "layers/cd/vars/0", stored(20, 5), "layers/cd/vars/1", stored(5));
        assertEquals(List.of("classifier.0.bias", "classifier.0.weight", "features.0.bias", "features.0.weight"),
                KerasVggNames.rename("f", counted, Map.of("layers/c", "block1_conv1", "layers/cd", "fc2", "layers/x",
                        "fc1")).keySet().stream().sorted().toList());
    }

    /** The first linear layer reads a feature map, whose columns Keras orders by position. */
    @Test
    void theFirstLinearLayerIsPermuted() {
        Tensor matrix = Tensor.zeros(Shape.of(4, 1));
        for (int i = 0; i < 4; i++) {
            matrix.data()[i] = i;
        }
        Map<String, StoredTensor> named = new LinkedHashMap<>();
        named.put("block1_conv1/k", stored(3, 3, 3, 2));
        named.put("block1_conv1/b", stored(2));
        for (String layer : new String[] {"fc1", "fc2"}) {
            named.put(layer + "/k", new StoredTensor(DType.F32, matrix));
            named.put(layer + "/b", stored(1));
        }
        Map<String, StoredTensor> renamed = KerasVggNames.rename("f", named, Map.of());
        assertArrayEquals(new float[] {0, 2, 1, 3}, renamed.get("classifier.0.weight").values().tensor().data());
        assertArrayEquals(new float[] {0, 1, 2, 3}, renamed.get("classifier.3.weight").values().tensor().data());
    }

    @Test
    void kernelsHaveTheRankOfTheirLayer() {
        for (int[] wrong : new int[][] {{3, 3, 3}, {3, 64}, {3, 3, 3, 64, 1}}) {
            Map<String, StoredTensor> other = Map.of("block1_conv1/k", stored(wrong));
            assertTrue(refusal(other).contains("is not the kernel or bias of a VGG's layer"), refusal(other));
        }
        assertTrue(refusal(Map.of("fc1/k", stored(3, 3, 3, 64))).contains("is not the kernel or bias"));
        assertTrue(refusal(Map.of("fc1/b", stored(64))).contains("a VGG's layer has no kernel"));
        assertTrue(refusal(Map.of("fc1/k", stored(64, 1))).contains("a VGG's layer has no bias"));
        assertNull(KerasVggNames.rename("f", Map.of(), Map.of()));
        Map<String, StoredTensor> other = unnamed(VGG16, true);
        other.put("layers/conv2d_1000/vars/0", stored(3));
        assertNull(KerasVggNames.rename("f", other, Map.of()));
    }

    private static List<String> layers(Map<String, StoredTensor> tensors) {
        return KerasVggNames.rename("f", tensors, Map.of()).keySet().stream().filter(name -> name.endsWith(".weight"))
                .map(name -> name.substring(0, name.length() - ".weight".length())).toList();
    }

    private static String refusal(Map<String, StoredTensor> tensors) {
        return assertThrows(InputException.class, () -> KerasVggNames.rename("f", tensors, Map.of())).getMessage();
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

    private static void put(Map<String, StoredTensor> tensors, String kind, int number, StoredTensor kernel,
            int width) {
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
