package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX's own backend tests: without their folder a failure in CI, and skipped elsewhere. */
@Tag("exhaustive")
class OnnxConformanceTest {
    private static final Path FOLDER = Path.of("../../shared/models/onnx-conformance");
    private static final double TOLERANCE = 1e-5;

    private static void requireFolder() {
        String needs = "ONNX's backend tests are needed in " + FOLDER.toAbsolutePath().normalize();
        assertTrue(Files.isDirectory(FOLDER) || System.getenv("CI") == null, needs);
        assumeTrue(Files.isDirectory(FOLDER), "skipped: " + needs);
    }

    /** Every image of the batch on its own. */
    @Test
    void operatorsGiveWhatIsExpected() throws IOException {
        requireFolder();
        List<Path> tests;
        try (Stream<Path> all = Files.list(FOLDER)) {
            tests = all.filter(Files::isDirectory).sorted().toList();
        }
        assertFalse(tests.isEmpty());
        for (Path test : tests) {
            Values input = Values.read(test.resolve("test_data_set_0/input_0.pb"));
            Values output = Values.read(test.resolve("test_data_set_0/output_0.pb"));
            OnnxModel model = OnnxModel.open(test.resolve("model.onnx"));
            try (Engine engine = Engine.open(Provider.configured(), 2)) {
                double worst = IntStream.range(0, input.dims[0])
                        .mapToDouble(i -> ImportedGraphRunner.error(output.doubles(i),
                        ImportedGraphRunner.of(model, input.image(i), engine).data())).max().orElseThrow();
                assertTrue(worst <= TOLERANCE, test + " is off by " + worst);
            }
        }
    }

    /** The weights are constant, so all classes are alike whatever the image is. */
    @ParameterizedTest
    @ValueSource(strings = {"light_bvlc_alexnet", "light_squeezenet", "light_vgg19"})
    void wholeGraphsGiveWhatIsExpected(String name) throws IOException {
        requireFolder();
        Values output = Values.read(FOLDER.resolve(name + "_output_0.pb"));
        OnnxModel model = OnnxModel.open(FOLDER.resolve(name + ".onnx"));
        Tensor x = Tensor.zeros(Shape.of(3, 224, 224));
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = (float) i / x.data().length;
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            float[] ours = ImportedGraphRunner.of(model, x, engine).data();
            assertEquals(1000, ours.length);
            double error = ImportedGraphRunner.error(output.doubles(0), ours);
            assertTrue(error <= TOLERANCE, name + " is off by " + error);
        }
    }

    /** A tensor of the test data, the batch first. */
    private record Values(int[] dims, float[] values) {
        static Values read(Path path) throws IOException {
            TensorProto tensor = TensorProto.parseFrom(Files.readAllBytes(path));
            FloatBuffer values = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            float[] all = new float[values.remaining()];
            values.get(all);
            return new Values(tensor.getDimsList().stream().mapToInt(Math::toIntExact).toArray(), all);
        }

        Tensor image(int i) {
            int size = values.length / dims[0];
            return Tensor.of(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)),
                    Arrays.copyOfRange(values, i * size, (i + 1) * size));
        }

        double[] doubles(int i) {
            float[] image = image(i).data();
            return IntStream.range(0, image.length).mapToDouble(j -> image[j]).toArray();
        }
    }
}
