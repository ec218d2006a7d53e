package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What loading refuses, converting refuses too or says so; what it accepts, converts into a file that loads. Over every
 * format, whole and damaged.
 */
class LoadAndConvertTest {
    private static final List<String> WHOLE = List.of("vgg_tiny.checkpoint.pth.tar", "vgg_tiny.half.pth",
            "vgg_tiny.keras", "vgg_tiny.keras.h5", "vgg_tiny.latest.h5", "vgg_tiny.legacy.pth", "vgg_tiny.npz",
            "vgg_tiny.onnx", "vgg_tiny.safetensors", "vgg_tiny.weights.h5", "vgg_tiny.zip.pth", "dense.h5",
            "layouts.h5", "keras/digits.keras", "keras/vgg.h5", "keras/channels_first.keras", "keras/joins.keras",
            "keras/keras1_k2.h5", "keras/attention_k2.keras", "torch/lightning.pth", "torch/side_entries.legacy.pth");

    private static Engine engine;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        engine = Engine.open();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : WHOLE) {
            byte[] bytes = Resources.bytes(name);
            String plain = name.replace('/', '_');
            files.put(plain, bytes);
            files.put("half_" + plain, Arrays.copyOf(bytes, bytes.length / 2));
            byte[] changed = bytes.clone();
            changed[bytes.length / 2] ^= 0x10;
            files.put("changed_" + plain, changed);
        }
        files.put("empty.pth", new byte[0]);
        files.put("page.h5", "<!DOCTYPE html><html>".getBytes(StandardCharsets.US_ASCII));
        files.put("text.onnx", "no model at all\n".getBytes(StandardCharsets.US_ASCII));
        files.put("lite.tflite", "\u001c\0\0\0TFL3\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        return files;
    }

    @Test
    void loadingAndConvertingAgree() throws IOException {
        List<String> wrong = new ArrayList<>();
        int accepted = 0;
        for (Map.Entry<String, byte[]> each : files().entrySet()) {
            Path file = Files.write(folder.resolve(each.getKey()), each.getValue());
            Path out = folder.resolve("out.safetensors");
            Files.deleteIfExists(out);
            boolean loads = loads(file);
            accepted += loads ? 1 : 0;
            try {
                boolean said = !Converter.convert(file, out, bytes -> { }).problem().isEmpty();
                if (loads == said || loads(out) != loads) {
                    wrong.add(each.getKey() + " loads: " + loads + ", its conversion: " + loads(out));
                }
            } catch (InputException refused) {
                if (loads || Files.exists(out)) {
                    wrong.add(each.getKey() + " loads: " + loads + ", but " + refused.getMessage());
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(accepted > 8, accepted + " files load");
    }

    private Path write(String resource) throws IOException {
        return Files.write(folder.resolve("model.pth"), Resources.bytes(resource));
    }

    private static boolean loads(Path file) {
        try (Network network = ModelFiles.load(file, engine)) {
            return network.classes() > 0;
        } catch (InputException refused) {
            assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
            return false;
        }
    }

    /** A refusal says what the file is, what is missing and what to do. */
    @Test
    void aRefusedStateDictIsNamed() throws IOException {
        Path file = write("torch/extra.pth");
        String message = assertThrows(InputException.class, () -> ModelFiles.load(file).close()).getMessage();
        assertTrue(message.startsWith(file + ": PyTorch state dict, 7 tensors, looks like a ResNet: "), message);
        assertTrue(message.contains("torch.onnx.export(model,"), message);
        assertFalse(message.contains("\n"), message);
    }

    /** A file with a graph says what the network is, so that a named architecture could only be ignored. */
    @ParameterizedTest
    @ValueSource(strings = {"keras/densenet.keras", "keras/digits.keras", "vgg_tiny.onnx"})
    void anArchitectureBesideAGraphIsRefused(String name) throws IOException {
        Path file = Files.write(folder.resolve("model"), Resources.bytes(name));
        for (String architecture : List.of("resnet50", "densenet121")) {
            LoadOptions named = LoadOptions.builder().architecture(architecture).build();
            for (Executable use : List.<Executable>of(() -> ModelFiles.load(file, engine, named).close(),
                    () -> Converter.convert(file, folder.resolve("out.safetensors"), named, bytes -> { }))) {
                String message = assertThrows(InputException.class, use).getMessage();
                assertTrue(message.contains("has its own graph, which says what the network is; leave --arch "
                        + architecture + " out"), message);
            }
        }
    }

    /** Lightning's model.* is read, what a loss owns beside it is not; --state-dict chooses another prefix. */
    @Test
    void aNetworkInsideATrainingProgramIsTaken() throws IOException {
        Path file = write("torch/lightning.pth");
        try (WeightsFile weights = WeightsFile.open(file)) {
            assertEquals(List.of("features.0.weight", "features.0.bias", "classifier.weight", "classifier.bias"),
                    weights.names());
        }
        LoadOptions slim = LoadOptions.builder().architecture("slim").build();
        try (Network network = ModelFiles.load(file, slim)) {
            assertTrue(network.card().assumed().contains("the weights of model.*, not those of criterion.*, ema.*"
                    + " (--state-dict chooses one)"), network.card().assumed().toString());
            assertEquals(1, network.logits(Tensor.zeros(network.inputShape())).data()[0]);
        }
        LoadOptions ema = LoadOptions.builder().architecture("slim").stateDict("ema").build();
        try (Network network = ModelFiles.load(file, ema)) {
            assertEquals(2, network.logits(Tensor.zeros(network.inputShape())).data()[0]);
        }
    }
}
