package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Node;
import dev.sectional.nn.layer.AutoPadding;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.common.TensorViews;
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
    private final Map<String, NodeSpec> specs = new LinkedHashMap<>();
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
        return conv(name, x, stride, new int[] {padding, padding}, kernels(name, x));
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
        Map<String, TensorSource> kernels = kernels(name, x);
        Shape vector = Shape.of(kernels.get("weight").shape().dim(0));
        TensorSource plain = kernels.get("bias");
        float[] before = plain == null ? new float[vector.size()] : plain.tensor().data();
        Map<String, TensorSource> norms = norms(norm, vector);
        float[] mean = norms.get("running_mean").tensor().data();
        float[] variance = norms.get("running_var").tensor().data();
        float[] bias = norms.get("bias").tensor().data().clone();
        double[] scales = new double[bias.length];
        for (int c = 0; c < scales.length; c++) {
            scales[c] = norms.get("weight").tensor().data()[c] / Math.sqrt(variance[c] + epsilon);
            bias[c] = (float) (before[c] * scales[c] + (bias[c] - scales[c] * mean[c]));
        }
        kernels.put("weight", TensorViews.rowsScaled(kernels.get("weight"), scales));
        kernels.put("bias", Tensor.of(vector, bias));
        return conv(name, x, stride, padding, kernels);
    }

    private Value conv(String name, Value x, int stride, int[] padding, Map<String, TensorSource> kernels) {
        Shape shape = kernels.get("weight").shape();
        return kind(name, "Conv2d", x, shape.dim(0), kernels, "stride", new int[] {stride, stride}, "padding",
                samePadding ? new int[4] : new int[] {padding[0], padding[1], padding[0], padding[1]}, "dilation",
                new int[] {1, 1}, "groups", x.channels / shape.dim(1), "auto_pad",
                (samePadding ? AutoPadding.SAME_UPPER : AutoPadding.NONE).ordinal());
    }

    /** Returns the weight and bias of a convolution, whose weight shows the number of groups. */
    private Map<String, TensorSource> kernels(String name, Value x) {
        Shape shape = tensors.shape(name + ".weight", 4);
        if (x.channels % shape.dim(1) != 0 || shape.dim(0) % (x.channels / shape.dim(1)) != 0) {
            throw tensors.wrong("tensor '" + name + ".weight' has shape " + shape + ", which does not fit " + x.channels
                    + " input channels");
        }
        Map<String, TensorSource> kernels = new LinkedHashMap<>();
        kernels.put("weight", tensors.use(name + ".weight", shape));
        if (tensors.has(name + ".bias")) {
            kernels.put("bias", tensors.use(name + ".bias", Shape.of(shape.dim(0))));
        }
        return kernels;
    }

    /** Adds a batch norm that follows no convolution. */
    Value norm(String name, Value x) {
        return kind(name, "BatchNorm2d", x, x.channels, norms(name, Shape.of(x.channels)), "epsilon", epsilon);
    }

    private Map<String, TensorSource> norms(String name, Shape vector) {
        tensors.ignore(name + ".num_batches_tracked");
        Map<String, TensorSource> norms = new LinkedHashMap<>();
        for (String key : new String[] {"weight", "bias", "running_mean"}) {
            norms.put(key, tensors.use(name + "." + key, vector));
        }
        norms.put("running_var", tensors.variance(name + ".running_var", vector));
        return norms;
    }

    /**
     * Adds a max pooling with square windows.
     *
     * @param ceil whether a window may reach beyond the map
     */
    Value maxPool(String name, Value x, int kernel, int stride, int padding, boolean ceil) {
        return kind(name, "MaxPool2d", x, x.channels, Map.of(), "kernel", new int[] {kernel, kernel}, "stride",
                new int[] {stride, stride}, "padding", new int[] {padding, padding, padding, padding}, "dilation",
                new int[] {1, 1}, "ceil", ceil, "auto_pad", 0);
    }

    /** Adds an average pooling with square windows, in which padding counts. */
    Value averagePool(String name, Value x, int kernel, int stride, int padding) {
        return kind(name, "AvgPool2d", x, x.channels, Map.of(), "kernel", new int[] {kernel, kernel}, "stride",
                new int[] {stride, stride}, "padding", new int[] {padding, padding, padding, padding}, "ceil", false,
                "count_padding", true, "auto_pad", 0);
    }

    /** Adds the average over all positions, or over each of {@code side * side} parts of the map. */
    Value adaptiveAveragePool(String name, Value x, int side) {
        return kind(name, "AdaptiveAvgPool2d", x, x.channels, Map.of(), "size", new int[] {side, side});
    }

    Value relu(Value x) {
        return kind("ReLU", x);
    }

    Value relu6(Value x) {
        return kind(x.node + ".relu6", "Clip", x, x.channels, Map.of(), "least", 0, "greatest", 6);
    }

    /** Adds a layer without weights, of a kind of the graph format, named after its input. */
    Value kind(String kind, Value x, Object... settings) {
        return kind(x.node + "." + kind.toLowerCase(Locale.ROOT), kind, x, x.channels, Map.of(), settings);
    }

    /** Adds a layer of a kind of the graph format. */
    Value kind(String name, String kind, Value x, int channels, Map<String, TensorSource> weights, Object... settings) {
        return add(new NodeSpec(name, kind, NodeSpec.settings(settings), weights, List.of(x.node)), channels);
    }

    private Value add(NodeSpec spec, int channels) {
        specs.put(spec.name(), spec);
        graph.add(spec.name(), spec.node().layer(), spec.inputs().toArray(String[]::new));
        return new Value(spec.name(), channels);
    }

    /** Adds a layer of a kind of the graph format that joins values. */
    Value merge(String name, String kind, List<Value> values, int channels, Object... settings) {
        return add(new NodeSpec(name, kind, NodeSpec.settings(settings), Map.of(),
                values.stream().map(Value::node).toList()), channels);
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
        return merge(name, "MatMul", List.of(a, b), b.channels);
    }

    Value sum(String name, Value a, Value b) {
        return merge(name, "Add", List.of(a, b), a.channels);
    }

    Value concat(String name, List<Value> values) {
        return merge(name, "Concat", values, values.stream().mapToInt(Value::channels).sum());
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
        Value mean = adaptiveAveragePool(name + ".avgpool", x, 1);
        Value hidden = kind(activation, conv(name + "." + convolutions[0], mean, 1, 0));
        Value scale = kind(gate, conv(name + "." + convolutions[1], hidden, 1, 0), gateSettings);
        return merge(name + ".product", "Multiply", List.of(x, scale), x.channels);
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
        return kind("flatten", "Flatten", adaptiveAveragePool("avgpool", x, 1), x.channels, Map.of());
    }

    /** Returns the descriptions of a network's nodes, whose layers this graph or {@link ModelTensors#addHead} added. */
    List<NodeSpec> describe(Network network) {
        return network.nodes().stream().map(node -> specs.containsKey(node.name()) ? specs.get(node.name())
                : headSpec(node)).toList();
    }

    private static NodeSpec headSpec(Node node) {
        Map<String, TensorSource> weights = new LinkedHashMap<>();
        String kind = node.layer().getClass().getSimpleName();
        if (node.layer() instanceof Linear linear) {
            weights.put("weight", linear.weights());
            if (linear.bias() != null) {
                weights.put("bias", Tensor.of(Shape.of(linear.bias().length), linear.bias()));
            }
        } else if (node.layer() instanceof Pointwise each) {
            kind = each.function().kind();
        }
        return new NodeSpec(node.name(), kind, Map.of(), weights, node.inputs());
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
