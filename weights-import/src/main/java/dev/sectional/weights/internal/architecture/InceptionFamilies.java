package dev.sectional.weights.internal.architecture;

import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.List;

/**
 * GoogLeNet (Szegedy et al. 2015) and Inception v3 (Szegedy et al. 2016) by torchvision's names. The auxiliary
 * classifiers, which only training uses, are left unread.
 */
final class InceptionFamilies {
    private static final double EPSILON = 1e-3;
    private static final int[] NONE = {0, 0};

    private InceptionFamilies() {
    }

    static String googLeNet(FamilyGraph graph) {
        graph.epsilon(EPSILON);
        graph.tensors().names().stream().filter(name -> name.matches("aux[12]\\..*")).forEach(graph.tensors()::ignore);
        Value x = basic(graph, "conv1", graph.image("conv1.conv", 7), 2);
        x = basic(graph, "conv3", basic(graph, "conv2", pool(graph, "maxpool1", x, 3), 1), 1);
        x = pool(graph, "maxpool2", x, 3);
        for (String name : List.of("3a", "3b", "", "4a", "4b", "4c", "4d", "4e", "2", "5a", "5b")) {
            x = name.isEmpty() ? pool(graph, "maxpool3", x, 3) : name.equals("2") ? pool(graph, "maxpool4", x, 2)
                    : googLeNetBlock(graph, "inception" + name + ".", x);
        }
        graph.head(x, "fc", "ReLU");
        return "";
    }

    private static Value googLeNetBlock(FamilyGraph graph, String name, Value x) {
        Value one = basic(graph, name + "branch1", x, 1);
        Value two = basic(graph, name + "branch2.1", basic(graph, name + "branch2.0", x, 1), 1);
        Value three = basic(graph, name + "branch3.1", basic(graph, name + "branch3.0", x, 1), 1);
        Value pooled = graph.maxPool(name + "branch4.0", x, 3, 1, 1, true);
        return graph.concat(name + "concat", List.of(one, two, three, basic(graph, name + "branch4.1", pooled, 1)));
    }

    private static Value pool(FamilyGraph graph, String name, Value x, int kernel) {
        return graph.maxPool(name, x, kernel, 2, 0, true);
    }

    static String inceptionV3(FamilyGraph graph) {
        graph.epsilon(EPSILON);
        graph.tensors().names().stream().filter(name -> name.startsWith("AuxLogits.")).forEach(graph.tensors()::ignore);
        Value x = valid(graph, "Conv2d_1a_3x3", graph.image("Conv2d_1a_3x3.conv", 3), 2);
        x = basic(graph, "Conv2d_2b_3x3", valid(graph, "Conv2d_2a_3x3", x, 1), 1);
        x = graph.maxPool("maxpool1", x, 3, 2, 0, false);
        x = valid(graph, "Conv2d_4a_3x3", basic(graph, "Conv2d_3b_1x1", x, 1), 1);
        x = graph.maxPool("maxpool2", x, 3, 2, 0, false);
        for (String name : List.of("Mixed_5b.", "Mixed_5c.", "Mixed_5d.")) {
            Value five = chain(graph, x, name + "branch5x5_1", name + "branch5x5_2");
            Value three = chain(graph, x, name + "branch3x3dbl_1", name + "branch3x3dbl_2", name + "branch3x3dbl_3");
            x = graph.concat(name + "concat", List.of(basic(graph, name + "branch1x1", x, 1), five, three,
                    averaged(graph, name, x)));
        }
        Value narrow = chain(graph, x, "Mixed_6a.branch3x3dbl_1", "Mixed_6a.branch3x3dbl_2");
        x = graph.concat("Mixed_6a.concat", List.of(valid(graph, "Mixed_6a.branch3x3", x, 2),
                valid(graph, "Mixed_6a.branch3x3dbl_3", narrow, 2), halved(graph, "Mixed_6a.", x)));
        for (String name : List.of("Mixed_6b.", "Mixed_6c.", "Mixed_6d.", "Mixed_6e.")) {
            String seven = name + "branch7x7_";
            String twice = name + "branch7x7dbl_";
            x = graph.concat(name + "concat", List.of(basic(graph, name + "branch1x1", x, 1),
                    chain(graph, x, seven + 1, seven + 2, seven + 3),
                    chain(graph, x, twice + 1, twice + 2, twice + 3, twice + 4, twice + 5), averaged(graph, name, x)));
        }
        String seven = "Mixed_7a.branch7x7x3_";
        x = graph.concat("Mixed_7a.concat", List.of(
                valid(graph, "Mixed_7a.branch3x3_2", basic(graph, "Mixed_7a.branch3x3_1", x, 1), 2),
                valid(graph, seven + 4, chain(graph, x, seven + 1, seven + 2, seven + 3), 2),
                halved(graph, "Mixed_7a.", x)));
        for (String name : List.of("Mixed_7b.", "Mixed_7c.")) {
            Value three = basic(graph, name + "branch3x3_1", x, 1);
            Value twice = chain(graph, x, name + "branch3x3dbl_1", name + "branch3x3dbl_2");
            x = graph.concat(name + "concat", List.of(basic(graph, name + "branch1x1", x, 1),
                    basic(graph, name + "branch3x3_2a", three, 1), basic(graph, name + "branch3x3_2b", three, 1),
                    basic(graph, name + "branch3x3dbl_3a", twice, 1), basic(graph, name + "branch3x3dbl_3b", twice, 1),
                    averaged(graph, name, x)));
        }
        graph.head(x, "fc", "ReLU");
        return "";
    }

    private static Value chain(FamilyGraph graph, Value x, String... names) {
        Value y = x;
        for (String name : names) {
            y = basic(graph, name, y, 1);
        }
        return y;
    }

    private static Value averaged(FamilyGraph graph, String name, Value x) {
        Value mean = graph.averagePool(name + "branch_pool.pool", x, 3, 1, 1);
        return basic(graph, name + "branch_pool", mean, 1);
    }

    private static Value halved(FamilyGraph graph, String name, Value x) {
        return graph.maxPool(name + "branch_pool", x, 3, 2, 0, false);
    }

    /** Adds a convolution padded by half its kernel, batch norm and ReLU. */
    private static Value basic(FamilyGraph graph, String name, Value x, int stride) {
        return graph.relu(graph.convNorm(name + ".conv", name + ".bn", x, stride));
    }

    /** Adds the same without padding. */
    private static Value valid(FamilyGraph graph, String name, Value x, int stride) {
        return graph.relu(graph.convNorm(name + ".conv", name + ".bn", x, stride, NONE));
    }
}
