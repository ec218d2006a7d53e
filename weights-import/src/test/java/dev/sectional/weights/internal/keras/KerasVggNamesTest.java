package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
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
