package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.TensorSource;
import dev.sectional.core.io.Safetensors;
import dev.sectional.core.io.SafetensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings that a file leaves open are printed, once, wherever its network is used. */
class AssumptionsTest {
    private static final String PIXELS = "pixels by ImageNet's mean and standard deviation";
    private static final String LAYERS = "a VGG as torchvision's";

    @TempDir
    Path folder;

    /** Writes the small network without its metadata. */
    private String bare() {
        Path path = folder.resolve("bare.safetensors");
        try (Safetensors file = Safetensors.open(Path.of(Ran.SLIM))) {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.source(name)));
            SafetensorsWriter.write(path, Map.of(), tensors);
        }
        return path.toString();
    }

    @Test
    void explainPrintsThemOnceAndInJson() {
        String weights = bare();
        Ran json = Ran.of("explain", Ran.FACE, Ran.FACE.replace("face.png", "../../../samples/coffee.png"), "--weights",
                weights, "--json", "--out", folder.toString());
        assertEquals(0, json.status(), json.err());
        assertEquals(1, json.err().lines().filter(line -> line.contains("so assumed: " + PIXELS)).count(), json.err());
        assertTrue(json.err().contains(LAYERS), json.err());
        assertEquals(2, json.lines().size());
        assertTrue(json.lines().stream().allMatch(line -> line.contains("\"assumed\":[\"" + PIXELS)), json.out());
        Ran stated = Ran.of("explain", Ran.FACE, "--weights", weights, "--json", "--out", folder.toString(), "--arch",
                "slim", "--range", "1", "--input-size", "128", "--probabilities", "softmax");
        assertFalse(stated.err().contains("assumed"), stated.err());
        assertTrue(stated.out().contains("\"assumed\":[]"), stated.out());
    }

    @Test
    void inspectListsThem() {
        String weights = bare();
        Ran text = Ran.of("inspect", weights);
        assertTrue(text.lines().stream().anyMatch(line -> line.startsWith("assumed: " + LAYERS)), text.out());
        assertTrue(text.lines().stream().anyMatch(line -> line.matches("classifier.6 +Linear +20 +\\d[\\d,]+ +\\d.*")),
                text.out());
        assertTrue(text.lines().stream().anyMatch(line -> line.matches("total +- +- +\\d[\\d,]+ +\\d[\\d,]+")),
                text.out());
        assertTrue(Ran.of("inspect", weights, "--json").out().contains("\"assumed\":[\"" + PIXELS));
        assertFalse(Ran.of("inspect", weights, "--arch", "slim").out().contains(LAYERS));
    }

    @Test
    void aPresetTakesThePlaceOfAnAssumption() {
        String weights = bare();
        Ran caffe = Ran.of("explain", Ran.FACE, "--weights", weights, "--json", "--out", folder.toString(), "--arch",
                "slim", "--input-size", "128", "--preset", "caffe", "--probabilities", "softmax");
        assertEquals(0, caffe.status(), caffe.err());
        assertTrue(caffe.out().contains("\"assumed\":[]"), caffe.out());
        Ran unknown = Ran.of("explain", Ran.FACE, "--weights", weights, "--preset", "torch");
        assertEquals(2, unknown.status());
        assertTrue(unknown.err().contains("--preset torch: give one of imagenet, tf, caffe, unit, raw"), unknown.err());
        Ran both = Ran.of("explain", Ran.FACE, "--weights", weights, "--preset", "TF", "--bgr");
        assertEquals(2, both.status());
        assertTrue(both.err().contains("--preset tf states mean, std, pixel-max and channel-order"), both.err());
    }

    /** The converted file repeats them, and a setting of the user takes their place. */
    @Test
    void convertPrintsThemAndTheResultRepeatsThem() {
        String keras = "../../weights-import/src/test/resources/keras/digits.keras";
        String onnx = "../../weights-import/src/test/resources/vgg_tiny.onnx";
        for (String weights : List.of(bare(), keras, onnx)) {
            String out = folder.resolve("converted.safetensors").toString();
            Ran converted = Ran.of("convert", weights, out);
            assertEquals(0, converted.status(), converted.err());
            String line = assumed(converted.err());
            assertTrue(line.startsWith("pixels "), converted.err());
            Ran again = Ran.of("explain", Ran.FACE, "--weights", out, "--out", folder.toString());
            assertEquals(line, assumed(again.err()));
            Ran stated = Ran.of("explain", Ran.FACE, "--weights", out, "--out", folder.toString(), "--preset", "unit");
            assertFalse(assumed(stated.err()).contains("pixels"), stated.err());
        }
    }

    private static String assumed(String err) {
        return err.lines().filter(line -> line.contains("so assumed: ")).map(line -> line.substring(line.indexOf(
                "so assumed: ") + "so assumed: ".length())).findFirst().orElse("");
    }

    @Test
    void aFileThatStatesEverythingNeedsNone() {
        Ran stated = Ran.withSlim("explain", Ran.FACE, "--json", "--out", folder.toString());
        assertEquals(0, stated.status(), stated.err());
        assertFalse(stated.err().contains("assumed"), stated.err());
    }
}
