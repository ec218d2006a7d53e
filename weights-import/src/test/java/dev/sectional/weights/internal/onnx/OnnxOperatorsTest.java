package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator, in the versions where its form changed, and every way of storing values, against PyTorch in float64.
 * The models are written by {@code src/test/oracle/onnx_cases.py}.
 */
class OnnxOperatorsTest {
    private static final double TOLERANCE = 1e-6;
    private static List<Safetensors> answers;
    private static Engine engine;

    @BeforeAll
    static void open() {
        answers = Stream.of("expected", "expected_newer")
                .map(name -> Safetensors.open(Fixtures.file(name + ".safetensors"))).toList();
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        answers.forEach(Safetensors::close);
        engine.close();
    }

    static Stream<String> cases() throws IOException {
        return Fixtures.names().stream().filter(name -> name.endsWith(".onnx")).map(name -> name.replace(".onnx", ""));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatPyTorchDoes(String name) {
        Safetensors expected = answers.stream().filter(file -> file.names().contains(name + ".x")).findFirst()
                .orElseThrow();
        Tensor x = expected.tensor(name + ".x");
        double[] y = expected.doubles(name + ".y");
        OnnxModel model = OnnxModel.open(Fixtures.file(name + ".onnx"));
        Tensor ours = ImportedGraphRunner.of(model, x, engine);
        boolean softmax = name.startsWith("classifier_softmax") || name.startsWith("classifier_log_softmax");
        assertEquals(y.length, ours.data().length);
        double error = ImportedGraphRunner.error(softmax ? softmax(y) : y, ours.data());
        assertTrue(error <= TOLERANCE, name + " is off by " + error);
        // what ONNX sees as a vector may be a map of one place here
        if (ours.shape().rank() == expected.shape(name + ".y").rank()) {
            assertEquals(expected.shape(name + ".y"), ours.shape());
        }
    }

    private static double[] softmax(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit) / sum).toArray();
    }

    @Test
    void theCasesAreAllThere() throws IOException {
        assertEquals(answers.stream().mapToInt(file -> List.copyOf(file.names()).size()).sum() / 2, cases().count());
    }
}
