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
 * results in float64. Most networks are ONNX files; two are Keras models too, and one is a state dict by its names.
 * {@code make_agreement.py} beside the files wrote them and names the versions.
 */
class AgreementTest {
    private static final List<String> NETWORKS = List.of("vgg.onnx", "vgg.keras", "resnet.onnx", "resnet.h5",
            "resnet18.pth", "densenet.onnx", "squeezenet.onnx", "mobilenet.onnx", "inception.onnx", "shufflenet.onnx",
            "mobilenetv3.onnx", "efficientnet.onnx", "convnext.onnx", "vit.onnx");
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

    private static Safetensors values(String network) {
        return Safetensors.open(file(network.substring(0, network.lastIndexOf('.')) + ".safetensors"));
    }

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (String network : NETWORKS) {
            try (Safetensors values = values(network)) {
                values.names().stream().filter(name -> !NO_METHOD.contains(name)).sorted()
                        .forEach(method -> cases.add(Arguments.of(network, method)));
            }
        }
        return cases;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void agrees(String name, String method) {
        try (Safetensors values = values(name); Network network = ModelFiles.load(file(name))) {
            Tensor image = values.tensor("input");
            Golden.requireClose("logits of " + name, values.doubles("logits"), network.logits(image), 1e-6);
            Attribution ours = Methods.named(method).explain(network, image, Target.top(1));
            assertEquals(values.doubles("target")[0], ours.target());
            Golden.requireClose(method + " on " + name, values.doubles(method), ours.relevance(),
                    method.contains("alpha2") ? CANCELLING : TOLERANCE);
        }
    }
}
