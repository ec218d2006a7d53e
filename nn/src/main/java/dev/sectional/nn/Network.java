package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.runtime.Workers;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.NetworkPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * An image classifier: a feed-forward graph of layers from an image to the logits, and the engine that runs it.
 * Immutable: any number of threads may use it at once.
 *
 * <p>Images are float32 tensors {@code (C, H, W)}, normalised as {@link #card()} says; for RGB images C is 3. Any
 * height and width that the layers accept will do. Inside the network feature maps are channels last, {@code (H, W,
 * C)}.
 *
 * <p>{@link #close} waits for calls that other threads have begun. After it, every method that runs layers and
 * {@link #replacing} throw an {@link IllegalStateException} that names the network; what describes the network
 * ({@link #card}, {@link #nodes}, {@link #shapes}, {@link #plan}) still works.
 *
 * <p>A call that {@linkplain #cancelledBy ends early}, by an exception or for want of memory leaves the network usable.
 */
public final class Network implements AutoCloseable {
    /** The input name by which a node reads the image. */
    public static final String IMAGE = "image";
    /** The index that stands for the image among indices of nodes. */
    public static final int IMAGE_INDEX = -1;

    private final ModelCard card;
    private final NetworkGraph graph;
    private final int classes;
    private final Engine engine;
    private final NetworkResources resources;
    private final boolean reusesMemory;
    private final Cancellation cancellation;

    Network(ModelCard card, NetworkGraph graph, Engine engine, NetworkResources resources, Cancellation cancellation) {
        this.card = card;
        this.graph = graph;
        this.classes = graph.classes(card.input());
        this.engine = engine;
        this.resources = resources;
        this.reusesMemory = graph.isPure();
        this.cancellation = cancellation;
    }

    /**
     * {@return a builder of a network for images of the given shape}
     *
     * @param input {@code (C, H, W)}; the network accepts other heights and widths if its layers do
     */
    public static NetworkBuilder builder(Shape input) {
        return builder().card(ModelCard.builder(input).build());
    }

    /** {@return a builder that needs a {@linkplain NetworkBuilder#card card} before it builds} */
    public static NetworkBuilder builder() {
        return new NetworkBuilder();
    }

    /**
     * {@return a network with other layers in some nodes, for example with other weights} It shares the engine and the
     * files of this network: use it only while this network is open; afterwards it throws an
     * {@link IllegalStateException} that says so. Closing it closes none of them.
     *
     * @param layers by the names of their nodes
     * @throws InputException if a name is not that of a node
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    public Network replacing(Map<String, Layer> layers) {
        resources.requireOpen();
        NetworkGraph changed = new NetworkGraph(graph.replacing(layers));
        return new Network(card, changed, engine, resources.borrowed(name() + " with replaced layers"), cancellation);
    }

    /**
     * {@return this network, its calls ended by a cancellation: between two layers they throw a
     * {@link java.util.concurrent.CancellationException}} It shares everything with this network, whose own calls go
     * on; closing it closes nothing.
     *
     * @param other ends the calls
     */
    public Network cancelledBy(Cancellation other) {
        resources.requireOpen();
        Objects.requireNonNull(other, "cancellation");
        return new Network(card, graph, engine, resources.borrowed(name()), other);
    }

    /**
     * Runs several calls of this network as one: {@link #close} of other threads waits until all have returned.
     *
     * @param <T> the type of their result
     * @param calls to be run by this thread
     * @return what they return
     * @throws InputException if the heap of the JVM is too small for them
     * @throws IllegalStateException if the network is closed, or its engine is
     */
    public <T> T use(Supplier<T> calls) {
        Workers workers = Execution.of(engine).workers();   // a full heap may fail here, not once the call is counted
        boolean first = resources.enter();
        if (first) {
            workers.beginCall();
        }
        try {
            requireEngine(workers);
            return calls.get();
        } catch (OutOfMemoryError | InternalError failed) {
            if (MemoryNeed.isFullHeap(failed)) {
                throw MemoryNeed.exceeded(name(), Runtime.getRuntime().maxMemory(), failed);
            }
            throw failed;
        } finally {
            if (first) {
                workers.endCall();
            }
            resources.exit();
        }
    }

    private void requireEngine(Workers workers) {
        try {
            workers.requireOpen();
        } catch (IllegalStateException e) {
            throw new IllegalStateException("network '" + name() + "' runs on an engine that is closed: keep it open as"
                    + " long as the network is used", e);
        }
    }

    /** {@return the name by which error messages mention the network} */
    public String name() {
        return resources.name();
    }

    /** {@return preprocessing, labels and source} */
    public ModelCard card() {
        return card;
    }

    /** {@return the engine that runs the layers} */
    public Engine engine() {
        return engine;
    }

    /** {@return the nodes, each after the nodes that it reads} The last one computes the logits. */
    public List<Node> nodes() {
        return graph.nodes();
    }

    /**
     * {@return a copy of the indices of the nodes that a node reads, in its order; {@link #IMAGE_INDEX} for the image}
     *
     * @param node index of the node
     */
    public int[] inputs(int node) {
        return graph.inputs(node).clone();
    }

    /** {@return {@code (C, H, W)}, the shape of the images that the network was made for} */
    public Shape inputShape() {
        return card.input();
    }

    /** {@return the number of classes, which is the number of logits} */
    public int classes() {
        return classes;
    }

    /**
     * {@return the index of the node of a name} The name of a module, such as {@code layer4} or {@code features.12},
     * stands for the last of its nodes.
     *
     * @param name of a node or module
     * @throws InputException if there is no such node or module; the message lists the names
     */
    public int indexOf(String name) {
        return graph.indexOf(name);
    }

    /**
     * {@return the index of the last feature map before the classifier: the input of the network's linear layers, or of
     * the convolution with one filter per class, without pooling, dropout and layers that move values} A map of one
     * position that pooling left does not count. For a VGG that is the last convolution's ReLU, for a ResNet
     * {@code layer4}, for a SqueezeNet the last fire module. In a transformer these are tokens {@code (T, D)}: the last
     * ones, or, if the classifier reads a class token alone, those that the last attention reads, since only there
     * the logits depend on all tokens.
     *
     * @throws InputException if the network has no such feature map
     */
    public int lastFeatureMap() {
        return graph.lastFeatureMap(shapes(card.input()));
    }

    /**
     * Computes the classes of one image, best first.
     *
     * @param image {@code (C, H, W)}, normalised
     * @return logits, probabilities and labels
     * @throws IllegalArgumentException if the shape does not fit, a value is not finite, or values are so large that
     *     they cannot be normalised: more than 16 times the greatest pixel, where the card states mean and deviation
     * @throws InputException if a logit or a weight read from a file is not finite, or the file has become shorter
     */
    public Classification classify(Tensor image) {
        return Classification.of(logits(image), card);
    }

    /**
     * Computes the output of every layer and keeps them on a tape.
     *
     * @param image {@code (C, H, W)}, normalised
     * @return a tape that the caller owns: the network never reuses the memory of its tensors
     * @throws IllegalArgumentException if the shape does not fit or a value is not finite
     * @throws InputException if a logit or a weight read from a file is not finite, the file has become shorter, or the
     *     heap of the JVM is too small for the outputs of all layers
     */
    public Tape forward(Tensor image) {
        return recorded(List.of(Objects.requireNonNull(image, "image")), IMAGE_INDEX, true).get(0);
    }

    /**
     * Computes what {@linkplain Tape#gradients(List, int) gradients} with respect to the output of a node, or to the
     * image, depend on, with the same bits as {@link #forward} in less time: outputs below that node are not recorded.
     * Above it, a sum, a concatenation or a batch norm that only an activation reads has the activation's output.
     *
     * @param image {@code (C, H, W)}, normalised
     * @param node index of the node, or {@link #IMAGE_INDEX}
     * @return a tape that the caller owns, for gradients down to that node alone
     * @throws IllegalArgumentException if the shape does not fit or a value is not finite
     * @throws InputException if a logit or a weight read from a file is not finite, the file has become shorter, or the
     *     heap of the JVM is too small for the recorded outputs
     */
    public Tape forwardForGradients(Tensor image, int node) {
        return forwardForGradients(List.of(Objects.requireNonNull(image, "image")), node).get(0);
    }

    /**
     * Computes the tapes of {@link #forwardForGradients(Tensor, int)} of several images, with the same bits as one by
     * one. Large weights are read once for all images.
     *
     * @param images {@code (C, H, W)} each, all of one shape, normalised
     * @param node index of the node, or {@link #IMAGE_INDEX}
     * @return a tape for each image
     * @throws IllegalArgumentException if the shapes differ or do not fit, or a value is not finite
     * @throws InputException as of {@link #forwardForGradients(Tensor, int)}
     */
    public List<Tape> forwardForGradients(List<Tensor> images, int node) {
        return recorded(images, Objects.checkIndex(node + 1, graph.size() + 1) - 1, false);
    }

    private List<Tape> recorded(List<Tensor> images, int from, boolean each) {
        return use(() -> {
            List<Tape> tapes = begin(images, from, each);
            if (!tapes.isEmpty()) {
                MemoryNeed.of(this, tapes.get(0).image().shape()).require(from, each, 0);
            }
            run(tapes, from, each);
            return tapes;
        });
    }

    /** Checks images of one shape, and starts a tape for each. */
    private List<Tape> begin(List<Tensor> images, int from, boolean each) {
        Objects.requireNonNull(images, "images");
        for (Tensor image : images) {
            if (!Objects.requireNonNull(image, "image").shape().equals(images.get(0).shape())) {
                throw new IllegalArgumentException("images of one batch have one shape, got " + images.get(0).shape()
                        + " and " + image.shape());
            }
        }
        return images.stream().map(image -> begin(image, from, each)).toList();
    }

    private void run(List<Tape> tapes, int from, boolean each) {
        if (!tapes.isEmpty()) {
            Shape image = tapes.get(0).image().shape();
            int batched = graph.firstBatched(shapes(Shape.of(image.dim(2), image.dim(0), image.dim(1))));
            ForwardPass.runBatch(this, tapes, batched, from, each);
        }
    }

    /**
     * Computes the logits of one image, with the same bits as {@link #forward}. The memory of each layer's output is
     * reused as soon as no other layer needs it.
     *
     * @param image {@code (C, H, W)}, normalised
     * @return {@code (classes)}, a tensor that the caller owns
     * @throws IllegalArgumentException if the shape does not fit or a value is not finite
     * @throws InputException if a logit or a weight read from a file is not finite, or the file has become shorter
     */
    public Tensor logits(Tensor image) {
        return logits(List.of(Objects.requireNonNull(image, "image"))).get(0);
    }

    /**
     * Computes the logits of several images, with the same bits as one by one. Large weights are read once for all
     * images.
     *
     * @param images {@code (C, H, W)} each, all of one shape, normalised
     * @return {@code (classes)} for each image, in their order
     * @throws IllegalArgumentException if the shapes differ or do not fit, or a value is not finite
     * @throws InputException if a logit or a weight read from a file is not finite, or the file has become shorter
     */
    public List<Tensor> logits(List<Tensor> images) {
        return use(() -> checkedLogits(images));
    }

    private List<Tensor> checkedLogits(List<Tensor> images) {
        List<Tape> tapes = begin(images, graph.size(), false);
        run(tapes, graph.size(), false);
        tapes.forEach(Tape::releaseImage);
        return tapes.stream().map(Tape::logits).toList();
    }

    private Tape begin(Tensor image, int from, boolean each) {
        requireTaken(Objects.requireNonNull(image, "image").shape());
        Execution execution = Execution.of(engine);
        float greatest = execution.maxAbs(image.data(), 0, image.data().length);
        if (!Float.isFinite(greatest)) {
            throw new IllegalArgumentException("the image holds a value that is not finite: " + greatest);
        }
        card.requireNormalised(greatest);
        return new Tape(this, execution.toChannelsLast(image), from, each);
    }

    /** Names the size that the network takes; the cause names the layer that does not take another. */
    private void requireTaken(Shape image) {
        try {
            outputShape(image);
        } catch (IllegalArgumentException e) {
            String hint = image.rank() == 4 ? "give one image at a time, without the dimension of a batch; "
                    : image.rank() == 3 && image.dim(0) != card.input().dim(0) ? "channels come first; " : "";
            throw new IllegalArgumentException("network '" + name() + "' was made for images of " + card.input()
                    + " and does not take one of " + image + ": " + hint + e.getMessage(), e);
        }
    }

    /**
     * {@return the shape of the logits for an image of the given shape}
     *
     * @param image {@code (C, H, W)}
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    public Shape outputShape(Shape image) {
        Shape[] shapes = shapes(image);
        return shapes[shapes.length - 1];
    }

    /**
     * {@return the shape of every node's output: {@code (H, W, C)} for feature maps, {@code (N)} for vectors}
     *
     * @param image {@code (C, H, W)}
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    public Shape[] shapes(Shape image) {
        return graph.shapes(image, card.input().dim(0));
    }

    /**
     * Predicts the algorithm and the cost of every layer, in the order in which the network runs them.
     *
     * @param image {@code (C, H, W)}
     * @return one entry for each node
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    public NetworkPlan plan(Shape image) {
        Shape[] shapes = shapes(image);
        AlgorithmPlanner planner = AlgorithmPlanner.of(engine);
        List<LayerPlan> layers = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            List<Shape> read = graph.inputShapes(i, image, shapes);
            long values = shapes[i].size() + read.stream().mapToLong(Shape::size).sum();
            Layer layer = graph.layer(i);
            layers.add(new LayerPlan(nodes().get(i).name(), layer.kind(), shapes[i],
                    layer.work(planner, read.get(0)), Float.BYTES * values));
        }
        return new NetworkPlan(image, layers);
    }

    /**
     * {@return whether the memory of a pass may be reused once nobody reads it: true if every layer is a
     * {@link PureLayer}}
     */
    public boolean reusesMemory() {
        return reusesMemory;
    }

    NetworkGraph graph() {
        return graph;
    }

    void requireNotCancelled() {
        if (cancellation != null) {
            cancellation.check(name());
        }
    }

    /**
     * Closes the engine, if the network opened it, and the files that it owns, when all calls that other threads have
     * begun have returned. Closes all of them even if one fails; a second call does nothing.
     *
     * @throws IllegalStateException if this thread is inside a call of the network, or a resource cannot be closed;
     *     further failures are suppressed exceptions of the first
     */
    @Override
    public void close() {
        resources.close();
    }

    @Override
    public String toString() {
        return "Network '" + name() + "', " + graph.size() + " layers, " + classes + " classes";
    }
}
