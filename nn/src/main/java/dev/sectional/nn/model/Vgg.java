package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.model.named.ModelTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Networks of the VGG family (Simonyan, Zisserman 2015) from tensors with torchvision's names: 11, 13, 16, 19, with and
 * without batch norm, and variants with other widths, poolings and input sizes ("slim").
 *
 * <p>The numbers in the names determine the layers: between two convolutions they leave room for a ReLU, a batch norm
 * if there is one, and a pooling. Batch norm is folded into the convolution before it.
 */
public final class Vgg {
    static final String FAMILY = "VGG";

    /** Widths of the convolutions, {@code M} for a pooling, by model. */
    private static final Map<String, String> KNOWN = Map.of(
            "vgg11", "64,M,128,M,256,256,M,512,512,M,512,512,M",
            "vgg13", "64,64,M,128,128,M,256,256,M,512,512,M,512,512,M",
            "vgg16", "64,64,M,128,128,M,256,256,256,M,512,512,512,M,512,512,512,M",
            "vgg19", "64,64,M,128,128,M,256,256,256,256,M,512,512,512,512,M,512,512,512,512,M");
    private static final String CLASSIFIER = "classifier";
    private static final Pattern NAME = Pattern.compile(
            "(features|classifier)(?:\\.(\\d{1,4}))?\\.(weight|bias|running_mean|running_var|num_batches_tracked)");

    private final ModelTensors tensors;
    private final TreeMap<Integer, Shape> convolutions = new TreeMap<>();
    private final TreeMap<Integer, Shape> linears = new TreeMap<>();
    private final NetworkBuilder graph;
    private final StringBuilder config = new StringBuilder();
    private boolean batchNorm;
    private int poolings;

    private Vgg(ModelTensors tensors, NetworkBuilder graph) {
        this.tensors = tensors;
        this.graph = graph;
    }

    static List<String> names() {
        Stream<String> known = KNOWN.keySet().stream().sorted().flatMap(name -> Stream.of(name, name + "_bn"));
        return Stream.concat(known, Stream.of("slim")).toList();
    }

    /**
     * Opens a VGG from a safetensors file. File and engine are closed with the network.
     *
     * @param safetensors of a VGG
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read or is not a VGG
     */
    public static Network load(Path safetensors) {
        return Models.load(safetensors, FAMILY, null);
    }

    /**
     * Opens a VGG from a safetensors file. The file is closed with the network.
     *
     * @param safetensors of a VGG
     * @param engine stays the caller's
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read or is not a VGG
     */
    public static Network load(Path safetensors, Engine engine) {
        return Models.load(safetensors, FAMILY, engine);
    }

    /** Returns whether a first convolution of 3x3 has a VGG's name; more is checked when it is loaded. */
    static boolean isOne(Map<String, ? extends TensorSource> tensors) {
        TensorSource first = tensors.get("features.0.weight");
        return first != null && first.shape().rank() == 4 && first.shape().dim(2) == 3 && first.shape().dim(3) == 3;
    }

    static Network load(ModelTensors tensors, Map<String, String> metadata, String model, NetworkBuilder graph) {
        return new Vgg(tensors, graph).build(metadata, model);
    }

    /**
     * {@return the names and shapes of a VGG's tensors, in torchvision's order}
     *
     * @param layers widths of the convolutions and {@code M} for a pooling
     * @param classes outputs of the last linear layer
     * @param hidden outputs of the first two linear layers
     * @param grid height and width of the feature map that the linear layers read
     */
    public static Map<String, Shape> parameters(List<String> layers, int classes, int hidden, int grid) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        int channels = 3;
        int index = 0;
        for (String layer : layers) {
            if (layer.equals("M")) {
                index++;
                continue;
            }
            int width = Integer.parseInt(layer);
            shapes.put("features." + index + ".weight", Shape.of(width, channels, 3, 3));
            shapes.put("features." + index + ".bias", Shape.of(width));
            channels = width;
            index += 2;
        }
        int[] sizes = {channels * grid * grid, hidden, hidden, classes};
        for (int i = 0; i < 3; i++) {
            shapes.put("classifier." + 3 * i + ".weight", Shape.of(sizes[i + 1], sizes[i]));
            shapes.put("classifier." + 3 * i + ".bias", Shape.of(sizes[i + 1]));
        }
        return shapes;
    }

    private Network build(Map<String, String> metadata, String model) {
        sort();
        int channels = addFeatures(metadata.getOrDefault("sectional.layers", ""), keepsPartialWindows(metadata));
        requireModel(model);
        requireLayout(metadata, model);
        int grid = gridArea(channels);
        ModelCard card = card(metadata, grid);
        addClassifier(card, grid);
        return tensors.network(card, graph);
    }

    /** Finds the convolutions and linear layers. Refuses names that no VGG has. */
    private void sort() {
        List<String> unknown = new ArrayList<>();
        tensors.shapes().forEach((name, shape) -> {
            Matcher matcher = NAME.matcher(name);
            if (!matcher.matches()) {
                unknown.add(name);
            } else if (matcher.group(3).equals("weight") && shape.rank() > 1) {
                TreeMap<Integer, Shape> kind = matcher.group(1).equals("features") ? convolutions : linears;
                kind.put(matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2)), shape);
            }
        });
        if (unknown.isEmpty() && linears.isEmpty() && !convolutions.isEmpty()) {
            throw tensors.wrong("holds the convolutions of a VGG and no linear layers (classifier.N.weight), without"
                    + " which nothing is classified or explained: give the file that has them too");
        }
        if (convolutions.isEmpty() || linears.isEmpty()) {
            String names = String.join(", ", tensors.names().stream().limit(6).toList());
            throw tensors.wrong(names.isEmpty() ? "holds no tensors"
                    : "holds " + tensors.names().size() + " tensors (" + names + ", ...) of no architecture that is"
                    + " read by its names; " + ModelTensors.EXPORT);
        }
        if (!unknown.isEmpty()) {
            String more = unknown.size() > 1 ? " and " + (unknown.size() - 1) + " more" : "";
            throw tensors.wrong("unknown tensor '" + unknown.get(0) + "'" + more + ", which no VGG has; "
                    + ModelTensors.EXPORT);
        }
    }

    /**
     * Returns whether poolings keep a last window that leaves the feature map, as TorchRay's do:
     * {@code sectional.pooling} is floor or ceil.
     */
    private boolean keepsPartialWindows(Map<String, String> metadata) {
        String pooling = metadata.getOrDefault("sectional.pooling", "floor");
        if (!pooling.equals("floor") && !pooling.equals("ceil")) {
            throw tensors.wrong("metadata sectional.pooling is '" + pooling + "', wanted floor or ceil");
        }
        return pooling.equals("ceil");
    }

    /** Adds convolutions, ReLUs and poolings. Returns the channels of the last feature map. */
    private int addFeatures(String stated, boolean ceil) {
        int channels = convolutions.firstEntry().getValue().dim(1);
        boolean biased = convolutions.keySet().stream().anyMatch(index -> tensors.has("features." + index + ".bias"));
        if (convolutions.firstKey() != 0) {
            throw tensors.wrong("tensor 'features.0.weight' is missing");
        }
        for (Map.Entry<Integer, Shape> each : convolutions.entrySet()) {
            int index = each.getKey();
            Shape shape = each.getValue();
            String name = "features." + index;
            int width = shape.dim(0);
            tensors.requireShape(name + ".weight", Shape.of(width, channels, 3, 3));
            boolean normed = tensors.has("features." + (index + 1) + ".running_mean");
            batchNorm |= normed;
            Conv2d conv = tensors.conv(name, channels, 1, 1, normed ? tensors.has(name + ".bias") : biased);
            graph.add(name, normed ? tensors.normed(conv, name, "features." + (index + 1)) : conv);
            int next = index + (normed ? 3 : 2);
            graph.add("features." + (next - 1), new ReLU());
            config.append(config.isEmpty() ? "" : ",").append(width);
            channels = width;
            Integer following = convolutions.higherKey(index);
            boolean last = following == null;
            if (last ? stated.isEmpty() || stated.endsWith("M") : following == next + 1) {
                graph.add("features." + next, MaxPool2d.of(2).ceil(ceil));
                config.append(",M");
                poolings++;
            } else if (!last && following != next) {
                throw tensors.wrong("between features." + index + " and features." + following
                        + " lies neither a ReLU nor a pooling alone: a tensor is missing or this is not a VGG");
            }
        }
        if (!stated.isEmpty() && !stated.replace(" ", "").contentEquals(config)) {
            throw tensors.wrong("metadata sectional.layers says " + stated + ", the tensors say " + config);
        }
        return channels;
    }

    /** Returns the number of positions of the feature map that the linear layers read. */
    private int gridArea(int channels) {
        int inputs = linears.firstEntry().getValue().dim(1);
        if (inputs % channels != 0) {
            throw tensors.wrong("tensor 'classifier." + linears.firstKey() + ".weight' takes " + inputs
                    + " inputs, which the " + channels + " channels of the last convolution do not divide");
        }
        return inputs / channels;
    }

    private ModelCard card(Map<String, String> metadata, int gridArea) {
        Map<String, String> full = new LinkedHashMap<>(metadata);
        full.put("sectional.architecture", "vgg");
        full.put("sectional.layers", config.toString());
        int side = (int) Math.round(Math.sqrt(gridArea)) << poolings;
        String input = convolutions.firstEntry().getValue().dim(1) + "," + side + "," + side;
        tensors.assumeInput(full, input);
        tensors.assume("a VGG as torchvision's: dilation 1, poolings 2x2"
                + (batchNorm ? ", batch-norm epsilon 1e-5" : ""));
        return tensors.card(full);
    }

    private void addClassifier(ModelCard card, int gridArea) {
        int height = card.input().dim(1) >> poolings;
        int width = card.input().dim(2) >> poolings;
        if (height * width != gridArea) {   // a larger feature map is averaged down to the size that they read
            height = (int) Math.round(Math.sqrt(gridArea));
            width = height;
        }
        if (height * width != gridArea) {
            throw tensors.wrong("the linear layers read " + gridArea + " positions of the last feature map, which an"
                    + " input of " + card.input() + " does not give");
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(height, width));
        graph.add("flatten", new Flatten());
        tensors.addHead(graph, CLASSIFIER, linears.firstEntry().getValue().dim(1));
    }

    /**
     * Refuses layers that no VGG has, unless the user or the file says that they are those of a slim one: names of the
     * form {@code features.N} are those of any {@code nn.Sequential}.
     */
    private void requireLayout(Map<String, String> metadata, String model) {
        String layout = layout(config.toString());
        if (model.isEmpty() && !metadata.containsKey("sectional.layers")
                && KNOWN.values().stream().map(Vgg::layout).noneMatch(layout::equals)) {
            throw tensors.wrong("has convolutions and linear layers (features.N, classifier.N), but not in the order of"
                    + " a VGG 11, 13, 16 or 19 (" + config + "): what lies between them is unknown; "
                    + ModelTensors.EXPORT + "; or, if only convolutions of 3x3, ReLUs and poolings of 2x2 do, use"
                    + " --arch slim");
        }
    }

    /** Returns a configuration without widths: {@code C} for each convolution and {@code M} for a pooling. */
    private static String layout(String layers) {
        return layers.replaceAll("\\d+", "C");
    }

    private void requireModel(String model) {
        if (model.isEmpty()) {
            return;
        }
        if (!names().contains(model)) {
            throw tensors.wrong("is a VGG, wanted model '" + model + "': use " + String.join(", ", names()));
        }
        if (model.equals("slim")) {
            return;
        }
        if (!KNOWN.get(model.replace("_bn", "")).contentEquals(config) || batchNorm != model.endsWith("_bn")) {
            throw tensors.wrong("is not a " + model + ": its layers are " + config + (batchNorm ? " with" : " without")
                    + " batch norm");
        }
    }
}
