package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small models that Keras 3.15 and, with {@code _k2} in the name, Keras 2.15 wrote, one of each family and layer;
 * {@code src/test/oracle/keras_models.py} is the script. Logits and gradients are Keras' own in float64.
 */
class KerasModelsTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    static List<String> models() throws Exception {
        return KerasAgreement.models(folder()).stream().map(model -> model.getFileName().toString()).toList();
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesTheLogitsAndGradientsOfKeras(String name) throws Exception {
        KerasAgreement agreement = KerasAgreement.of(folder().resolve(name), engine);
        assertTrue(agreement.logits() <= 1e-5 && agreement.gradient() <= 1e-4, agreement.toString());
    }

    @Test
    void theModelsAreAllThere() throws Exception {
        assertTrue(models().size() > 50, "models that the script wrote are missing");
    }

    /** A softmax or sigmoid at the end is cut off: explanations start from the logits. */
    @ParameterizedTest
    @CsvSource({"digits.keras,SOFTMAX", "four_channels_k2.keras,SIGMOID", "fine_tune.keras,SIGMOID",
        "sequential_nested.h5,SOFTMAX", "without_channels.h5,SOFTMAX"})
    void notesHowLogitsBecomeProbabilities(String name, ModelCard.Output output) throws Exception {
        try (Network network = ModelFiles.load(folder().resolve(name), engine)) {
            assertEquals(output, network.card().output());
        }
    }

    /** A model that scales pixels itself takes 0..255; families of keras.applications are known by their names. */
    @ParameterizedTest
    @CsvSource({"fine_tune.keras,0,0.003921569,'pixels in 0..255, which layer ''rescaling'' scales'",
        "efficientnet.keras,0,0.003921569,'pixels in 0..255, which layer ''rescaling'' scales'",
        "arithmetic_k2.keras,0,0.003921569,'pixels in 0..255, which layer ''tf.math.truediv'' scales'",
        "caffe_inside.h5,0,0.003921569,'pixels in 0..255, which layer ''add'' scales'",
        "caffe_inside_k2.h5,0,0.003921569,'pixels in 0..255, which layer ''tf.nn.bias_add'' scales'",
        "mobilenet_v1.keras,0.5,0.5,'pixels as keras.applications prepares them for mobilenet_0.06_32 (--preset tf)'",
        "xception.keras,0.485,0.229,'pixels by ImageNet''s mean and standard deviation (--preset, or --mean and"
            + " --std, state others)'"})
    void choosesAndNamesThePreprocessing(String name, float mean, float std, String assumed) throws Exception {
        try (Network network = ModelFiles.load(folder().resolve(name), engine)) {
            assertEquals(mean, network.card().mean().get(0));
            assertEquals(std, network.card().std().get(0));
            assertEquals(List.of(assumed), network.card().assumed());
        }
    }

    @Test
    void keepsTheNamesOfLayersAndFoldsBatchNorms() throws Exception {
        try (Network network = ModelFiles.load(folder().resolve("fine_tune_k2.keras"), engine)) {
            List<String> names = network.nodes().stream().map(node -> node.name()).toList();
            assertEquals(List.of("rescaling", "conv2d", "re_lu", "conv2d_1", "re_lu_1", "global_average_pooling2d",
                    "global_average_pooling2d_1", "dense"), names);
        }
    }

    private static Path folder() throws Exception {
        URI folder = KerasModelsTest.class.getResource("/keras/digits.keras").toURI();
        return Path.of(folder).getParent();
    }
}
