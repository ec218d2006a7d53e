package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Gradients;
import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.Safetensors;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.WeightsFile;
import dev.sectional.weights.internal.architecture.ArchitectureLoader;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.naming.TorchvisionNames;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One network of every family of torchvision, and of those of timm whose names tell them, built from the names and
 * shapes of its state dict, against the logits and the gradient that torchvision computes in float64 with the same
 * generated weights. The files and the script that wrote them, {@code torchvision_families.py}, hold no weights.
 */
class TorchvisionFamiliesTest {
    private static final long SEED = 11;
    private static final int IMAGE = 99999;

    private record Generated(String name, int ordinal, Shape shape) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            boolean weight = name.endsWith("weight");
            double scale = shape.rank() > 1 ? weight ? Math.sqrt(3.0 / (shape.size() / (double) shape.dim(0))) : 0.3
                    : name.endsWith("running_var") ? 0.5 : 0.05;
            double middle = shape.rank() == 1 && (weight || name.endsWith("running_var")) ? 1 : 0;
            for (int i = 0; i < count; i++) {
                into[at + i] = (float) (middle + scale * Det.uniform(SEED, ordinal, (long) from + i));
            }
        }
    }

    private static Safetensors open(String family) throws Exception {
        String file = "/families/" + family + ".safetensors";
        return Safetensors.open(Path.of(TorchvisionFamiliesTest.class.getResource(file).toURI()));
    }

    private static Map<String, TensorSource> tensors(Map<String, String> listed) {
        String[] names = listed.get("names").split(",");
        String[] shapes = listed.get("shapes").split(";");
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            Shape shape = Shape.of(Arrays.stream(shapes[i].split("x")).mapToInt(Integer::parseInt).toArray());
            tensors.put(names[i], new StoredTensor(DType.F32, new Generated(names[i], i, shape)));
        }
        Map<String, TensorSource> renamed = new LinkedHashMap<>();
        TorchvisionNames.rename("f", tensors).forEach((name, stored) -> renamed.put(name, stored.values()));
        return renamed;
    }

    private static Tensor image(int side) {
        Tensor image = Tensor.zeros(Shape.of(3, side, side));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) (2 * Det.uniform(SEED, IMAGE, i));
        }
        return image;
    }

    @ParameterizedTest
    @ValueSource(strings = {"alexnet", "densenet", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small",
        "mnasnet", "shufflenet_v2", "efficientnet", "efficientnet_v2", "regnet_x", "regnet_y", "convnext", "googlenet",
        "inception_v3", "vit", "timm_vit", "timm_convnext", "timm_resnet", "timm_resnet_blur", "timm_resnet_average",
        "timm_mobilenetv3_large",
        "timm_mobilenetv3_small", "timm_mobilenetv2", "timm_efficientnet_lite", "timm_tf_efficientnet_lite",
        "timm_efficientnet", "swin", "swin_v2", "timm_swin", "timm_swin_v2", "maxvit"})
    void logitsAndGradientAgree(String family) throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = open(family)) {
            int side = Integer.parseInt(golden.metadata().get("side"));
            Tensor image = image(side);
            String model = golden.metadata().getOrDefault("model", "");
            ArchitectureLoader loader = new ArchitectureLoader(family, tensors(golden.metadata())).model(model)
                    .metadata(Map.of("sectional.input", "3," + side + "," + side)).engine(engine);
            try (Network network = loader.load()) {
                double[] logits = golden.doubles("logits");
                float[] found = network.logits(image).data();
                double wrong = greatestDifference(logits, found);
                requireSameGraph(loader, network, image, found);
                Attribution gradient = Gradients.plain().explain(network, image, Target.top(1));
                double[] every = golden.doubles("gradient");
                double wrongGradient = greatestDifference(every, everySecond(gradient.relevance()));
                assertTrue(wrong <= 1e-5, "logits differ by " + wrong + " of the greatest");
                assertTrue(wrongGradient <= 1e-4, "gradient differs by " + wrongGradient + " of its greatest");
            }
        }
    }

    /** A network under a prefix that no wrapper adds is not guessed, but named. */
    @ParameterizedTest
    @ValueSource(strings = {"densenet", "timm_resnet_blur"})
    void aNetworkUnderAPrefixIsNamed(String family) throws Exception {
        try (Safetensors golden = open(family)) {
            Map<String, TensorSource> both = new LinkedHashMap<>();
            tensors(golden.metadata()).forEach((name, values) -> {
                both.put("teacher." + name, values);
                both.put("student." + name, values);
            });
            String message = assertThrows(InputException.class, () -> new ArchitectureLoader("f", both).load())
                    .getMessage();
            assertTrue(message.contains("choose the network by --state-dict teacher or student; else export"), message);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "backbone.conv1.weight,aux_classifier.0.weight | a segmentation network of torchvision, which classifies",
        "backbone.layer1.0.conv1.weight,classifier.0.convs.0.0.weight | a segmentation network of torchvision, which",
        "backbone.body.layer1.0.conv1.weight,head.classification_head.conv.0.weight | a detection network of",
        "stem.conv1.weight,stages.0.blocks.0.attn_grid.attn.rel_pos.relative_position_bias_table | a MaxViT of timm"})
    void networksThatAreNotReadAreNamed(String names, String network) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (String name : names.strip().split(",")) {
            tensors.put(name, Tensor.zeros(Shape.of(4, 4)));
        }
        String message = assertThrows(InputException.class, () -> new ArchitectureLoader("f", tensors).load())
                .getMessage();
        assertTrue(message.contains("looks like " + network) && !message.contains("--state-dict"), message);
    }

    @ParameterizedTest
    @CsvSource({"resnet50d,resnet50", "resnet-50,resnet50", "efficientnet_b9,efficientnet_b0", "vgg17,vgg11"})
    void anUnknownNameGetsTheNearest(String name, String nearest) {
        String message = assertThrows(InputException.class, () -> new ArchitectureLoader("f",
                Map.of("a", Tensor.zeros(Shape.of(1)))).model(name).load()).getMessage();
        assertTrue(message.matches("model '" + name + "' is unknown: of \\d+ names the nearest are [^;]*" + nearest
                + "[,;].*torch.onnx.export.*"), message);
    }

    /** What the converter writes is read by {@link Models}, but for architectures that it knows by their names. */
    private static void requireSameGraph(ArchitectureLoader loader, Network network, Tensor image, float[] logits) {
        if (loader.described() == null) {
            assertTrue(Models.names().contains(network.card().architecture())
                    || network.card().architecture().equals("resnet"), network.card().architecture());
            return;
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        loader.described().tensors().forEach((name, stored) -> tensors.put(name, stored.values()));
        try (Network again = Models.of("converted", tensors).metadata(loader.described().metadata())
                .engine(network.engine()).load()) {
            assertArrayEquals(logits, again.logits(image).data());
            assertEquals(network.card().assumed(), again.card().assumed());
            assertEquals(network.inputShape(), again.inputShape());
        }
    }

    private static float[] everySecond(Tensor relevance) {
        int side = relevance.shape().dim(1);
        int half = (side + 1) / 2;
        float[] every = new float[3 * half * half];
        for (int i = 0; i < every.length; i++) {
            int row = i / half % half * 2;
            every[i] = relevance.data()[i / half / half * side * side + row * side + i % half * 2];
        }
        return every;
    }

    private static double greatestDifference(double[] expected, float[] found) {
        assertEquals(expected.length, found.length);
        double greatest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            greatest = Math.max(greatest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        return difference / greatest;
    }

    /** Half precision stays where a tensor is the file's own; a folded convolution is stored as it is computed. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void aConvertedFileIsReadByTheEmbeddingModules(DType type, @TempDir Path folder) throws Exception {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("mobilenet_v2")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            Map<String, DType> types = new LinkedHashMap<>();
            tensors.keySet().forEach(name -> types.put(name, type));
            SafetensorsWriter.write(in, Map.of("note", "kept", "sectional.input", "3,64,64"), tensors, types, b -> { });
            assertEquals("", Converter.convert(in, out, LoadOptions.none(), b -> { }).problem());
            try (Network network = ModelFiles.load(in, engine); Network again = Models.load(out, engine);
                 WeightsFile file = WeightsFile.open(out)) {
                assertArrayEquals(network.logits(image(64)).data(), again.logits(image(64)).data());
                assertEquals("kept", file.metadata().get("note"));
                assertEquals(type, file.type("classifier.1.weight"));
                assertEquals(DType.F32, file.type("features.0.0.weight"));
            }
        }
    }

    /** Only torchvision's own head has its activation; in the place of it nearly every program puts ReLU. */
    @ParameterizedTest
    @CsvSource({"mobilenet_v3_small,classifier.,3,HardSwish", "mobilenet_v3_small,classifier.,2,ReLU",
        "efficientnet,classifier.,3,ReLU", "swin,head.,2,ReLU"})
    void theActivationOfAHeadIsAssumed(String family, String head, int second, String activation) throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open(family)) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            int first = family.equals("efficientnet") ? 1 : 0;
            int inputs = tensors.entrySet().stream().filter(each -> each.getKey().startsWith(head)
                    && each.getKey().endsWith("weight")).findFirst().orElseThrow().getValue().shape().dim(1);
            tensors.keySet().removeIf(name -> name.startsWith(head));
            tensors.put(head + first + ".weight", new Generated("weight", 1, Shape.of(6, inputs)));
            tensors.put(head + second + ".weight", new Generated("weight", 2, Shape.of(4, 6)));
            try (Network network = new ArchitectureLoader("f", tensors).engine(engine).load()) {
                assertTrue(network.card().assumed().contains(activation + " between the linear layers of "
                        + head.replace(".", "")), network.card().assumed().toString());
            }
        }
    }

    /** Several architectures share the names, and differ in what no tensor shows. */
    @Test
    void timmsMobileNetworksNeedTheNameOfTheModel() throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("timm_mobilenetv2")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            for (String model : new String[] {"", "mobilenet_v2", "efficientnet_lite0", "mobilenetv3_large_100"}) {
                InputException e = assertThrows(InputException.class,
                        () -> new ArchitectureLoader("f", tensors).model(model).engine(engine).load());
                assertTrue(e.getMessage().matches("f: .*(--arch efficientnet_lite0, .*mobilenetv2_100; else export"
                        + "|is not a " + model + ": ).*"), e.getMessage());
            }
        }
    }

    /** The tensors show the size of the images, and no other has positions. */
    @Test
    void aVisionTransformerTakesOneSize() throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("vit")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            try (Network network = new ArchitectureLoader("f", tensors).engine(engine).load()) {
                assertEquals(Shape.of(3, 48, 48), network.inputShape());
                assertTrue(network.card().assumed().contains("2 attention heads of 64 elements"));
                String advice = assertThrows(IllegalArgumentException.class, () -> network.logits(image(64)))
                        .getMessage();
                assertTrue(advice.contains("only for them; resize the images"), advice);
            }
            Map<String, String> larger = Map.of("sectional.input", "3,64,64");
            assertTrue(assertThrows(InputException.class,
                    () -> new ArchitectureLoader("f", tensors).metadata(larger).engine(engine).load())
                    .getMessage().contains("takes images of 48x48 alone"));
        }
    }

    /** Windows, paddings and masks follow from the size that is asked for; without one, from torchvision's. */
    @ParameterizedTest
    @CsvSource({"swin,224", "swin_v2,256"})
    void aSwinTransformerIsBuiltForTheSizeThatIsAskedFor(String family, int side) throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open(family)) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            try (Network network = new ArchitectureLoader("f", tensors).engine(engine).load()) {
                assertEquals(Shape.of(3, side, side), network.inputShape());
                assertTrue(network.card().assumed().contains("windows of 4x4 moved by 2 in every second block"));
                assertTrue(assertThrows(IllegalArgumentException.class, () -> network.logits(image(64)))
                        .getMessage().contains("import the original file with --input-size"));
            }
        }
    }

    /** timm's own files lack the tables from which the windows of version 2 show. */
    @Test
    void timmsSwinTransformerOfVersion2NeedsTheNameOfTheModel() throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("timm_swin_v2")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            tensors.keySet().removeIf(name -> name.endsWith("relative_coords_table"));
            ArchitectureLoader unnamed = new ArchitectureLoader("f", tensors).engine(engine);
            assertTrue(assertThrows(InputException.class, unnamed::load).getMessage()
                    .contains("name the model, such as --arch swinv2_tiny_window8_256"));
            assertTrue(assertThrows(InputException.class, () -> unnamed.model("swinv2_tiny_window8_256").load())
                    .getMessage().contains("is not a swinv2_tiny_window8_256: it is a Swin transformer of configuration"
                    + " v2:16:2,2,2:8:2,4,8"));
        }
    }

    @Test
    void aMaxVitTakesSquaresThatItsWindowsDivide() throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("maxvit")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            for (String size : new String[] {"3,32,64", "3,48,48"}) {
                InputException e = assertThrows(InputException.class, () -> new ArchitectureLoader("f", tensors)
                        .metadata(Map.of("sectional.input", size)).engine(engine).load());
                assertTrue(e.getMessage().contains("square images of a side that 32 divides"), e.getMessage());
            }
            assertTrue(assertThrows(InputException.class,
                    () -> new ArchitectureLoader("f", tensors).model("maxvit_t").engine(engine).load())
                    .getMessage().contains("is not a maxvit_t"));
        }
    }

    /** A stem or downsampling of another kernel has another stride, which no tensor shows. */
    @ParameterizedTest
    @CsvSource({"convnext,features.0.0,2", "convnext,features.2.1,3", "densenet,features.conv0,3",
        "googlenet,conv1.conv,3", "mobilenet_v2,features.0.0,5"})
    void otherKernelsWhereTheStrideIsAreRefused(String family, String layer, int kernel) throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open(family)) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            Shape shape = tensors.get(layer + ".weight").shape();
            tensors.put(layer + ".weight", new Generated("weight", 0, Shape.of(shape.dim(0), shape.dim(1), kernel,
                    kernel)));
            assertTrue(assertThrows(InputException.class,
                    () -> new ArchitectureLoader("f", tensors).engine(engine).load())
                    .getMessage().contains(layer + " has a kernel of " + kernel + "x" + kernel));
        }
    }

    @Test
    void aNamedModelIsChecked() throws Exception {
        try (Engine engine = Engine.open(Provider.configured(), 1); Safetensors golden = open("mobilenet_v2")) {
            Map<String, TensorSource> tensors = tensors(golden.metadata());
            for (String other : new String[] {"densenet121", "resnet50", "vgg16", "mobilenet_v3_small"}) {
                InputException e = assertThrows(InputException.class,
                        () -> new ArchitectureLoader("f", tensors).model(other).engine(engine).load());
                assertTrue(e.getMessage().contains("is not a " + other), e.getMessage());
            }
            try (Network network = new ArchitectureLoader("f", tensors).model("mobilenet_v2").engine(engine).load()) {
                assertEquals("mobilenet_v2", network.card().architecture());
            }
            tensors.put("features.3.extra", tensors.get("classifier.1.bias"));
            assertTrue(assertThrows(InputException.class,
                    () -> new ArchitectureLoader("f", tensors).engine(engine).load())
                    .getMessage().contains("unknown tensor 'features.3.extra'"));
        }
    }
}
