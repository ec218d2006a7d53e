package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.weights.fixtures.Hdf5Writer;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.ZipArchive;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models in files that a test writes: which configuration is one, its image, its outputs and its model card. */
class KerasClassifierTest {
    private static final String DENSE = layer("Dense", "d", "'units': 3");

    private static Hdf5File read(Hdf5Writer writer) {
        return new Hdf5File("x.h5", FileBytes.of(writer.bytes()));
    }

    private static String layer(String className, String name, String settings) {
        return ", {'class_name': '" + className + "', 'config': {'name': '" + name + "'"
                + (settings.isEmpty() ? "" : ", " + settings) + "}}";
    }

    /** Returns the configuration of a chain after an input of that shape. */
    private static String chain(String shape, String... layers) {
        return ("{'class_name': 'Sequential', 'config': {'name': 'm', 'layers': [{'class_name': 'InputLayer',"
                + " 'config': {'name': 'in', 'batch_input_shape': " + shape + "}}" + String.join("", layers)
                + "]}}").replace('\'', '"');
    }

    /** Writes a dense layer with so many inputs and 3 outputs. */
    private static Hdf5Writer dense(int inputs) {
        return new Hdf5Writer().text("d", "weight_names", "d/kernel:0", "d/bias:0").dataset("d/d/kernel:0", inputs, 3)
                .dataset("d/d/bias:0", 3);
    }

    private static KerasClassifier classifier(Hdf5Writer writer, String config) {
        return KerasClassifier.ofHdf5("x.h5", read(writer.text("", "model_config", config)));
    }

    private static Map<String, String> card(Hdf5Writer writer, String config, String... overrides) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < overrides.length; i += 2) {
            given.put("sectional." + overrides[i], overrides[i + 1]);
        }
        return classifier(writer, config).classifier(given).metadata();
    }

    private static void refused(String said, Hdf5Writer writer, String config, String... overrides) {
        String message = assertThrows(InputException.class, () -> card(writer, config, overrides)).getMessage();
        assertTrue(message.startsWith("cannot read x.h5: ") && message.contains(said), message);
    }

    @Test
    void aConfigurationIsOneTextWithAClass() {
        String config = chain("[null, 2, 2, 1]", layer("Flatten", "f", ""));
        assertNull(KerasClassifier.ofHdf5("x.h5", read(new Hdf5Writer())));
        assertNull(KerasClassifier.ofHdf5("x.h5", read(new Hdf5Writer().text("", "model_config", config, config))));
        assertNull(classifier(new Hdf5Writer(), " "));
        assertNull(classifier(new Hdf5Writer(), "[1]"));
        assertNull(classifier(new Hdf5Writer(), "{\"class\": \"Sequential\"}"));
        assertNull(classifier(new Hdf5Writer(), "no JSON"));
        String message = assertThrows(InputException.class, () -> classifier(new Hdf5Writer(),
                "{\"class_name\": \"Mine\"}")).getMessage();
        assertTrue(message.contains("the configuration of the Keras model: it is a model of class 'Mine', whose graph"),
                message);
    }

    @ParameterizedTest
    @CsvSource({"'',keras_version,3.1.0,Keras 3", "model_weights,keras_version,2.15.0,Keras 2",
        "'',keras_version,1.2.2,Keras 1", "'',keras_version,4.0,Keras", "'',other,2.1,Keras",
        "'',keras_version,3,Keras"})
    void theDescriptionHasTheVersion(String group, String attribute, String version, String kind) {
        String config = chain("[null, 2, 2, 1]", layer("Flatten", "f", ""));
        assertEquals(kind + " Sequential of 2 layers", classifier(new Hdf5Writer().text(group, attribute, version),
                config).description());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "model_weights"})
    void kernelsOfTheanoAreRefused(String group) {
        String config = chain("[null, 2, 2, 1]", layer("Flatten", "f", ""));
        String message = assertThrows(InputException.class,
                () -> classifier(new Hdf5Writer().text(group, "backend", "theano"), config)).getMessage();
        assertTrue(message.contains("it was saved with Theano"), message);
        classifier(new Hdf5Writer().text(group, "backend", "tensorflow"), config);
    }

    /** A slope of 1/6 in Keras 3, of 0.2 before. Without a version, a registered name is a mark of Keras 3. */
    @ParameterizedTest
    @CsvSource({"3.0.0,false,true", "2.15.0,true,false", "'',true,true", "'',false,false", "1.0,false,false"})
    void theVersionDecidesWhatALayerComputes(String version, boolean registered, boolean keras3) {
        String config = chain("[null, 2, 2, 1]", layer("Activation", "a", "'activation': 'hard_sigmoid'"),
                layer("LeakyReLU", "l", ""), layer("Flatten", "f", ""), DENSE);
        Hdf5Writer writer = version.isEmpty() ? dense(4) : dense(4).text("", "keras_version", version);
        String graph = card(writer, registered ? "{\"registered_name\": null, " + config.substring(1) : config)
                .get("sectional.graph");
        assertEquals(keras3, graph.contains("0.1666"), graph);
        assertEquals(!keras3, graph.contains("0.2"), graph);
    }

    /** Settings that depend on the size of the image bind the network to it. */
    @Test
    void aNetworkTakesOtherSizesIfItIsTheSameForThem() {
        String pooled = chain("[null, 4, 6, 2]", layer("GlobalMaxPooling2D", "g", ""), DENSE);
        Map<String, String> free = card(dense(2), pooled);
        assertEquals("2,4,6", free.get("sectional.input"));
        assertFalse(free.get("sectional.graph").contains("FixedSize"), free.get("sectional.graph"));
        assertFalse(free.containsKey("sectional.output"));
        assertEquals("2,5,7", card(dense(2), pooled, "input", "2,5,7").get("sectional.input"));
        Map<String, String> bound = card(dense(48), chain("[null, 4, 6, 2]", layer("Flatten", "f", ""), DENSE));
        assertTrue(bound.get("sectional.graph").contains("FixedSize"), bound.get("sectional.graph"));
        assertTrue(bound.get("sectional.graph").contains("[4, 6]") || bound.get("sectional.graph").contains("[4,6]"),
                bound.get("sectional.graph"));
        Map<String, String> cut = card(dense(2), chain("[null, 4, 6, 2]", layer("CenterCrop", "c",
                "'height': 2, 'width': 2"), layer("GlobalMaxPooling2D", "g", ""), DENSE));
        assertTrue(cut.get("sectional.graph").contains("FixedSize"), "the middle lies elsewhere");
    }

    @Test
    void theImageIsThatOfTheFileOrTheUser() {
        String open = chain("[null, null, null, 2]", layer("GlobalMaxPooling2D", "g", ""), DENSE);
        refused("it leaves the size of its input open; give it, such as --input-size 224", dense(2), open);
        refused("it leaves the size of its input open", dense(2), open.replace("[null, null, null", "[null, 4, null"));
        refused("it leaves the size of its input open", dense(2), open.replace("[null, null, null", "[null, null, 4"));
        refused("it leaves the size of its input open", dense(1), open.replace(", 2]", ", 1]"));
        assertEquals("2,8,9", card(dense(2), open, "input", "2,8,9").get("sectional.input"));
        refused("it leaves the number of its input channels open", dense(2), open.replace(", 2]", ", null]"));
        refused("its input has 1 dimensions without the batch, wanted rows, columns and channels", dense(2),
                chain("[null, 4]", DENSE));
        refused("its input has 4 dimensions without the batch", dense(2), chain("[null, 4, 4, 4, 4]", DENSE));
        refused("it does not state the shape of its input", dense(2), chain("null", DENSE));
        assertEquals("1,1,1", card(dense(1), chain("[null, 1, 1, 1]", layer("Flatten", "f", ""), DENSE))
                .get("sectional.input"));
        Map<String, String> flat = card(dense(12), chain("[null, 3, 4]", layer("Flatten", "f", ""), DENSE));
        assertEquals("1,3,4", flat.get("sectional.input"));
        assertTrue(flat.get("sectional.graph").contains("Reshape"));
        Map<String, String> first = card(dense(2), chain("[null, 2, 5, 6]", layer("GlobalMaxPooling2D", "g",
                "'data_format': 'channels_first'"), DENSE));
        assertEquals("2,5,6", first.get("sectional.input"));
        assertTrue(first.get("sectional.assumed").contains("images enter as (channels, rows, columns)"));
        assertFalse(flat.get("sectional.assumed").contains("images enter as"));
    }

    private static String functional(String inputs, String outputs) {
        String layers = "{'class_name': 'InputLayer', 'name': 'a', 'config': {'batch_input_shape': [null, 2, 2, 1]},"
                + " 'inbound_nodes': []}, {'class_name': 'Flatten', 'name': 'f', 'config': {}, 'inbound_nodes':"
                + " [[['a', 0, 0, {}]]]}, {'class_name': 'Dense', 'name': 'd', 'config': {}, 'inbound_nodes':"
                + " [[['f', 0, 0, {}]]]}";
        return ("{'class_name': 'Model', 'config': {'name': 'm', 'layers': [" + layers + "], 'input_layers': ["
                + inputs + "], 'output_layers': [" + outputs + "]}}").replace('\'', '"');
    }

    @Test
    void aClassifierHasOneInputAndOneOutput() {
        String input = "['a', 0, 0]";
        String output = "['d', 0, 0]";
        assertEquals("Keras Functional of 3 layers", classifier(dense(4), functional(input, output)).description());
        assertEquals("1,2,2", card(dense(4), functional(input, output)).get("sectional.input"));
        refused("it has 2 inputs, an image classifier has one", dense(4), functional(input + ", ['f', 0, 0]", output));
        refused("it has 2 outputs, a classifier has one", dense(4), functional(input, output + ", ['f', 0, 0]"));
        refused("its output has shape 2x2x1, wanted one value per class", dense(4), chain("[null, 2, 2, 1]",
                layer("ReLU", "r", "")));
    }

    /** A softmax or sigmoid at the end is cut off; a map of one position becomes a vector. */
    @Test
    void outputsBecomeLogits() {
        String end = layer("GlobalMaxPooling2D", "g", "'keepdims': true");
        String shape = "[null, 4, 6, 2]";
        Map<String, String> softmax = card(dense(2), chain(shape, end, DENSE, layer("Softmax", "s", "")));
        assertEquals("softmax", softmax.get("sectional.output"));
        assertFalse(softmax.get("sectional.graph").contains("\"Softmax\""), softmax.get("sectional.graph"));
        assertTrue(softmax.get("sectional.graph").contains("flatten_output"), softmax.get("sectional.graph"));
        assertTrue(softmax.get("sectional.graph").contains("Flatten"), softmax.get("sectional.graph"));
        Map<String, String> sigmoid = card(dense(2), chain(shape, end, DENSE, layer("Activation", "s",
                "'activation': 'sigmoid'")));
        assertEquals("sigmoid", sigmoid.get("sectional.output"));
        Map<String, String> tanh = card(dense(2), chain(shape, end, DENSE, layer("Activation", "s",
                "'activation': 'relu'")));
        assertNull(tanh.get("sectional.output"));
        Map<String, String> steps = card(dense(2), chain(shape, layer("GlobalMaxPooling2D", "g", ""),
                layer("RepeatVector", "v", "'n': 1"), DENSE));
        assertTrue(steps.get("sectional.graph").contains("flatten_output"), steps.get("sectional.graph"));
        refused("its model ends in a softmax, but --probabilities sigmoid is stated", dense(2),
                chain(shape, end, DENSE, layer("Softmax", "s", "")), "output", "sigmoid");
        assertEquals("sigmoid", card(dense(2), chain(shape, end, DENSE), "output", "sigmoid").get("sectional.output"));
    }

    @Test
    void theCardHasWhatTheFileAndTheUserSay() {
        String rescaled = chain("[null, 4, 6, 3]", layer("Rescaling", "r", "'scale': 0.00784313725490196,"
                + " 'offset': -1"), layer("GlobalMaxPooling2D", "g", ""), DENSE);
        Map<String, String> raw = card(dense(3), rescaled);
        assertEquals("0", raw.get("sectional.mean"));
        Map<String, String> own = card(dense(3), rescaled, "mean", "0.25", "std", "0.5");
        assertEquals("0.25", own.get("sectional.mean"));
        String plain = chain("[null, 4, 6, 3]", layer("GlobalMaxPooling2D", "g", ""), DENSE);
        assertNull(card(dense(3), plain).get("sectional.mean"));
        assertEquals("", card(dense(3), plain, "channels", "BGR").get("sectional.mean"));
        assertNull(card(dense(3), plain, "channels", "RGB").get("sectional.mean"));
        assertEquals("0", card(dense(3), rescaled, "channels", "BGR").get("sectional.mean"));
        ModelWeights weights = classifier(dense(3), plain).classifier(Map.of());
        assertEquals("graph", weights.metadata().get("sectional.architecture"));
        assertEquals(2, weights.tensors().size());
        weights.tensors().forEach((name, stored) -> assertEquals(DType.F32, stored.type(), name));
    }

    @Test
    void layersThatAreNotSupportedAreNamed() {
        refused("Keras Sequential, layer 1: layer 'd' (Dense): its kernel has shape 2x3, its input 4 elements",
                dense(2), chain("[null, 1, 1, 4]", DENSE));
        refused("Keras Functional, layer 3: layer 'd' (Dense): its kernel has shape 2x3", dense(2),
                functional("['a', 0, 0]", "['d', 0, 0]"));
    }

    private static ZipArchive zip(String... namesAndTexts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (int i = 0; i < namesAndTexts.length; i += 2) {
                out.putNextEntry(new ZipEntry(namesAndTexts[i]));
                out.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
            }
        }
        return new ZipArchive("x.keras", FileBytes.of(bytes.toByteArray()));
    }

    @Test
    void archivesHaveAConfigurationAndAVersion() throws IOException {
        Hdf5File weights = read(new Hdf5Writer().dataset("layers/dense/vars/0", 4, 3)
                .dataset("layers/dense/vars/1", 3));
        String config = chain("[null, 2, 2, 1]", layer("Flatten", "f", ""), DENSE);
        assertNull(KerasClassifier.ofArchive("x.keras", zip("metadata.json", "{}"), weights));
        assertEquals("Keras Sequential of 3 layers", KerasClassifier.ofArchive("x.keras", zip("config.json", config),
                weights).description());
        KerasClassifier versioned = KerasClassifier.ofArchive("x.keras", zip("config.json", config, "metadata.json",
                "{\"keras_version\": \"3.2.1\"}"), weights);
        assertEquals("Keras 3 Sequential of 3 layers", versioned.description());
        assertEquals(List.of("d.weight", "d.bias"),
                List.copyOf(versioned.classifier(Map.of()).tensors().keySet()));
    }
}
