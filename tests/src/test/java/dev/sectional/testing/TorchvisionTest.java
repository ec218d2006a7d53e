package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Residual networks and SqueezeNets with torchvision's names against the logits of torchvision 0.14.1 in float64 with
 * the same generated weights. The metadata of each file of logits lists the tensors in the order of their ordinals.
 */
class TorchvisionTest {
    private static final long SEED = 7;
    private static final int IMAGE = 9999;
    private static final int SIDE = 97;

    /**
     * Weights are He-uniform, with half the variance in residual networks; scales of batch norms are near 1, variances
     * 0.5 to 1.5, and all others within 0.05.
     */
    private record Generated(String name, int ordinal, Shape shape, boolean residual) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            boolean normScale = (name.contains("bn") || name.contains("downsample.1")) && name.endsWith("weight");
            double scale = shape.rank() > 1 ? Math.sqrt(6.0 / (shape.size() / shape.dim(0)) / (residual ? 2 : 1))
                    : name.endsWith("running_var") ? 0.5 : 0.05;
            double middle = normScale || name.endsWith("running_var") ? 1 : 0;
            for (int i = 0; i < count; i++) {
                into[at + i] = (float) (middle + scale * Det.uniform(SEED, ordinal, (long) from + i));
            }
        }
    }

    private static Map<String, TensorSource> tensors(Map<String, String> listed, boolean residual) {
        String[] names = listed.get("names").split(",");
        String[] shapes = listed.get("shapes").split(";");
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            Shape shape = Shape.of(Arrays.stream(shapes[i].split("x")).mapToInt(Integer::parseInt).toArray());
            tensors.put(names[i], new Generated(names[i], i, shape, residual));
        }
        return tensors;
    }

    private static Tensor image() {
        Tensor image = Tensor.zeros(Shape.of(3, SIDE, SIDE));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) (2 * Det.uniform(SEED, IMAGE, i));
        }
        return image;
    }

    @ParameterizedTest
    @CsvSource({"resnet18, layer4.1.relu2", "resnet50, layer4.2.relu3", "resnext50_32x4d, layer4.2.relu3",
            "squeezenet1_0, features.12.concat",
        "squeezenet1_1, features.12.concat"})
    void logitsAgreeAndRelevanceIsAccountedFor(String name, String start) throws Exception {
        Path file = Path.of(TorchvisionTest.class.getResource("/torchvision/" + name + ".safetensors").toURI());
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Safetensors.open(file)) {
            Map<String, TensorSource> tensors = tensors(golden.metadata(), name.startsWith("res"));
            String model = name.startsWith("resnext") ? "" : name;
            try (Network network = Models.of(name, tensors).model(model).engine(engine).load()) {
                Golden.requireClose("logits", golden.doubles("logits"), network.forward(image()).logits(), 1e-5);
                Attribution attribution = Rsp.reference().explain(network, image(), Target.top(1));
                assertEquals(start, attribution.layers().get(0).name());
                for (LayerAccount layer : attribution.layers()) {
                    assertTrue(layer.residual() <= 1e-5, layer.toString());
                }
                assertTrue(attribution.relevance().sumOfAbsolutes() > 0);
            }
            String other = name.startsWith("res") ? "resnet34" : "squeezenet1_" + (name.endsWith("0") ? 1 : 0);
            InputException refused = assertThrows(InputException.class, () -> Models.of(name, tensors).model(other)
                    .engine(engine).load());
            assertTrue(refused.getMessage().contains("is not a " + other), refused.getMessage());
        }
    }
}
