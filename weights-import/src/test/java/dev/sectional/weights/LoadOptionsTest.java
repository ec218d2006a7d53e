package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each setting by itself, the tensors of a file by name, and refusals that say what kind of file it is. */
class LoadOptionsTest {
    @TempDir
    Path folder;

    private static Map<String, String> metadata(LoadOptions.Builder options) {
        return options.build().metadata();
    }

    @Test
    void nothingIsSetByDefault() {
        LoadOptions none = LoadOptions.none();
        assertEquals("", none.architecture());
        assertEquals("", none.stateDict());
        assertEquals("", none.output());
        assertSame(Weights.AS_GIVEN, none.weights());
        assertEquals(Map.of(), none.metadata());
    }

    @Test
    void everySettingIsKept() {
        LoadOptions.Builder builder = LoadOptions.builder();
        LoadOptions all = builder.architecture("resnet50").stateDict("ema").output("logits")
                .weights(Weights.F16).probabilities(ModelCard.Output.NONE).labels(List.of("a \"b\"", "c"))
                .source("here").rgb().inputSize(1, 65536).build();
        assertEquals("resnet50", all.architecture());
        assertEquals("ema", all.stateDict());
        assertEquals("logits", all.output());
        assertSame(Weights.F16, all.weights());
        assertEquals("none", all.metadata().get("sectional.output"));
        assertEquals("here", all.metadata().get("sectional.source"));
        assertEquals("RGB", all.metadata().get("sectional.channels"));
        assertEquals("3,1,65536", all.metadata().get("sectional.input"));
        assertEquals(List.of("a \"b\"", "c"), ModelCard.fromMetadata(all.metadata()).labels());
        assertFalse(all.metadata().containsKey("sectional.normalisation"));
        builder.bgr();
        assertEquals("RGB", all.metadata().get("sectional.channels"), "a copy");
        assertEquals("BGR", metadata(builder).get("sectional.channels"));
    }

    @Test
    void meanAndDeviationAreOnTheScaleOfTheRange() {
        Map<String, String> both = metadata(LoadOptions.builder().mean(51, 102, 255).std(25.5).range(255));
        assertEquals("0.2,0.4,1.0", both.get("sectional.mean"));
        assertEquals("0.1", both.get("sectional.std"));
        assertEquals("stated", both.get("sectional.normalisation"));
        Map<String, String> mean = metadata(LoadOptions.builder().mean(-0.5));
        assertEquals("-0.5", mean.get("sectional.mean"));
        assertEquals("1.0", mean.get("sectional.std"));
        Map<String, String> std = metadata(LoadOptions.builder().std(-2).range(1));
        assertEquals("0.0", std.get("sectional.mean"));
        assertEquals("-2.0", std.get("sectional.std"));
        Map<String, String> unit = metadata(LoadOptions.builder().range(1));
        assertEquals("1.0", unit.get("sectional.std"));
        Map<String, String> preset = metadata(LoadOptions.builder().preset("tf"));
        assertEquals("0.5", preset.get("sectional.mean"));
        assertEquals("stated", preset.get("sectional.normalisation"));
        assertEquals(List.of("imagenet", "tf", "caffe", "unit", "raw"), LoadOptions.presets());
        assertTrue(LoadOptions.architectures().containsAll(List.of("vgg16", "resnet50", "densenet121")));
    }

    private static String refusal(Runnable setting) {
        return assertThrows(IllegalArgumentException.class, setting::run).getMessage();
    }

    @Test
    void settingsAreCheckedUpToTheirBounds() {
        LoadOptions.Builder options = LoadOptions.builder();
        assertEquals("mean : give one number, or one for each channel with commas between them",
                refusal(() -> options.mean()));
        assertEquals("std : give one number, or one for each channel with commas between them, none of them 0",
                refusal(() -> options.std()));
        assertEquals("std 1.0,0.0: give one number, or one for each channel with commas between them, none of them 0",
                refusal(() -> options.std(1, 0)));
        assertTrue(refusal(() -> options.inputSize(1, 0)).startsWith("input-size 1x0: give 1 to 65536"));
        assertTrue(refusal(() -> options.inputSize(65537, 1)).startsWith("input-size 65537x1"));
        assertEquals(Map.of(), metadata(options));
        double[] mean = {0.5};
        options.mean(mean);
        mean[0] = 7;
        assertEquals("0.5", metadata(options).get("sectional.mean"), "a copy");
        assertEquals("preset tf states mean, std, range and order of channels: give these or the preset",
                refusal(() -> options.preset("tf").build()));
    }

    @Test
    void aWeightsFileListsWhatItHas() {
        Path path = folder.resolve("w.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b", Tensor.of(Shape.of(2), 1, 2));
        tensors.put("a", Tensor.of(Shape.of(1, 1), 3));
        SafetensorsWriter.write(path, Map.of("note", "kept"), tensors, Map.of("a", DType.F16), bytes -> { });
        try (WeightsFile file = WeightsFile.open(path)) {
            assertEquals("safetensors", file.format());
            assertEquals(List.of("b", "a"), file.names());
            assertEquals(DType.F32, file.type("b"));
            assertEquals(DType.F16, file.type("a"));
            assertEquals(Shape.of(1, 1), file.source("a").shape());
            assertEquals(2, file.source("b").tensor().data()[1]);
            assertEquals(Map.of("note", "kept"), file.metadata());
            assertEquals("cannot read tensor c of " + path + ": there is no such tensor; names() lists them",
                    assertThrows(InputException.class, () -> file.type("c")).getMessage());
        }
    }

    @Test
    void refusalsOfTensorsSayWhatKindOfFileTheyAreIn() {
        InputException looks = new InputException("f.pth: 7 tensors, looks like a ResNet: lacks fc.weight");
        InputException named = ModelFiles.described("f.pth", "PyTorch zip archive", looks);
        assertEquals("f.pth: PyTorch state dict, 7 tensors, looks like a ResNet: lacks fc.weight", named.getMessage());
        assertSame(looks, named.getCause());
        assertEquals("f.pth: NumPy archive, 7 tensors, looks like a ResNet: lacks fc.weight",
                ModelFiles.described("f.pth", "NumPy archive", looks).getMessage());
        assertSame(looks, ModelFiles.described("other.pth", "NumPy archive", looks));
        InputException other = new InputException("f.pth: is cut off");
        assertSame(other, ModelFiles.described("f.pth", "PyTorch zip archive", other));
    }
}
