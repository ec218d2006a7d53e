package dev.sectional.nn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class VggTest {
    private static final List<String> LAYERS = List.of("4", "4", "M", "8", "M");

    private static Map<String, Tensor> tensors() {
        Random random = new Random(1);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(LAYERS, 5, 6, 4).forEach((name, shape) -> {
            Tensor tensor = Tensor.zeros(shape);
            for (int i = 0; i < tensor.data().length; i++) {
                tensor.data()[i] = random.nextFloat() - 0.5f;
            }
            tensors.put(name, tensor);
        });
        return tensors;
    }

    @Test
    void namesAndShapesSayWhatTheNetworkIs() {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = Models.of("f", tensors()).model("slim").engine(engine).load()) {
            assertEquals("4,4,M,8,M", network.card().layers());
            assertEquals(Shape.of(3, 16, 16), network.inputShape());
            assertEquals(5, network.classes());
            assertEquals(List.of("features.0", "features.1", "features.2", "features.3", "features.4", "features.5",
                    "features.6",
                    "features.7", "avgpool", "flatten", "classifier.0", "classifier.1", "classifier.2", "classifier.3",
                    "classifier.4", "classifier.5", "classifier.6"), network.nodes().stream().map(Node::name).toList());
            // Averaged down to the classifier's grid.
            Tape larger = network.forward(Tensor.zeros(Shape.of(3, 30, 23)));
            assertEquals(5, larger.logits().shape().size());
            assertThrows(IllegalArgumentException.class, () -> network.forward(Tensor.zeros(Shape.of(3, 3, 16))));
            assertThrows(IllegalArgumentException.class, () -> network.forward(Tensor.zeros(Shape.of(1, 16, 16))));
            Tensor broken = Tensor.zeros(Shape.of(3, 16, 16));
            broken.data()[5] = Float.NaN;
            assertThrows(IllegalArgumentException.class, () -> network.forward(broken));
        }
    }

    @Test
    void batchNormIsFolded() {
        Map<String, Tensor> plain = tensors();
        Map<String, Tensor> normed = new LinkedHashMap<>();
        int[] from = {0, 2, 5};
        int[] to = {0, 3, 7};
        for (int i = 0; i < 3; i++) {
            normed.put("features." + to[i] + ".weight", plain.get("features." + from[i] + ".weight"));
            float[] bias = plain.get("features." + from[i] + ".bias").data();
            Shape vector = Shape.of(bias.length);
            Tensor shifted = Tensor.zeros(vector);
            Tensor half = Tensor.zeros(vector);
            Tensor quarter = Tensor.zeros(vector);
            Tensor mean = Tensor.zeros(vector);
            Tensor beta = Tensor.zeros(vector);
            // Gamma 0.5, variance 0.25: the fold is the identity up to epsilon.
            for (int c = 0; c < bias.length; c++) {
                shifted.data()[c] = bias[c] + 1;
                half.data()[c] = 0.5f;
                quarter.data()[c] = 0.25f;
                mean.data()[c] = 3;
                beta.data()[c] = 2;
            }
            String norm = "features." + (to[i] + 1);
            normed.putAll(Map.of("features." + to[i] + ".bias", shifted, norm + ".weight", half, norm + ".bias", beta,
                    norm + ".running_mean", mean, norm + ".running_var", quarter, norm + ".num_batches_tracked",
                    Tensor.zeros(Shape.of())));
        }
        plain.forEach((name, tensor) -> {
            if (name.startsWith("classifier")) {
                normed.put(name, tensor);
            }
        });
        Tensor image = Tensor.zeros(Shape.of(3, 16, 16));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = i % 11 / 11f;
        }
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network a = Models.of("plain", plain).model("slim").engine(engine).load();
             Network b = Models.of("normed", normed).model("slim").engine(engine).load()) {
            assertEquals(a.card().layers(), b.card().layers());
            assertArrayEquals(a.forward(image).logits().data(), b.forward(image).logits().data(), 1e-3f);
        }
    }

    @Test
    void whatDoesNotFitIsNamed() {
        refuse("'classifier.3.bias' is missing", t -> t.remove("classifier.3.bias"));
        refuse("'features.0.weight' is missing", t -> t.remove("features.0.weight"));
        refuse("'features.2.bias' has shape 3, wanted 4", t -> t.put("features.2.bias", Tensor.zeros(Shape.of(3))));
        refuse("unknown tensor 'extra'", t -> t.put("extra", Tensor.zeros(Shape.of(1))));
        refuse("unknown tensor 'features.9.bias'", t -> t.put("features.9.bias", Tensor.zeros(Shape.of(1))));
        refuse("'classifier.0.weight' holds NaN at element 77", t -> t.get("classifier.0.weight")
                .data()[77] = Float.NaN);
        refuse("'features.5.bias' holds -Infinity", t -> t.get("features.5.bias").data()[0] = Float.NEGATIVE_INFINITY);
        refuse("holds no tensors", Map::clear);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            assertThrows(InputException.class, () -> Models.of("f", tensors()).model("vgg16").engine(engine).load());
            assertThrows(InputException.class, () -> Models.of("f", tensors()).model("vgg17").engine(engine).load());
            assertThrows(InputException.class, () -> Models.of("f", tensors())
                    .metadata(Map.of("sectional.layers", "4,M,4,M,8,M")).engine(engine).load());
            assertThrows(InputException.class, () -> Models.of("f", tensors())
                    .metadata(Map.of("sectional.labels", "[\"a\", \"b\"]")).engine(engine).load());
        }
    }

    /** A layout that only an nn.Sequential has: accepted by name or by the file's own statement, never by its names. */
    @Test
    void layersOfNoVggAreRefused() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            InputException e = assertThrows(InputException.class,
                    () -> Models.of("f", tensors()).engine(engine).load());
            assertTrue(e.getMessage().contains("not in the order of a VGG 11, 13, 16 or 19 (4,4,M,8,M)"),
                    e.getMessage());
            assertTrue(e.getMessage().contains("torch.onnx.export"), e.getMessage());
            try (Network stated = Models.of("f", tensors()).metadata(Map.of("sectional.layers", "4,4,M,8,M"))
                    .engine(engine).load()) {
                assertEquals("4,4,M,8,M", stated.card().layers());
            }
        }
    }

    /** VGG11 of width 2 whose classifier is one linear layer, or a sequence without a free number between two. */
    @Test
    void finetunedHeadsLoad() {
        List<String> layers = List.of("2", "M", "2", "M", "2", "2", "M", "2", "2", "M", "2", "2", "M");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(layers, 3, 5, 1).forEach((name, shape) -> tensors.put(name, Tensor.zeros(shape)));
        Map<String, Tensor> one = new LinkedHashMap<>(tensors);
        one.keySet().removeIf(name -> name.startsWith("classifier"));
        one.put("classifier.weight", Tensor.zeros(Shape.of(4, 2)));
        one.put("classifier.bias", Tensor.of(Shape.of(4), 1, 2, 3, 4));
        Map<String, Tensor> two = new LinkedHashMap<>(one);
        two.put("classifier.1.weight", Tensor.zeros(Shape.of(4, 2)));
        two.put("classifier.1.bias", two.remove("classifier.bias"));
        two.put("classifier.2.weight", Tensor.of(Shape.of(2, 4), 1, 0, 0, 0, 0, 0, -1, 0));
        two.put("classifier.2.bias", Tensor.zeros(Shape.of(2)));
        two.remove("classifier.weight");
        Tensor image = Tensor.zeros(Shape.of(3, 32, 32));
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network whole = Models.of("f", tensors).engine(engine).load();
             Network single = Models.of("f", one).engine(engine).load();
             Network pair = Models.of("f", two).engine(engine).load()) {
            assertEquals(3, whole.classes());
            assertArrayEquals(new float[] {1, 2, 3, 4}, single.logits(image).data());
            assertArrayEquals(new float[] {1, -3}, pair.logits(image).data());
            assertEquals(List.of("pixels by ImageNet's mean and standard deviation (--preset, or --mean and"
                    + " --std, state others)",
                    "input 3x32x32", "a VGG as torchvision's: dilation 1, poolings 2x2",
                    "ReLU between the linear layers of classifier", "the outputs are logits, and their softmax the"
                    + " probabilities (--probabilities states another)"), whole.card().assumed());
        }
    }

    private static void refuse(String reason, Consumer<Map<String, Tensor>> change) {
        Map<String, Tensor> tensors = tensors();
        change.accept(tensors);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            InputException e = assertThrows(InputException.class, () -> Models.of("the file", tensors).model("slim")
                    .engine(engine).load());
            assertTrue(e.getMessage().contains(reason) && e.getMessage().startsWith("the file: "), e.getMessage());
        }
    }

    @Test
    void theCardSurvivesItsMetadata() {
        ModelCard card = ModelCard.builder(Shape.of(3, 8, 9)).architecture("vgg").layers("4,M")
                .normalisation(List.of(0.1f, 0.2f, 0.3f), List.of(1f, 2f, 3f)).output(ModelCard.Output.SIGMOID)
                .labels(List.of("a \"quoted\" one", "comma, [bracket]", "tab\t", "\u00e9")).source("here")
                .licence("none").build();
        assertEquals(card, ModelCard.fromMetadata(card.toMetadata()));
        assertEquals(List.of(), ModelCard.fromMetadata(Map.of()).labels());
        for (String[] bad : new String[][] {{"input", "3,0,4"}, {"input", "3,4"}, {"mean", "a,b,c"}, {"std", "1,0,1"},
                {"output", "relu"},
            {"labels", "[\"a\""}, {"labels", "[\"a\",]"}, {"labels", "a"}, {"labels", "[\"a\" \"b\"]"},
            {"labels", "[\"\\"}, {"labels", "["}}) {
            InputException e = assertThrows(InputException.class, () ->
                    ModelCard.fromMetadata(Map.of("sectional." + bad[0], bad[1])), bad[1]);
            assertTrue(e.getMessage().contains("sectional." + bad[0]), e.getMessage());
        }
    }
}
