package dev.sectional.weights.internal.architecture;

import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Networks of timm's builder of mobile networks: EfficientNet-Lite, MobileNet v2 and v3, and EfficientNet by timm's
 * names. One set of names serves several architectures that differ in activation, padding and epsilon, so that the name
 * of the model has to be given. The method builds the network of that name and returns the name, by which
 * {@link Families} checks it.
 */
final class TimmFamilies {
    private static final String V3_LARGE = "hard:122212:1,2,3,4,2,3:3";
    private static final String V3_SMALL = "hard:22212:1,2,3,2,3:2";
    private static final String[] LITE = {"1,2,2,3,3,4,1", "1,3,3,4,4,5,1", "1,3,3,4,4,5,1", "1,3,3,5,5,6,1",
        "1,4,4,6,6,8,1"};
    private static final int[] LITE_SIDES = {224, 240, 260, 300, 380};
    private static final String[] B = {"1,2,2,3,3,4,1", "2,3,3,4,4,5,2", "2,3,3,4,4,5,2", "2,3,3,5,5,6,2",
        "2,4,4,6,6,8,2"};
    /** Settings by model: activation, strides of the stages, blocks of the stages, stages with ReLU. */
    private static final Map<String, String> SETTINGS = settings();

    private TimmFamilies() {
    }

    private static Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String prefix : new String[] {"", "tf_"}) {
            for (int i = 0; i < LITE.length; i++) {
                all.put(prefix + "efficientnet_lite" + i, "relu6:1222121:" + LITE[i] + ":0");
            }
            all.put(prefix + "mobilenetv3_large_100", V3_LARGE);
            all.put(prefix + "mobilenetv3_small_100", V3_SMALL);
            for (int i = 0; i < B.length; i++) {
                all.put(prefix + "efficientnet_b" + i, "silu:1222121:" + B[i] + ":0");
            }
        }
        all.put("mobilenetv2_100", "relu6:1222121:1,2,3,4,3,3,1:0");
        return all;
    }

    /** Returns the names of the models, each with itself as its configuration. */
    static Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        SETTINGS.keySet().forEach(name -> known.put(name, name));
        return known;
    }

    static String mobile(FamilyGraph graph) {
        ModelTensors tensors = graph.tensors();
        String model = graph.model();
        if (!SETTINGS.containsKey(model)) {
            throw tensors.wrong((model.isEmpty() ? "has" : "is not a " + model + ": it has") + " the names of timm's"
                    + " mobile networks, which do not tell activation, padding and epsilon: name the model, --arch "
                    + String.join(", ", SETTINGS.keySet()) + "; else "
                    + ModelTensors.EXPORT);
        }
        String[] parts = SETTINGS.get(model).split(":");
        graph.epsilon(model.startsWith("tf_") ? 1e-3 : 1e-5);
        graph.samePadding(model.startsWith("tf_"));
        if (model.contains("lite")) {
            graph.imageSide(LITE_SIDES[model.charAt(model.length() - 1) - '0'], false);
        }
        if (model.startsWith("tf_") && !model.contains("_b")) {
            graph.pixels(Families.UNIT);
        }
        String activation = parts[0];
        Value x = act(graph, activation, graph.convNorm("conv_stem", "bn1", graph.image("conv_stem", 3), 2));
        TreeSet<Integer> stages = graph.numbers("blocks");
        boolean hard = activation.equals("hard");
        String[] blocks = parts[2].split(",");
        if (stages.size() != blocks.length + (hard ? 1 : 0)) {
            throw tensors.wrong("is not a " + model + ": it has " + stages.size() + " stages");
        }
        for (int stage = 0; stage < blocks.length; stage++) {
            String name = "blocks." + stage;
            int count = graph.numbers(name).size();
            if (count != Integer.parseInt(blocks[stage])) {
                throw tensors.wrong("is not a " + model + ": stage " + stage + " has " + count + " blocks");
            }
            String own = hard && stage < Integer.parseInt(parts[3]) ? "relu" : activation;
            for (int i = 0; i < count; i++) {
                x = block(graph, name + "." + i, x, i == 0 ? parts[1].charAt(stage) - '0' : 1, own, hard);
            }
        }
        if (hard) {
            String name = "blocks." + blocks.length + ".0";
            x = act(graph, activation, graph.convNorm(name + ".conv", name + ".bn1", x, 1));
            x = graph.kind("global_pool", "AdaptiveAvgPool2d", x, x.channels(), Map.of(), "size", new int[] {1, 1});
            x = act(graph, activation, graph.conv("conv_head", x, 1, 0));
        } else {
            x = act(graph, activation, graph.convNorm("conv_head", "bn2", x, 1));
        }
        graph.head(x, "classifier", "ReLU");
        return model;
    }

    /** Adds a block: an expansion if there is one, a depthwise convolution, excitation, and a projection. */
    private static Value block(FamilyGraph graph, String name, Value x, int stride, String activation, boolean hard) {
        boolean expands = graph.tensors().has(name + ".conv_pwl.weight");
        Value y = x;
        if (expands) {
            y = act(graph, activation, graph.convNorm(name + ".conv_pw", name + ".bn1", y, 1));
        }
        y = act(graph, activation, graph.convNorm(name + ".conv_dw", name + (expands ? ".bn2" : ".bn1"), y, stride));
        if (graph.tensors().has(name + ".se.conv_reduce.weight")) {
            String own = hard ? "ReLU" : "SiLU";
            y = hard ? graph.squeezeExcitation(name + ".se", y, new String[] {"conv_reduce", "conv_expand"}, own,
                    "HardSigmoid", "alpha", 1.0 / 6, "beta", 0.5)
                    : graph.squeezeExcitation(name + ".se", y, new String[] {"conv_reduce", "conv_expand"}, own,
                    "Sigmoid");
        }
        y = graph.convNorm(name + (expands ? ".conv_pwl" : ".conv_pw"), name + (expands ? ".bn3" : ".bn2"), y, 1);
        return stride == 1 && y.channels() == x.channels() ? graph.sum(name + ".add", y, x) : y;
    }

    private static Value act(FamilyGraph graph, String activation, Value x) {
        return switch (activation) {
            case "relu" -> graph.relu(x);
            case "relu6" -> graph.relu6(x);
            case "silu" -> graph.kind("SiLU", x);
            default -> graph.kind("HardSwish", x);
        };
    }
}
