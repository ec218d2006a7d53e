package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.weights.fixtures.Hdf5Writer;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tensors of a file belong to which layer. Sizes of tensors tell them apart. */
class KerasWeightsTest {
    private static Hdf5File read(Hdf5Writer writer) {
        return new Hdf5File("x.h5", FileBytes.of(writer.bytes()));
    }

    /** A model of layers written as {@code class name}. */
    private static KerasModel model(boolean sequential, String... layers) {
        List<LayerConfig> all = new ArrayList<>();
        for (String layer : layers) {
            String[] parts = layer.split(" ");
            all.add(new LayerConfig(parts[0], "", parts[1], Map.of(), true));
        }
        return new KerasModel("m", sequential, all, List.of(), List.of(), List.of(), null);
    }

    private static String sizes(KerasWeights weights, int layer, String... parts) {
        return weights.of(layer, parts).stream().map(each -> each.values().shape().toString()).toList().toString();
    }

    @ParameterizedTest
    @CsvSource({"Conv2D,conv2d", "SeparableConv2D,separable_conv2d", "PReLU,p_re_lu", "ReLU,re_lu", "ELU,elu",
        "MultiHeadAttention,multi_head_attention", "My>BatchNorm,my_batch_norm", "LSTM,lstm"})
    void groupsAreNamedAfterTheClass(String className, String group) {
        assertEquals(group, ArchiveWeights.snake(className));
    }

    @Test
    void archivesCountTheLayersOfAClass() {
        Hdf5File file = read(new Hdf5Writer().dataset("layers/conv2d/vars/0", 2).dataset("layers/conv2d_1/vars/0", 3)
                .dataset("layers/conv2d_1/vars/1", 4).dataset("layers/conv2d_1/vars/3", 9)
                .dataset("layers/dense/vars/0", 5).dataset("layers/input_layer/vars/0", 6));
        KerasWeights weights = new ArchiveWeights(file, "", model(false, "InputLayer in", "Conv2D a", "Conv2D b",
                "Dense d", "Dense e"));
        assertEquals("[[6],[2],[3,4],[5],[]]", all(weights, 5));
        KerasWeights chain = new ArchiveWeights(file, "", model(true, "InputLayer in", "Conv2D a"));
        assertEquals("[[],[2]]", all(chain, 2));
        KerasWeights counted = new ArchiveWeights(file, "", model(true, "Conv2D in", "Conv2D a"));
        assertEquals("[[],[2]]", all(counted, 2));
        assertEquals("[]", sizes(chain, 0, "part"));
    }

    private static String all(KerasWeights weights, int layers) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            all.add(sizes(weights, i).replace(" ", ""));
        }
        return all.toString().replace(" ", "");
    }

    /** Unless two groups state the same name. */
    @Test
    void theNameOfALayerDecides() {
        Hdf5Writer writer = new Hdf5Writer().dataset("layers/conv2d/vars/0", 2).text("layers/conv2d/vars", "name", "b")
                .dataset("layers/conv2d_1/vars/0", 3).text("layers/conv2d_1/vars", "name", "a")
                .dataset("layers/conv2d_2/vars/0", 4).text("layers/conv2d_2/vars", "name", "c")
                .dataset("layers/conv2d_3/vars/0", 5).text("layers/conv2d_3/vars", "name", "c");
        KerasWeights weights = new ArchiveWeights(read(writer), "", model(false, "Conv2D a", "Conv2D b", "Conv2D c"));
        assertEquals("[[3],[2],[4]]", all(weights, 3));
    }

    /** Releases 2.12 to 2.14 of Keras count over all models of a process. */
    @Test
    void olderArchivesListTheGroupsOfAClassInOrder() {
        String base = "_layer_checkpoint_dependencies/";
        Hdf5Writer writer = new Hdf5Writer().groups("layers");
        int size = 2;
        for (String group : new String[] {"conv2d_10", "conv2d_9", "conv2d", "conv2d_transpose", "conv2d_1000000"}) {
            writer.dataset(base + group + "/vars/0", size++);
        }
        Hdf5File file = read(writer);
        KerasWeights weights = new ArchiveWeights(file, "", model(true, "InputLayer i", "Conv2D a", "Conv2D b",
                "Conv2D c", "Conv2D d", "Conv2DTranspose t"));
        assertEquals("[[],[4],[3],[2],[4],[5]]", all(weights, 6));
    }

    @Test
    void theFirstContainerThatHasGroupsHoldsTheLayers() {
        Hdf5File both = read(new Hdf5Writer().dataset("layers/conv2d/vars/0", 2)
                .dataset("_layer_checkpoint_dependencies/conv2d/vars/0", 3));
        assertEquals("[[2]]", all(new ArchiveWeights(both, "", model(false, "Conv2D a")), 1));
        Hdf5File none = read(new Hdf5Writer().groups("other"));
        assertEquals("[[]]", all(new ArchiveWeights(none, "", model(false, "Conv2D a")), 1));
    }

    @Test
    void partsAndNestedModelsHaveGroupsOfTheirOwn() {
        Hdf5File file = read(new Hdf5Writer().dataset("layers/multi_head_attention/query_dense/vars/0", 2)
                .dataset("layers/multi_head_attention/query_dense/vars/1", 3)
                .dataset("layers/multi_head_attention/_key_dense/vars/0", 4)
                .dataset("layers/functional/layers/dense/vars/0", 5)
                .dataset("layers/functional/layers/dense_1/vars/0", 6));
        KerasModel outer = model(false, "MultiHeadAttention m", "Functional f");
        KerasWeights weights = new ArchiveWeights(file, "", outer);
        assertEquals("[2, 3]", sizes(weights, 0, "query_dense", "_query_dense"));
        assertEquals("[4]", sizes(weights, 0, "key_dense", "_key_dense"));
        assertEquals("[]", sizes(weights, 0, "value_dense"));
        assertEquals("[[5],[6]]", all(weights.nested(1, model(false, "Dense a", "Dense b")), 2));
    }

    /** Groups are named after layers; their attribute lists the datasets in the layer's order. */
    @ParameterizedTest
    @CsvSource({"''", "model_weights/"})
    void legacyFilesListTheWeightsOfALayer(String base) {
        Hdf5Writer writer = new Hdf5Writer().dataset(base + "conv/conv/bias:0", 2)
                .dataset(base + "conv/conv/kernel:0", 3).text(base + "conv", "weight_names", "conv/kernel:0",
                        "conv/bias:0").text(base + "dense", "weight_names", "dense/kernel:0");
        KerasWeights weights = LegacyWeights.of(read(writer), model(false, "Conv2D conv", "ReLU r", "Dense dense"));
        assertEquals("[3, 2]", sizes(weights, 0));
        assertEquals("[]", sizes(weights, 1));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> weights.of(2)).getMessage()
                .contains("its weight 'dense/kernel:0' is not in the file"));
    }

    @Test
    void partsAreStepsOfTheNamesOfWeights() {
        Hdf5Writer writer = new Hdf5Writer().text("m", "weight_names", "m/query/kernel:0", "m/query/bias:0",
                "m/key/kernel:0", "m/query_norm/kernel:0").dataset("m/m/query/kernel:0", 2)
                .dataset("m/m/query/bias:0", 3).dataset("m/m/key/kernel:0", 4).dataset("m/m/query_norm/kernel:0", 5);
        KerasWeights weights = LegacyWeights.of(read(writer), model(false, "MultiHeadAttention m"));
        assertEquals("[2, 3]", sizes(weights, 0, "query_dense", "query"));
        assertEquals("[4]", sizes(weights, 0, "key"));
        assertEquals("[]", sizes(weights, 0, "value"));
    }

    /** The group of a nested model lists the weights of its layers, with or without the names of models around them. */
    @Test
    void theWeightsOfNestedModelsAreToldByTheirNames() {
        String[] names = {"a/kernel:0", "inner/b/kernel:0", "inner/a/kernel:0", "s/inside/kernel:0", "c:0", "sx/k:0",
            "x/d/deep/er/k:0", "e/f/k:0"};
        Hdf5Writer writer = new Hdf5Writer().text("base", "weight_names", names);
        for (int i = 0; i < names.length; i++) {
            writer.dataset("base/" + names[i], i + 1);
        }
        KerasWeights outer = LegacyWeights.of(read(writer), model(false, "Functional base"));
        KerasWeights inside = outer.nested(0, model(false, "Dense a", "Dense b", "Wrapper s", "Dense c", "Dense none",
                "Functional inner", "Functional other", "Dense d", "Dense e"));
        assertEquals("[1, 3]", sizes(inside, 0), "the last group of a name is the layer's");
        assertEquals("[2]", sizes(inside, 1));
        assertEquals("[4]", sizes(inside, 2), "parts of a layer lie deeper");
        assertEquals("[]", sizes(inside, 3));
        assertEquals("[]", sizes(inside, 4));
        assertEquals("[2, 3]", sizes(inside, 5));
        assertEquals("[1, 2, 3, 4, 5, 6, 7, 8]", sizes(inside, 6), "without the models around them");
        assertEquals("[7]", sizes(inside, 7));
        assertEquals("[8]", sizes(inside, 8));
        assertEquals("[2]", sizes(inside.nested(5, model(false, "Dense b")), 0));
        assertEquals("[1, 3]", sizes(inside.nested(6, model(false, "Dense a")), 0));
    }

    private static KerasModel application(String name) throws Exception {
        try (ZipInputStream zip = new ZipInputStream(KerasApplications.class.getResourceAsStream("applications.zip"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(name + ".json")) {
                    var json = ConfigJson.object(new String(zip.readAllBytes(), StandardCharsets.UTF_8));
                    return KerasModel.read("Functional", json.get("config"), true);
                }
            }
        }
        throw new AssertionError(name);
    }

    private static boolean weighs(LayerConfig layer) {
        return layer.className().matches("Conv2D|DepthwiseConv2D|SeparableConv2D|BatchNormalization|Dense");
    }

    /** Names of layers that Keras counts, such as conv2d_95, begin anywhere; the first may have no number. */
    @ParameterizedTest
    @CsvSource({"InceptionV3,94", "MobileNet,0"})
    void weightsAloneTellTheirNetwork(String name, int offset) throws Exception {
        KerasModel stored = application(name);
        Hdf5Writer writer = new Hdf5Writer();
        int groups = 0;
        for (LayerConfig layer : stored.layers()) {
            if (weighs(layer)) {
                String group = "layers/g" + groups++ + "/vars";
                writer.dataset(group + "/0", 1).text(group, "name", shifted(layer.name(), offset));
            }
        }
        Hdf5File file = read(writer.dataset("optimizer/vars/0", 1));
        KerasApplications.Found found = KerasApplications.find(file);
        assertEquals(name, found.name());
        assertTrue(found.archive());
        for (int i = 0; i < stored.layers().size(); i++) {
            LayerConfig layer = stored.layers().get(i);
            assertEquals(weighs(layer) ? shifted(layer.name(), offset) : layer.name(),
                    found.model().layers().get(i).name());
        }
        assertEquals("weights of " + name, KerasClassifier.ofWeights("x.h5", file).description());
    }

    private static String shifted(String name, int offset) {
        if (!name.matches("(conv2d|batch_normalization)(_\\d+)?")) {
            return name;
        }
        String kind = name.replaceAll("_\\d+", "");
        int number = name.equals(kind) ? 0 : Integer.parseInt(name.substring(kind.length() + 1));
        return number + offset == 0 ? kind : kind + "_" + (number + offset);
    }

    @ParameterizedTest
    @CsvSource({"model_weights/", "''"})
    void legacyWeightsTellTheirNetworkToo(String base) throws Exception {
        Hdf5Writer writer = new Hdf5Writer().groups(base + "activation");
        for (LayerConfig layer : application("MobileNet").layers()) {
            if (weighs(layer)) {
                writer.text(base + layer.name(), "weight_names", "k:0");
            }
        }
        KerasApplications.Found found = KerasApplications.find(read(writer.dataset(base + "conv1/k:0", 1)));
        assertEquals("MobileNet", found.name());
        assertFalse(found.archive());
        assertNull(KerasApplications.find(read(new Hdf5Writer().groups("a"))));
        assertNull(KerasApplications.find(read(new Hdf5Writer().dataset("layers/a/vars/0", 1))));
        assertNull(KerasClassifier.ofWeights("x.h5", read(new Hdf5Writer().groups("a"))));
    }

    /** Its padding is that of a size which 32 divides; then its sums are looked at. */
    @Test
    void mobileNetsTakeSizesThat32Divides() throws Exception {
        Hdf5Writer writer = new Hdf5Writer();
        for (LayerConfig layer : application("MobileNetV2").layers()) {
            if (weighs(layer)) {
                writer.text(layer.name(), "weight_names", "k:0").dataset(layer.name() + "/k:0", 1);
            }
        }
        KerasClassifier classifier = KerasClassifier.ofWeights("x.h5", read(writer));
        for (String size : new String[] {"3,33,64", "3,64,33", "3,64,64"}) {
            String message = assertThrows(InputException.class,
                    () -> classifier.classifier(Map.of("sectional.input", size))).getMessage();
            assertEquals(size.contains("33"), message.contains("give an --input-size that 32 divides"), message);
            assertEquals(!size.contains("33"), message.contains("a kernel is missing"), message);
        }
    }

    private static void sums(Map<String, Object> depthwise, int[] input, int[] output, String... more) {
        List<LayerConfig> layers = new ArrayList<>();
        layers.add(new LayerConfig("Conv2D", "", "b_expand", Map.of(), true));
        layers.add(new LayerConfig("DepthwiseConv2D", "", "b_depthwise", depthwise, true));
        layers.add(new LayerConfig("Conv2D", "", "b_project", Map.of(), true));
        for (String name : more) {
            layers.add(new LayerConfig("Add", "", name, Map.of(), true));
        }
        Hdf5Writer writer = new Hdf5Writer().dataset("layers/depthwise_conv2d/vars/0", 3, 3, 48, 1)
                .dataset("layers/conv2d_1/vars/0", output);
        if (input != null) {
            writer.dataset("layers/conv2d/vars/0", input);
        }
        KerasModel model = new KerasModel("m", false, input == null ? layers.subList(1, layers.size()) : layers,
                List.of(), List.of(), List.of(), null);
        if (input == null) {
            writer.dataset("layers/conv2d/vars/0", output);
        }
        KerasApplications.requireKnownSums(new KerasApplications.Found("MobileNetV2", model, true), read(writer));
    }

    private static void refused(String said, Executable sums) {
        String message = assertThrows(IllegalArgumentException.class, sums).getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void blocksThatKeepTheirChannelsHaveASum() {
        int[] eight = {1, 1, 8, 48};
        String keeps = "block b keeps 8 channels, so that it has a sum";
        refused(keeps, () -> sums(Map.of(), eight, new int[] {1, 1, 48, 8}));
        refused(keeps, () -> sums(Map.of("strides", List.of(1L, 1L)), eight, new int[] {1, 1, 48, 8}, "c_add"));
        sums(Map.of("strides", List.of(2L, 2L)), eight, new int[] {1, 1, 48, 8});
        sums(Map.of(), eight, new int[] {1, 1, 48, 16});
        sums(Map.of(), eight, new int[] {1, 1, 48, 8}, "b_add");
        refused("block b keeps 48 channels", () -> sums(Map.of(), null, new int[] {1, 1, 48, 48}));
        sums(Map.of(), null, new int[] {1, 1, 48, 16});
        refused("a kernel is missing", () -> sums(Map.of(), new int[] {8, 48}, new int[] {1, 1, 48, 8}));
        KerasModel other = model(false, "DepthwiseConv2D b_depthwise");
        KerasApplications.requireKnownSums(new KerasApplications.Found("MobileNet", other, true),
                read(new Hdf5Writer().groups("a")));
        refused("a kernel is missing", () -> KerasApplications.requireKnownSums(new KerasApplications.Found(
                "MobileNetV2", other, true), read(new Hdf5Writer().groups("a"))));
    }
}
