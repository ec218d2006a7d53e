package dev.sectional.nn.model.named;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The named tensors of a model, for a loader that reads them one by one. Checks names, shapes and finiteness, and finds
 * tensors that the loader did not read. Every message starts with the file.
 */
public final class ModelTensors {
    /** The way out for a network that its tensors do not describe, for messages. */
    public static final String EXPORT = "export the network with its graph from Python: import torch; model.eval();"
            + " torch.onnx.export(model, torch.zeros(1, 3, 224, 224), \"model.onnx\"), and give model.onnx";

    private final String file;
    private final Map<String, ? extends TensorSource> tensors;
    private final Set<String> used = new LinkedHashSet<>();
    private final List<String> assumed = new ArrayList<>();
    private boolean pixelsAssumed;
    private boolean outputAssumed;
    private final boolean stated;
    private String looks = "";

    /**
     * Creates a reader of tensors.
     *
     * @param file name of the file, for messages
     * @param stated whether the user or the file names the architecture, so that its settings are no assumptions
     */
    public ModelTensors(String file, Map<String, ? extends TensorSource> tensors, boolean stated) {
        this.file = file;
        this.tensors = tensors;
        this.stated = stated;
    }

    /** Returns the names of all tensors. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** Returns the shape of every tensor, in the order of the file. */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, source) -> shapes.put(name, source.shape()));
        return shapes;
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /**
     * Returns the shape of a tensor.
     *
     * @throws InputException if it is missing or has another number of dimensions
     */
    public Shape shape(String name, int rank) {
        TensorSource source = tensors.get(name);
        if (source == null) {
            throw wrong("tensor '" + name + "' is missing" + (looks.isEmpty() ? "" : "; " + EXPORT));
        }
        if (source.shape().rank() != rank || source.shape().size() == 0) {
            throw wrong("tensor '" + name + "' has shape " + source.shape() + ", wanted " + rank + " dimensions");
        }
        return source.shape();
    }

    /**
     * Returns a tensor and counts it as read.
     *
     * @throws InputException if it is missing or has another shape; for a small tensor also if a value is not finite
     */
    public TensorSource use(String name, Shape shape) {
        requireShape(name, shape);
        used.add(name);
        return FiniteTensorSource.of(file, name, tensors.get(name));
    }

    public void requireShape(String name, Shape shape) {
        TensorSource source = tensors.get(name);
        if (source == null) {
            throw wrong("tensor '" + name + "' is missing" + (looks.isEmpty() ? "" : "; " + EXPORT));
        }
        if (!source.shape().equals(shape)) {
            throw wrong("tensor '" + name + "' has shape " + source.shape() + ", wanted " + shape
                    + (looks.isEmpty() ? "" : "; " + EXPORT));
        }
    }

    /**
     * Returns the convolution of the tensors {@code name.weight} and, if {@code biased}, {@code name.bias}.
     *
     * @param inputs channels of its input; the number of groups follows from the weight's second dimension
     * @throws InputException if a tensor is missing or has another shape
     */
    public Conv2d conv(String name, int inputs, int stride, int padding, boolean biased) {
        Shape shape = shape(name + ".weight", 4);
        if (shape.dim(2) != shape.dim(3) || inputs % shape.dim(1) != 0 || shape.dim(0) % (inputs / shape.dim(1)) != 0) {
            throw wrong("tensor '" + name + ".weight' has shape " + shape + ", which does not fit "
                    + inputs + " input channels");
        }
        Conv2d conv = Conv2d.of(use(name + ".weight", shape)).stride(stride).padding(padding)
                .groups(inputs / shape.dim(1));
        return biased ? conv.bias(use(name + ".bias", Shape.of(shape.dim(0)))) : conv;
    }

    /**
     * Adds the classifier of a network: the linear layer {@code name}, or those of the sequence {@code name.N}. Numbers
     * that are free between two linear layers are a ReLU and dropouts.
     *
     * @param inputs elements of the vector before it
     */
    public void addHead(NetworkBuilder graph, String name, int inputs) {
        addHead(graph, name, inputs, "ReLU", ReLU::new);
    }

    /**
     * Adds the classifier as above, with another activation after each linear layer but the last.
     *
     * @param activation name of the activation, for the assumptions
     * @param layer creates one
     */
    public void addHead(NetworkBuilder graph, String name, int inputs, String activation, Supplier<Layer> layer) {
        if (has(name + ".weight")) {
            addLinear(graph, name, inputs, has(name + ".bias"));
            return;
        }
        TreeSet<Integer> linears = numbered(name, 2);
        if (linears.isEmpty()) {
            String nested = nestedLinear(name);
            if (nested == null) {
                throw wrong("tensor '" + name + ".weight' is missing, and there is no linear layer " + name + ".N; "
                        + EXPORT);
            }
            addLinear(graph, nested, inputs, has(nested + ".bias"));
            return;
        }
        boolean biased = linears.stream().anyMatch(index -> has(name + "." + index + ".bias"));
        int width = inputs;
        boolean activated = false;
        for (int index : linears) {
            width = addLinear(graph, name + "." + index, width, biased);
            Integer following = linears.higher(index);
            for (int i = index + 1; following != null && i < following; i++) {
                graph.add(name + "." + i, i == index + 1 ? layer.get() : new Dropout());
                activated = true;
            }
        }
        if (activated) {
            assume(activation + " between the linear layers of " + name);
        }
    }

    /**
     * Returns the name of the only linear layer below a name, such as {@code classifier.1.1} where a part of the
     * classifier was replaced by a sequence; null if there is none or more than one.
     */
    private String nestedLinear(String name) {
        List<String> below = tensors.keySet().stream().filter(each -> each.startsWith(name + ".")
                && each.endsWith(".weight") && tensors.get(each).shape().rank() == 2).toList();
        return below.size() == 1 ? below.get(0).substring(0, below.get(0).length() - ".weight".length()) : null;
    }

    private int addLinear(NetworkBuilder graph, String name, int inputs, boolean biased) {
        int outputs = shape(name + ".weight", 2).dim(0);
        Linear linear = Linear.of(use(name + ".weight", Shape.of(outputs, inputs)));
        graph.add(name, biased ? linear.bias(use(name + ".bias", Shape.of(outputs))) : linear);
        return outputs;
    }

    /** Returns the numbers N of all tensors {@code name.N.weight} of a rank. */
    public TreeSet<Integer> numbered(String name, int rank) {
        Pattern pattern = Pattern.compile(Pattern.quote(name) + "\\.(\\d{1,4})\\.weight");
        TreeSet<Integer> numbers = new TreeSet<>();
        tensors.forEach((each, tensor) -> {
            Matcher matcher = pattern.matcher(each);
            if (matcher.matches() && tensor.shape().rank() == rank) {
                numbers.add(Integer.parseInt(matcher.group(1)));
            }
        });
        return numbers;
    }

    /** Returns a convolution and the batch norm after it as one convolution. */
    public Conv2d normed(Conv2d conv, String convName, String normName) {
        return normed(conv, convName, normName, BatchNorm2d.DEFAULT_EPSILON);
    }

    /** Returns a convolution and the batch norm after it, of another epsilon, as one convolution. */
    public Conv2d normed(Conv2d conv, String convName, String normName, double epsilon) {
        Shape vector = Shape.of(conv.weightShape().dim(0));
        TensorSource gamma = use(normName + ".weight", vector);
        TensorSource beta = use(normName + ".bias", vector);
        TensorSource mean = use(normName + ".running_mean", vector);
        TensorSource variance = variance(normName + ".running_var", vector);
        BatchNorm2d norm = BatchNorm2d.of(mean, variance).weight(gamma).bias(beta).epsilon(epsilon);
        used.add(normName + ".num_batches_tracked");
        return norm.after(conv, FiniteTensorSource.of(file, convName + ".weight", tensors.get(convName + ".weight")));
    }

    /** Returns the running variance of a batch norm; refuses one that is negative, which no training leaves. */
    public TensorSource variance(String name, Shape vector) {
        TensorSource variance = use(name, vector);
        for (float value : variance.tensor().data()) {
            if (value < 0) {
                throw wrong("tensor '" + name + "' holds " + value + ", and a variance is at least 0; fetch or save the"
                        + " file again");
            }
        }
        return variance;
    }

    /** Counts a tensor as read that has no effect; it may be missing. */
    public void ignore(String name) {
        used.add(name);
    }

    /** Throws an InputException if a tensor was not read. */
    private void requireNoOthers() {
        for (String name : tensors.keySet()) {
            if (!used.contains(name)) {
                throw wrong("unknown tensor '" + name + "'" + (looks.isEmpty() ? "" : ", which no such network has; "
                        + EXPORT));
            }
        }
    }

    /** Adds a setting that no tensor shows to the assumptions on the card, unless the architecture is stated. */
    public void assume(String setting) {
        if (!stated) {
            assumed.add(setting);
        }
    }

    /** Adds a mean and a standard deviation to the assumptions. */
    public void assumePixels(Map<String, String> normalisation) {
        if (!normalisation.isEmpty()) {
            pixelsAssumed = true;
            assumed.add("pixels by mean " + normalisation.get("sectional.mean") + " and standard deviation "
                    + normalisation.get("sectional.std") + " (--preset, or --mean and --std, state others)");
        }
    }

    /**
     * Adds the input {@code C,H,W} to metadata that has none, and to the assumptions. Of a stated input the channels
     * are replaced, which the weights determine.
     */
    public void assumeInput(Map<String, String> metadata, String input) {
        String stated = metadata.putIfAbsent("sectional.input", input);
        if (stated == null) {
            assumed.add("input " + input.replace(',', 'x'));
        } else if (stated.indexOf(',') > 0) {
            metadata.put("sectional.input", input.substring(0, input.indexOf(','))
                    + stated.substring(stated.indexOf(',')));
        }
    }

    /** Returns the assumption about a number of outputs of which nothing tells how they become probabilities. */
    public static String logits(int outputs) {
        return (outputs == 1 ? "the one output is a logit, and its sigmoid the probability"
                : "the outputs are logits, and their softmax the probabilities") + " (--probabilities states another)";
    }

    /** Returns the card that metadata describes; errors name the file. */
    public ModelCard card(Map<String, String> metadata) {
        outputAssumed = !metadata.containsKey("sectional.output");
        try {
            return ModelCard.fromMetadata(metadata);
        } catch (InputException e) {
            throw wrong(e.getMessage());
        }
    }

    /** Builds the network with the assumptions on its card, after checking that all tensors were read. */
    public Network network(ModelCard card, NetworkBuilder graph) {
        requireNoOthers();
        List<String> all = new ArrayList<>(card.assumed());
        assumed.stream().filter(setting -> !all.contains(setting)).forEach(all::add);
        try {
            if (outputAssumed) {
                all.add(logits(graph.card(card).classes()));
            }
            return graph.card(card.toBuilder().assumed(all)
                    .normalisationAssumed(pixelsAssumed || card.normalisationAssumed()).build()).build();
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    /** Sets the network that the names suggest, which later messages state. */
    public void looksLike(String network) {
        looks = network;
    }

    public InputException wrong(String what) {
        return new InputException(file + ": " + (looks.isEmpty() ? "" : tensors.size() + " tensors, looks like "
                + looks + ": ") + what);
    }
}
