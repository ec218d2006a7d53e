package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method that Captum, zennit or pytorch-grad-cam share with us, on a small network of each family, against their
 * results in float64. {@code make_agreement.py} beside the files wrote them and names the versions.
 */
class AgreementTest {
    private static final List<String> FAMILIES = List.of("vgg", "resnet", "densenet", "squeezenet", "mobilenet",
            "inception", "shufflenet", "mobilenetv3", "efficientnet", "convnext", "vit");
    private static final Set<String> NO_METHOD = Set.of("input", "logits", "target");
    /** Of the norm: some ten times what float32 rounding gives, 7e-7 at most. */
    private static final double TOLERANCE = 1e-5;
    /** The two halves of alpha-beta cancel, layer after layer, and rounding is left: up to 2.1e-5 here. */
    private static final double CANCELLING = 1e-4;

    static Path file(String name) {
        try {
            return Path.of(AgreementTest.class.getResource("/agreement/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (String family : FAMILIES) {
            try (Safetensors values = Safetensors.open(file(family + ".safetensors"))) {
                values.names().stream().filter(name -> !NO_METHOD.contains(name)).sorted()
                        .forEach(method -> cases.add(Arguments.of(family, method)));
            }
        }
        return cases;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void agrees(String family, String method) {
        try (Safetensors values = Safetensors.open(file(family + ".safetensors"));
             Network network = ModelFiles.load(file(family + ".onnx"))) {
            Tensor image = values.tensor("input");
            Golden.requireClose("logits of " + family, values.doubles("logits"), network.logits(image), 1e-6);
            Attribution ours = Methods.named(method).explain(network, image, Target.top(1));
            assertEquals(values.doubles("target")[0], ours.target());
            Golden.requireClose(method + " on " + family, values.doubles(method), ours.relevance(),
                    method.contains("alpha2") ? CANCELLING : TOLERANCE);
        }
    }
}
