package dev.sectional.weights.internal.naming;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchvisionNamesTest {
    @ParameterizedTest
    @CsvSource({"features.0.weight,classifier.6.bias", "module.features.0.weight,module.classifier.6.bias",
        "model.features.0.weight,model.classifier.6.bias", "features.module.0.weight,classifier.6.bias",
        "module.model.features.0.weight,module.model.classifier.6.bias",
        "_orig_mod.module.features.0.weight,_orig_mod.module.classifier.6.bias",
        "state_dict.module.features.0.weight,state_dict.module.classifier.6.bias"})
    void leavesWrappersOut(String weight, String bias) {
        assertEquals(List.of("features.0.weight", "classifier.6.bias"), names(weight, bias));
    }

    @Test
    void keepsAPrefixThatNotAllShare() {
        assertEquals(List.of("model.features.0.weight", "head.weight"),
                names("model.features.0.weight", "head.weight"));
        assertEquals(List.of("lin0.model.1.weight"), names("lin0.model.1.weight"));
        assertEquals(List.of("model"), names("model"));
        assertEquals(List.of(), names());
    }

    @Test
    void readsAveragedWeightsAndOldDenseNets() {
        assertEquals(List.of("fc.weight"), names("n_averaged", "module.fc.weight"));
        assertEquals(List.of("features.denseblock1.denselayer12.norm1.running_mean", "features.norm5.weight"),
                names("features.denseblock1.denselayer12.norm.1.running_mean", "features.norm5.weight"));
    }

    @Test
    void readsTimmsLayout() {
        var renamed = torchvision(Map.of("pre_logits.fc1.weight", Shape.of(4, 2, 1, 3)));
        assertEquals(Shape.of(4, 6), renamed.get("classifier.0.weight").values().shape());
        assertEquals(List.of("features.0.bias", "classifier.0.weight", "classifier.0.bias", "classifier.3.weight",
                "classifier.6.bias"),
                names("features.0.bias", "pre_logits.fc1.weight", "pre_logits.fc1.bias", "pre_logits.fc2.weight",
                        "head.fc.bias"));
    }

    @Test
    void leavesASqueezeNetsClassifierAConvolution() {
        var renamed = torchvision(Map.of("features.3.squeeze.weight", Shape.of(2, 3, 1, 1), "classifier.1.weight",
                Shape.of(5, 4, 1, 1)));
        assertEquals(Shape.of(5, 4, 1, 1), renamed.get("classifier.1.weight").values().shape());
    }

    @Test
    void readsTorchRaysLayout() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("classifier.0.weight", Shape.of(2, 2, 1, 2));
        shapes.put("classifier.2.weight", Shape.of(2, 2, 1, 1));
        shapes.put("classifier.4.weight", Shape.of(5, 2, 1, 1));
        shapes.put("classifier.4.bias", Shape.of(5));
        var renamed = torchvision(shapes);
        assertEquals(List.of("classifier.0.weight", "classifier.3.weight", "classifier.6.weight", "classifier.6.bias"),
                List.copyOf(renamed.keySet()));
        assertEquals(Shape.of(5, 2), renamed.get("classifier.6.weight").values().shape());
        Tensor first = renamed.get("classifier.0.weight").values().tensor();
        assertEquals(Shape.of(2, 4), first.shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, first.data());
    }

    @Test
    void leavesTorchvisionsOwnClassifierAlone() {
        List<String> own = List.of("classifier.0.weight", "classifier.3.weight", "classifier.6.weight");
        assertEquals(own, names(own.toArray(String[]::new)));
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        String message = assertThrows(InputException.class, () -> names("features.0.bias", "module.features.0.bias"))
                .getMessage();
        assertTrue(message.startsWith("cannot read x.pth: two tensors are named features.0.bias"), message);
    }

    private static List<String> names(String... names) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : names) {
            shapes.put(name, Shape.of(1));
        }
        return List.copyOf(torchvision(shapes).keySet());
    }

    private static Map<String, StoredTensor> torchvision(Map<String, Shape> shapes) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            Tensor values = Tensor.zeros(shape);
            for (int i = 0; i < shape.size(); i++) {
                values.data()[i] = i;
            }
            tensors.put(name, new StoredTensor(DType.F32, values));
        });
        return TorchvisionNames.rename("x.pth", tensors);
    }
}
