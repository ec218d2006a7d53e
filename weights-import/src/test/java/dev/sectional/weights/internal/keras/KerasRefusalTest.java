package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.fixtures.Resources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models that are not computed: the message names class and layer, and what to do. */
class KerasRefusalTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"class_name\": \"MaxPooling2D\" | \"class_name\": \"Lambda\" | : Keras 3 Sequential, layer 2: layer"
                + " 'max_pooling2d' (Lambda): layers of this class are not supported; it holds code",
        "\"class_name\": \"MaxPooling2D\" | \"class_name\": \"Conv3D\" | layer 'max_pooling2d' (Conv3D): layers of",
        "\"data_format\": \"channels_last\" | \"data_format\": \"channels_middle\" | (Conv2D): its data_format is",
        "\"data_format\": \"channels_last\" | \"data_format\": \"channels_first\" | its input 14 channels",
        "\"use_bias\": true | \"use_bias\": true, \"gain\": 2 | its gain is 2, and this setting is not known",
        "\"activation\": \"relu\" | \"activation\": \"sparsemax\" | layer 'conv2d' (Conv2D): its activation sparsemax",
        "\"DTypePolicy\", \"config\": {\"name\": \"float32\"} | \"QuantizedDTypePolicy\","
                + " \"config\": {\"mode\": \"int8\"} |"
                + " its weights are quantised (int8); save the model before model.quantize",
        "\"padding\": \"valid\" | \"padding\": \"causal\" | (Conv2D): its padding is causal",
        "\"filters\": 4 | \"filters\": 5 | layer 'conv2d' (Conv2D): its kernel has 4 outputs, the configuration says 5",
        "\"kernel_size\": [3, 3] | \"kernel_size\": [3, 2] | (Conv2D): its kernel has shape",
        "\"use_bias\": true | \"use_bias\": false | layer 'conv2d' (Conv2D): the file has 2 weights for it, wanted 1",
        "\"class_name\": \"Dense\" | \"class_name\": \"Unknown>Dense\" | (Unknown>Dense): layers of this class",
        "[null, 14, 14, 1] | [null, null, null, 1] | it leaves the size of its input open; give it, such as",
        "[null, 14, 14, 1] | [null, 14, 14, null] | it leaves the number of its input channels open",
        "[null, 14, 14, 1] | [null, 14, 14, 2] | (Conv2D): its kernel has shape 3x3x1x4 and 1 groups, its input 2",
        "[null, 14, 14, 1] | [null, 196] | its input has 1 dimensions without the batch",
        "[null, 14, 14, 1] | [null, 24, 14, 1] | (Dense): its kernel has shape",
        "\"class_name\": \"Sequential\" | \"class_name\": \"MyModel\" | it is a model of class 'MyModel', whose graph",
        "\"layers\": [ | \"layers\": 3, \"other\": [ | class Sequential has no list of layers"})
    void namesTheLayerAndTheReason(String from, String to, String expected) throws IOException {
        String message = refusal(config -> {
            assertTrue(config.contains(from), from);
            return config.replace(from, to);
        });
        assertTrue(message.contains(expected), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "history\": [\"input_layer\", 0, 0] | history\": [\"concatenate\", 0, 0] | form a circle",
        "[\"conv2d\", 0, 0] | [\"absent\", 0, 0] | a call takes [absent, 0, 0], which is no layer's result",
        "[\"conv2d\", 0, 0] | [\"conv2d\", 7, 0] | layer 'conv2d' is called 1 times, and its call 8 is read",
        "[\"conv2d\", 0, 0] | [\"conv2d\", 0, 4] | output 5 of layer 'conv2d' is not computed"})
    void refusesCallsThatMakeNoGraph(String from, String to, String expected) throws IOException {
        String message = message("joins.keras", config -> config.replace(from, to));
        assertTrue(message.contains(expected), message);
    }

    @Test
    void refusesCallsThatTrainInKeras2() throws IOException {
        String message = message("fine_tune_k2.keras", config -> config.replace("\"training\": false",
                "\"training\": true"));
        assertTrue(message.contains("layer 'base' (Functional): it is called with training=True, which predict of"),
                message);
    }

    /** Predict of Keras 3 replaces what the file records. */
    @Test
    void saysThatCallsOfKeras3DoNotTrain() throws IOException {
        Path file = edited("fine_tune.keras", config -> config.replace("\"training\": false", "\"training\": true"));
        try (Network network = ModelFiles.load(file)) {
            assertTrue(network.card().assumed().contains("training=False for layer 'base', as predict of Keras 3 has"
                    + " it; the file records training=True"), network.card().assumed().toString());
        }
    }

    /** Keras 2 turns the kernels of such files when it loads them with another backend. */
    @Test
    void refusesKernelsThatTheanoTurned() throws IOException {
        byte[] theano = new String(Resources.bytes("keras/keras1_k2.h5"), StandardCharsets.ISO_8859_1)
                .replace("tensorflow", "theano\0\0\0\0").getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("theano.h5"), theano);
        String message = assertThrows(InputException.class, () -> ModelFiles.load(file).close()).getMessage();
        assertTrue(message.contains("it was saved with Theano"), message);
    }

    @Test
    void saysWhatWeightsWithoutAConfigurationLack() {
        Path file = Resources.copy(folder, "vgg_tiny.weights.h5");
        byte[] renamed = new String(Resources.bytes("vgg_tiny.weights.h5"), StandardCharsets.ISO_8859_1)
                .replace("block", "piece").getBytes(StandardCharsets.ISO_8859_1);
        String message = assertThrows(InputException.class, () -> ModelFiles.load(Files.write(file, renamed)).close())
                .getMessage();
        assertTrue(message.contains("without the model's configuration"), message);
    }

    @Test
    void saysThatHalvesAreComputedInFloat32() throws IOException {
        Path file = edited("digits.keras", config -> config.replace("{\"name\": \"float32\"}",
                "{\"name\": \"mixed_float16\"}"));
        try (Network network = ModelFiles.load(file)) {
            assertTrue(network.card().assumed().contains("float32 for what the model computes in mixed_float16"),
                    network.card().assumed().toString());
        }
    }

    private String refusal(UnaryOperator<String> change) throws IOException {
        return message("digits.keras", change);
    }

    /** Returns the refusal of an archive with another configuration. */
    private String message(String name, UnaryOperator<String> change) throws IOException {
        Path file = edited(name, change);
        String message = assertThrows(InputException.class, () -> ModelFiles.load(file).close()).getMessage();
        assertTrue(message.startsWith("cannot read " + file + ": "), message);
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private Path edited(String name, UnaryOperator<String> change) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Resources.bytes("keras/" + name)));
             ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                byte[] content = in.readAllBytes();
                out.write(entry.getName().equals("config.json") ? change.apply(new String(content,
                        StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8) : content);
            }
        }
        return Files.write(folder.resolve(name), bytes.toByteArray());
    }
}
