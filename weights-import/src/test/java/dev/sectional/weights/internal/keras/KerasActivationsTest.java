package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The nodes that each function of keras.activations becomes, and classes of layers that change nothing. */
class KerasActivationsTest {
    private static LayerRunner activation(String name) {
        return LayerRunner.of("Activation", 2, 4).with("activation", name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"relu|ReLU{}[image]", "relu6|Clip{least=0.0, greatest=6.0}[image]",
        "leaky_relu|LeakyReLU{slope=0.2}[image]", "sigmoid|Sigmoid{}[image]", "softmax|Softmax{axis=1}[image]",
        "log_softmax|LogSoftmax{axis=1}[image]", "tanh|Tanh{}[image]", "softplus|Softplus{}[image]",
        "softsign|Softsign{}[image]", "mish|Mish{}[image]", "exponential|Exp{}[image]", "elu|ELU{alpha=1.0}[image]",
        "celu|CELU{alpha=1.0}[image]", "selu|SELU{alpha=1.6732632423543772, gamma=1.0507009873554805}[image]",
        "silu|SiLU{beta=1.0}[image]", "swish|SiLU{beta=1.0}[image]", "gelu|GELU{tanh=0}[image]",
        "hard_silu|HardSwish{}[image]", "hard_swish|HardSwish{}[image]",
        "hard_sigmoid|HardSigmoid{alpha=0.16666666666666666, beta=0.5}[image]",
        "sparse_sigmoid|HardSigmoid{alpha=0.5, beta=0.5}[image]", "hard_tanh|Clip{least=-1.0, greatest=1.0}[image]",
        "log_sigmoid|Neg{}[image], Softplus{}[layer/negated], Neg{}[layer]",
        "tanh_shrink|Tanh{}[image], Subtract{}[image, layer/tanh]",
        "soft_shrink|Clip{least=-0.5, greatest=0.5}[image], Subtract{}[image, layer/clip]",
        "hard_shrink|Neg{}[image], ThresholdedReLU{alpha=0.5}[image], ThresholdedReLU{alpha=0.5}[layer/negated],"
                + " Subtract{}[layer/above, layer/below]",
        "squareplus|Multiply{}[image, image], AddConstant{}[layer/square], Sqrt{}[layer/four],"
                + " Add{}[image, layer/root], MultiplyConstant{}[layer]",
        "glu|Slice{axis=1, start=0, step=1, count=2}[image], Slice{axis=1, start=2, step=1, count=2}[image],"
                + " Sigmoid{}[layer/gates], Multiply{}[layer/values, layer/gate]",
        "sparse_plus|Clip{least=-1.0, greatest=1.0}[image], AddConstant{}[layer/clip],"
                + " Multiply{}[layer/one, layer/one], MultiplyConstant{}[layer/square], AddConstant{}[image],"
                + " ReLU{}[layer/less],"
                + " Add{}[layer/quarter, layer/above]"})
    void functionsBecomeNodes(String name, String nodes) {
        assertEquals(nodes, activation(name).run().steps());
    }

    @Test
    void constantsOfFunctionsAreThoseOfKeras() {
        LayerRunner plus = activation("sparse_plus").run();
        assertArrayEquals(new float[] {1}, plus.node("layer/one").tensors().get("value").tensor().data());
        assertArrayEquals(new float[] {0.25f}, plus.node("layer/quarter").tensors().get("value").tensor().data());
        assertArrayEquals(new float[] {-1}, plus.node("layer/less").tensors().get("value").tensor().data());
        LayerRunner square = activation("squareplus").run();
        assertArrayEquals(new float[] {4}, square.node("layer/four").tensors().get("value").tensor().data());
        assertArrayEquals(new float[] {0.5f}, square.tensor("value"));
        assertEquals(0.2, activation("hard_sigmoid").keras2().run().setting("alpha"));
        assertTrue(activation("linear").run().isImage());
        assertEquals("Thresholded", LayerRunner.of("ThresholdedReLU", 2).run().last().kind().substring(0, 11));
        assertEquals(1.0, LayerRunner.of("ThresholdedReLU", 2).run().setting("alpha"));
        assertEquals(1.0, LayerRunner.of("ELU", 2).run().setting("alpha"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparsemax", "threshold", ""})
    void unknownFunctionsAreRefused(String name) {
        String message = assertThrows(IllegalArgumentException.class, () -> activation(name).run()).getMessage();
        assertEquals("its activation " + name + " is not supported" + (name.equals("sparsemax")
                ? ", because Keras' own values differ from its definition" : ""), message);
    }

    /** Their settings do not matter, not even unknown ones. */
    @ParameterizedTest
    @ValueSource(strings = {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout",
        "GaussianNoise", "StochasticDepth", "FixedDropout", "ActivityRegularization", "Identity", "RandomFlip",
        "RandomZoom", "MixUp"})
    void layersForTrainingAloneAreLeftOut(String name) {
        assertTrue(LayerRunner.of(name, 2, 3, 4).with("factor", 0.5).named("training", false).run().isImage());
        assertThrows(IllegalArgumentException.class, () -> LayerRunner.of(name, 2, 3, 4).again().run());
        String message = assertThrows(IllegalArgumentException.class,
                () -> LayerRunner.of(name, 2, 3, 4).keras2().named("training", true).run()).getMessage();
        assertTrue(message.contains("it is called with training=True, which predict of Keras 2 obeys"), message);
    }

    /** Attention, and what is computed for each step, may drop values too. */
    @Test
    void layersThatDropValuesAreNotRunAsIfTheyTrained() {
        for (double rate : new double[] {0, 0.5}) {
            LayerRunner attention = LayerRunner.of("Attention", 3, 2).again().with("dropout", rate).keras2()
                    .named("training", true);
            LayerRunner recorded = LayerRunner.of("Attention", 3, 2).again().with("dropout", rate)
                    .named("training", true).run();
            assertEquals(rate == 0 ? 0 : 1, recorded.nodes().assumed().size());
            if (rate == 0) {
                attention.run();
            } else {
                assertThrows(IllegalArgumentException.class, attention::run);
            }
        }
        Object dropout = Map.of("class_name", "Dropout", "config", Map.of("rate", 0.5));
        assertThrows(IllegalArgumentException.class, () -> LayerRunner.of("TimeDistributed", 3, 2).keras2()
                .with("layer", dropout).named("training", true).run());
        assertTrue(LayerRunner.of("TimeDistributed", 3, 2).keras2().with("layer", dropout).named("training", false)
                .run().isImage());
    }

    @Test
    void otherClassesAreNamed() {
        String message = assertThrows(IllegalArgumentException.class, () -> LayerRunner.of("Mine", 2).run())
                .getMessage();
        assertTrue(message.startsWith("layers of this class are not supported; export the model to ONNX"), message);
        String lambda = assertThrows(IllegalArgumentException.class, () -> LayerRunner.of("Lambda", 2).run())
                .getMessage();
        assertTrue(lambda.contains("not supported; it holds code, which is not run; export"), lambda);
        for (String name : List.of("RandomFlip", "CutMix", "MixUp", "RandomHue")) {
            assertEquals(0, LayerRunner.of(name, 2, 3, 4).named("training", true).run().nodes().assumed().size());
        }
        assertEquals(1, LayerRunner.of("GaussianNoise", 2).named("training", true).run().nodes().assumed().size());
        assertEquals(1, LayerRunner.of("SyncBatchNormalization", 2).weight(2).weight(2).weight(2).weight(2)
                .named("training", true).run().nodes().assumed().size());
    }
}
