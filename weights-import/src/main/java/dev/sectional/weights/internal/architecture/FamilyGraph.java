package dev.sectional.weights.internal.architecture;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AutoPadding;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Adds the layers of a known architecture to a network, by the names of their tensors. A {@link Value} is the output of
 * a node with its channels. Nodes have the names of torchvision's modules; activations and sums add an ending.
 */
final class FamilyGraph {
    private static final double LAYER_NORM_EPSILON = 1e-6;

    private final ModelTensors tensors;
    private final NetworkBuilder graph;
    private final String model;
    private final Shape wanted;
    private double epsilon = BatchNorm2d.DEFAULT_EPSILON;
    private int imageChannels;
    private int imageSide;
    private boolean onlySide;
    private Map<String, String> pixels;
    private boolean samePadding;

    /** The output of a node. */
    record Value(String node, int channels) {
    }

    /**
     * Creates a graph without layers.
     *
     * @param model name of the model that the user states; empty for any
     * @param wanted shape (C, H, W) of the images that the user or the file states; null for none
     */
    FamilyGraph(ModelTensors tensors, NetworkBuilder graph, String model, Shape wanted) {
        this.wanted = wanted;
        this.model = model;
        this.tensors = tensors;
        this.graph = graph;
    }

    /** Sets the epsilon of the batch norms that follow; 1e-5 without this call. */
    void epsilon(double value) {
        epsilon = value;
    }

    ModelTensors tensors() {
        return tensors;
    }

    /**
     * Returns the image, whose channels are those that the first convolution takes.
     *
     * @param kernel its side; of another kernel the stride, and what follows, is unknown
     */
    Value image(String firstConvolution, int kernel) {
        Shape shape = tensors.shape(firstConvolution + ".weight", 4);
        if (shape.dim(2) != kernel || shape.dim(3) != kernel) {
            throw tensors.wrong("its first convolution " + firstConvolution + " has a kernel of " + shape.dim(2) + "x"
                    + shape.dim(3) + ", wanted " + kernel + "x" + kernel + ": the stride of another is unknown; "
                    + ModelTensors.EXPORT);
        }
        imageChannels = shape.dim(1);
        return new Value(Network.IMAGE, imageChannels);
    }

    int imageChannels() {
        return imageChannels;
    }

    String model() {
        return model;
    }

    /**
     * Sets the side of the images.
     *
     * @param only whether the network takes no other
     */
    void imageSide(int side, boolean only) {
        imageSide = side;
        onlySide = only;
    }

    /**
     * Returns rows and columns of the images, for a graph that depends on them.
     *
     * @param side of the images if neither the user nor the file states one
     */
    int[] fixedSize(int side) {
        imageSide = side;
        return wanted == null ? new int[] {side, side} : new int[] {wanted.dim(1), wanted.dim(2)};
    }

    /** Returns whether the network takes no images but those of {@link #imageSide}. */
    boolean onlySide() {
        return onlySide;
    }

    /** Sets the mean and standard deviation of pixels, where they differ from the family's. */
    void pixels(Map<String, String> values) {
        pixels = values;
    }

    /** Returns the mean and standard deviation of pixels under keys of the metadata; null for the family's. */
    Map<String, String> pixels() {
        return pixels;
    }

    /** Returns the side of the images; 0 for that of the family. */
    int imageSide() {
        return imageSide;
    }

    /** Sets whether the convolutions that follow pad as TensorFlow's {@code same}, whatever padding is given. */
    void samePadding(boolean same) {
        samePadding = same;
    }

    /** Adds a convolution with its bias, if it has one. */
    Value conv(String name, Value x, int stride, int padding) {
        return add(name, plain(name, x, stride, new int[] {padding, padding}), x, outputs(name));
    }

    /**
     * Adds a convolution and the batch norm after it as one convolution. Padding is half the kernel.
     *
     * @param norm name of the batch norm
     */
    Value convNorm(String name, String norm, Value x, int stride) {
        Shape shape = tensors.shape(name + ".weight", 4);
        return convNorm(name, norm, x, stride, new int[] {shape.dim(2) / 2, shape.dim(3) / 2});
    }

    /** Adds a convolution and a batch norm as one convolution, with the given padding of rows and columns. */
    Value convNorm(String name, String norm, Value x, int stride, int[] padding) {
        Conv2d conv = tensors.normed(plain(name, x, stride, padding), name, norm, epsilon);
        return add(name, conv, x, outputs(name));
    }

    private int outputs(String name) {
        return tensors.shape(name + ".weight", 4).dim(0);
    }

    private Conv2d plain(String name, Value x, int stride, int[] padding) {
        Shape shape = tensors.shape(name + ".weight", 4);
        if (x.channels % shape.dim(1) != 0 || shape.dim(0) % (x.channels / shape.dim(1)) != 0) {
            throw tensors.wrong("tensor '" + name + ".weight' has shape " + shape + ", which does not fit " + x.channels
                    + " input channels");
        }
        int[] own = samePadding ? new int[2] : padding;
        Window rows = new Window(shape.dim(2), stride, own[0], own[0], 1);
        Window columns = new Window(shape.dim(3), stride, own[1], own[1], 1);
        Conv2d conv = Conv2d.of(tensors.use(name + ".weight", shape)).geometry(new ConvolutionGeometry(rows, columns))
                .groups(x.channels / shape.dim(1)).autoPadding(samePadding ? AutoPadding.SAME_UPPER : AutoPadding.NONE);
        return tensors.has(name + ".bias") ? conv.bias(tensors.use(name + ".bias", Shape.of(shape.dim(0)))) : conv;
    }

    /** Adds a batch norm that follows no convolution. */
    Value norm(String name, Value x) {
        Shape vector = Shape.of(x.channels);
        tensors.ignore(name + ".num_batches_tracked");
        BatchNorm2d norm = BatchNorm2d.of(tensors.use(name + ".running_mean", vector),
                tensors.use(name + ".running_var", vector)).weight(tensors.use(name + ".weight", vector))
                .bias(tensors.use(name + ".bias", vector)).epsilon(epsilon);
        return add(name, norm, x, x.channels);
    }

    Value relu(Value x) {
        return add(x.node + ".relu", new ReLU(), x, x.channels);
    }

    Value relu6(Value x) {
        return add(x.node + ".relu6", new Clip(0, 6), x, x.channels);
    }

    /** Adds a layer without weights, of a kind of the graph format, named after its input. */
    Value kind(String kind, Value x, Object... settings) {
        return kind(x.node + "." + kind.toLowerCase(Locale.ROOT), kind, x, x.channels, Map.of(), settings);
    }

    /** Adds a layer of a kind of the graph format. */
    Value kind(String name, String kind, Value x, int channels, Map<String, TensorSource> weights, Object... settings) {
        return add(name, new NodeSpec(name, kind, NodeSpec.settings(settings), weights, List.of(x.node)).node().layer(),
                x, channels);
    }

    /** Adds a layer. */
    Value add(String name, Layer layer, Value x, int channels) {
        graph.add(name, layer, x.node);
        return new Value(name, channels);
    }

    /** Adds a layer that joins two values. */
    Value merge(String name, Layer layer, Value a, Value b, int channels) {
        graph.add(name, layer, a.node, b.node);
        return new Value(name, channels);
    }

    /** Adds a linear layer along the channels. */
    Value linear(String name, Value x) {
        int outputs = tensors.shape(name + ".weight", 2).dim(0);
        return kind(name, "Linear", x, outputs,
                Map.of("weight", tensors.use(name + ".weight", Shape.of(outputs, x.channels)),
                        "bias", tensors.use(name + ".bias", Shape.of(outputs))));
    }

    /** Adds a layer norm along the channels, with the epsilon of transformers, 1e-6. */
    Value layerNorm(String name, Value x) {
        return layerNorm(name, x, LAYER_NORM_EPSILON);
    }

    Value layerNorm(String name, Value x, double ownEpsilon) {
        Shape vector = Shape.of(x.channels);
        Map<String, TensorSource> weights = new LinkedHashMap<>();
        weights.put("weight", tensors.use(name + ".weight", vector));
        weights.put("bias", tensors.use(name + ".bias", vector));
        return kind(name, "LayerNorm", x, x.channels, weights, "axes", 1, "epsilon", ownEpsilon);
    }

    /** Adds the matrix product of two values. */
    Value product(String name, Value a, Value b) {
        NodeSpec product = new NodeSpec(name, "MatMul", Map.of(), Map.of(), List.of(a.node, b.node));
        return merge(name, product.node().layer(), a, b, b.channels);
    }

    Value sum(String name, Value a, Value b) {
        graph.add(name, new Add(), a.node, b.node);
        return new Value(name, a.channels);
    }

    Value concat(String name, List<Value> values) {
        graph.add(name, new Concat(), values.stream().map(Value::node).toArray(String[]::new));
        return new Value(name, values.stream().mapToInt(Value::channels).sum());
    }

    /**
     * Adds squeeze and excitation: global average, convolution {@code fc1}, an activation, convolution {@code fc2}, a
     * gate, and the product with the input.
     */
    Value squeezeExcitation(String name, Value x, String activation, String gate, Object... gateSettings) {
        return squeezeExcitation(name, x, new String[] {"fc1", "fc2"}, activation, gate, gateSettings);
    }

    /** Adds squeeze and excitation whose convolutions have other names. */
    Value squeezeExcitation(String name, Value x, String[] convolutions, String activation, String gate,
                            Object... gateSettings) {
        Value mean = add(name + ".avgpool", new AdaptiveAvgPool2d(1, 1), x, x.channels);
        Value hidden = kind(activation, conv(name + "." + convolutions[0], mean, 1, 0));
        Value scale = kind(gate, conv(name + "." + convolutions[1], hidden, 1, 0), gateSettings);
        NodeSpec product = new NodeSpec(name + ".product", "Multiply", Map.of(), Map.of(), List.of(x.node, scale.node));
        graph.add(product.name(), product.node().layer(), x.node, scale.node);
        return new Value(product.name(), x.channels);
    }

    /** Adds the average over all positions and the linear layers of the classifier. */
    void head(Value x, String classifier, String activation) {
        classifier(pooled(x), classifier, activation);
    }

    /** Adds the linear layers of the classifier to a vector, which is the output of the node added last. */
    void classifier(Value x, String name, String activation) {
        tensors.addHead(graph, name, x.channels, activation, () ->
                new NodeSpec(activation, activation, Map.of(), Map.of(), List.of(x.node)).node().layer());
    }

    /** Adds the average over all positions as a vector. */
    Value pooled(Value x) {
        Value mean = add("avgpool", new AdaptiveAvgPool2d(1, 1), x, x.channels);
        return add("flatten", new Flatten(), mean, x.channels);
    }

    NetworkBuilder builder() {
        return graph;
    }

    /** Returns the numbers N for which there are tensors {@code prefix.N.*}. */
    TreeSet<Integer> numbers(String prefix) {
        Pattern pattern = Pattern.compile((prefix.isEmpty() ? "" : Pattern.quote(prefix + ".")) + "(\\d{1,4})\\..*");
        TreeSet<Integer> numbers = new TreeSet<>();
        for (String name : tensors.names()) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.matches()) {
                numbers.add(Integer.parseInt(matcher.group(1)));
            }
        }
        return numbers;
    }
}
