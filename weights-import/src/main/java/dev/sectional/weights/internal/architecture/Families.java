package dev.sectional.weights.internal.architecture;

import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Architectures of torchvision that are told by a name among their tensors, in any width and depth that their names
 * show. A new one adds a line to {@link #ALL} and a method that builds its network.
 */
final class Families {
    /** The pixels of GoogLeNet and Inception v3: torchvision's published weights were trained on them. */
    static final Map<String, String> UNIT = Map.of("sectional.mean", "0.5", "sectional.std", "0.5");

    /** Sides of the images of models that differ from their family's, by configuration. */
    private static final Map<String, Integer> SIDES = sides();

    /** Its tensors have the names of a plain ResNet, so that it needs the name of the model. */
    private static final Family ANTIALIASED = new Family("antialiased ResNet", has("layer1.0.conv1.weight"),
            AntialiasedResNets::build, AntialiasedResNets.known(), 224, Map.of());

    private static final List<Family> ALL = List.of(
            new Family("DenseNet", has("features.denseblock1.denselayer1.conv1.weight"), PlainFamilies::denseNet,
                    Map.of("densenet121", "6,12,24,16", "densenet169", "6,12,32,32", "densenet201", "6,12,48,32",
                            "densenet161", "6,12,36,24"), 224, Map.of()),
            new Family("MobileNet v2", has("features.1.conv.0.0.weight"), MobileFamilies::mobileNetV2,
                    Map.of("mobilenet_v2", ""), 224, Map.of()),
            new Family("MobileNet v3", has("features.1.block.0.0.weight"), MobileFamilies::mobileNetV3,
                    Map.of("mobilenet_v3_large", "large", "mobilenet_v3_small", "small"), 224, Map.of()),
            new Family("MNASNet", has("layers.8.0.layers.0.weight"), MobileFamilies::mnasNet,
                    Map.of("mnasnet0_5", "16", "mnasnet0_75", "24", "mnasnet1_0", "32", "mnasnet1_3", "40"), 224,
                    Map.of()),
            new Family("ShuffleNet v2", has("stage2.0.branch1.0.weight"), PlainFamilies::shuffleNet, Map.of(
                    "shufflenet_v2_x0_5", "4:48,8:96,4:192,", "shufflenet_v2_x1_0", "4:116,8:232,4:464,",
                    "shufflenet_v2_x1_5", "4:176,8:352,4:704,", "shufflenet_v2_x2_0", "4:244,8:488,4:976,"), 224,
                    Map.of()),
            new Family("EfficientNet", has("features.1.0.block.0.0.weight"), EfficientFamilies::efficientNet,
                    efficientNets(), 224, Map.of()),
            new Family("RegNet", has("trunk_output.block1.block1-0.f.a.0.weight"), EfficientFamilies::regNet, Map.of(),
                    224, Map.of()),
            new Family("ConvNeXt", has("features.1.0.layer_scale"), EfficientFamilies::convNeXt, Map.of(
                    "convnext_tiny", "3:96,3:192,9:384,3:768,", "convnext_small", "3:96,3:192,27:384,3:768,",
                    "convnext_base", "3:128,3:256,27:512,3:1024,", "convnext_large", "3:192,3:384,27:768,3:1536,"), 224,
                    Map.of()),
            new Family("GoogLeNet", has("inception3a.branch1.conv.weight"), InceptionFamilies::googLeNet,
                    Map.of("googlenet", ""), 224, UNIT),
            new Family("Inception v3", has("Mixed_5b.branch1x1.conv.weight"), InceptionFamilies::inceptionV3,
                    Map.of("inception_v3", ""), 299, UNIT),
            new Family("Vision transformer", has("encoder.pos_embedding"), TransformerFamilies::visionTransformer,
                    Map.of("vit_b_16", "768:12:16", "vit_b_32", "768:12:32", "vit_l_16", "1024:24:16", "vit_l_32",
                            "1024:24:32", "vit_h_14", "1280:32:14"), 224, Map.of()),
            new Family("Swin transformer", has("features.1.0.attn.qkv.weight"), SwinFamilies::swin,
                    SwinFamilies.known(), 224, Map.of()),
            new Family("MaxViT", has("blocks.0.layers.0.layers.MBconv.layers.pre_norm.weight"), MaxVitFamilies::maxVit,
                    Map.of("maxvit_t", "64:2,64:2,128:5,256:2,512:7:2,4,8,16"), 224, Map.of()),
            new Family("timm mobile network", has("conv_stem.weight"), TimmFamilies::mobile, TimmFamilies.known(),
                    224, Map.of()),
            new Family("AlexNet", Families::isAlexNet, PlainFamilies::alexNet, Map.of("alexnet", ""), 224, Map.of()));

    /**
     * A family.
     *
     * @param isOne tells by the tensors' names whether they are those of such a network
     * @param build adds the layers and returns the configuration
     * @param known configurations of the models that have a name
     * @param side of the images for which the models were trained
     * @param defaults metadata that holds if the file and the user state no other
     */
    record Family(String name, Predicate<ModelTensors> isOne, Function<FamilyGraph, String> build,
                  Map<String, String> known, int side, Map<String, String> defaults) {
        /** Loads a network; {@link ArchitectureLoader#load} states the errors. */
        Loaded load(ModelTensors tensors, Map<String, String> metadata, String model, NetworkBuilder builder) {
            String stated = metadata.get("sectional.input");
            FamilyGraph graph = new FamilyGraph(tensors, builder, model, stated == null ? null
                    : ModelCard.fromMetadata(Map.of("sectional.input", stated)).input());
            String config;
            try {
                config = build.apply(graph);
            } catch (IllegalArgumentException e) {
                throw tensors.wrong(e.getMessage());
            }
            if (!model.isEmpty() && !config.equals(known.get(model))) {
                throw tensors.wrong("is not a " + model + ": it is a " + name
                        + (config.isEmpty() ? "" : " of configuration " + config));
            }
            Map<String, String> full = new LinkedHashMap<>(metadata);
            if (!metadata.containsKey("sectional.mean") && !metadata.containsKey("sectional.std")) {
                Map<String, String> pixels = graph.pixels() == null ? defaults : graph.pixels();
                full.putAll(pixels);
                tensors.assumePixels(pixels);
            }
            full.put("sectional.architecture", name.toLowerCase(Locale.ROOT).replace(" ", "_"));
            int size = graph.imageSide() > 0 ? graph.imageSide() : SIDES.getOrDefault(config, side);
            tensors.assumeInput(full, graph.imageChannels() + "," + size + "," + size);
            if (graph.onlySide() && !full.get("sectional.input").endsWith("," + size + "," + size)) {
                throw tensors.wrong("takes images of " + size + "x" + size + " alone, by its position embedding; leave"
                        + " the input size out");
            }
            tensors.assume("layers between the tensors as in torchvision's " + name + ", with its strides, poolings,"
                    + " activations, epsilons and, in a transformer, class token before the head (another choice shows"
                    + " in no tensor: export such a network to ONNX)");
            Network network = tensors.network(tensors.card(full), builder);
            return new Loaded(network, graph.describe(network));
        }
    }

    /** A network and the descriptions of its nodes. */
    record Loaded(Network network, List<NodeSpec> nodes) {}

    private Families() {
    }

    /** Returns the family of a network's tensors, or null. */
    static Family of(ModelTensors tensors) {
        return ALL.stream().filter(family -> family.isOne.test(tensors)).findFirst().orElse(null);
    }

    /** Returns the family of a stated model whose tensors have the names of one that {@code Models} reads; or null. */
    static Family sharing(ModelTensors tensors, String model) {
        return ANTIALIASED.known.containsKey(model) && ANTIALIASED.isOne.test(tensors) ? ANTIALIASED : null;
    }

    /** Returns the names of the models that have one. */
    static List<String> names() {
        return Stream.concat(ALL.stream(), Stream.of(ANTIALIASED))
                .flatMap(family -> family.known.keySet().stream().sorted()).distinct().toList();
    }

    private static Predicate<ModelTensors> has(String name) {
        return tensors -> tensors.has(name);
    }

    /** Its names are those of any nn.Sequential, so that the kernels have to fit, too. */
    private static boolean isAlexNet(ModelTensors tensors) {
        int[] kernels = {11, 5, 3, 3, 3};
        int[] numbers = {0, 3, 6, 8, 10};
        Set<Integer> found = tensors.numbered("features", 4);
        for (int i = 0; i < numbers.length; i++) {
            String name = "features." + numbers[i] + ".weight";
            if (!tensors.has(name) || tensors.shape(name, 4).dim(2) != kernels[i]) {
                return false;
            }
        }
        return found.size() == numbers.length;
    }

    /** EfficientNets by torchvision's published weights. */
    private static Map<String, Integer> sides() {
        Map<String, String> configs = efficientNets();
        int[] sides = {224, 240, 288, 300, 380, 456, 528, 600, 384, 480, 480};
        Map<String, Integer> all = new HashMap<>();
        configs.values().forEach(config -> all.put(config, sides[all.size()]));
        return all;
    }

    private static Map<String, String> efficientNets() {
        Map<String, String> known = new LinkedHashMap<>();
        String[] first = {"1,2,2,3,3,4,1,32,1280", "2,3,3,4,4,5,2,32,1280", "2,3,3,4,4,5,2,32,1408",
            "2,3,3,5,5,6,2,40,1536", "2,4,4,6,6,8,2,48,1792", "3,5,5,7,7,9,3,48,2048", "3,6,6,8,8,11,3,56,2304",
            "4,7,7,10,10,13,4,64,2560"};
        for (int i = 0; i < first.length; i++) {
            known.put("efficientnet_b" + i, "v1:" + first[i]);
        }
        known.put("efficientnet_v2_s", "v2:2,4,4,6,9,15,24,1280");
        known.put("efficientnet_v2_m", "v2:3,5,5,7,14,18,5,24,1280");
        known.put("efficientnet_v2_l", "v2:4,7,7,10,19,25,7,32,1280");
        return known;
    }
}
