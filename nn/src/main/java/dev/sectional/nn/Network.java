package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.MappedFile;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.NetworkPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A feed-forward graph of layers from an image to the logits, and the engine that runs it. Immutable: any number of
 * threads may call {@link #forward} and {@link #logits} at once.
 */
public final class Network implements AutoCloseable {
    /** The name by which nodes take the image. */
    public static final String IMAGE = "image";
    /** Stands for the image where nodes are numbered. */
    public static final int IMAGE_INDEX = -1;

    private final ModelCard card;
    private final List<Node> nodes;
    private final int[][] inputs;
    private final boolean[] fused;
    private final int[] lastTakers;
    private final int classes;
    private final Engine engine;
    private final AutoCloseable[] closedWithIt;

    /**
     * @param card what the network expects and what its outputs mean; its input must fit the layers
     * @param nodes in any order; exactly one is taken by no other, and gives one logit per class
     * @param engine runs the layers
     * @param closedWithIt what {@link #close} closes: files that weights are read from, an engine of the network's own
     * @throws InputException if the nodes form a cycle, take what is not there, or do not end in one vector
     * @throws IllegalArgumentException if a layer does not take what it is given; it is named
     */
    public Network(ModelCard card, List<Node> nodes, Engine engine, AutoCloseable... closedWithIt) {
        this.card = card;
        this.nodes = TopologicalOrder.of(nodes);
        this.inputs = inputs(this.nodes);
        this.fused = fused(this.nodes, inputs);
        this.lastTakers = lastTakers(inputs);
        this.engine = engine;
        this.closedWithIt = closedWithIt.clone();
        Shape end = outputShape(card.input());
        if (end.rank() != 1) {
            throw new InputException("a classifier ends in a vector of logits, this network in shape " + end);
        }
        this.classes = end.dim(0);
    }

    private static int[][] inputs(List<Node> nodes) {
        Map<String, Integer> index = new HashMap<>(Map.of(IMAGE, IMAGE_INDEX));
        int[][] inputs = new int[nodes.size()][];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = nodes.get(i).inputs().stream().mapToInt(index::get).toArray();
            index.put(nodes.get(i).name(), i);
        }
        return inputs;
    }

    /** For each node the last one that takes its output. */
    private static int[] lastTakers(int[][] inputs) {
        int[] last = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            for (int from : inputs[i]) {
                if (from != IMAGE_INDEX) {
                    last[from] = i;
                }
            }
        }
        return last;
    }

    /** For each node, whether it is computed in one pass with the layer that follows it, because no other node reads its output. */
    private static boolean[] fused(List<Node> nodes, int[][] inputs) {
        int[] readers = new int[nodes.size()];
        Layer[] next = new Layer[nodes.size()];
        for (int i = 0; i < inputs.length; i++) {
            for (int from : inputs[i]) {
                if (from != IMAGE_INDEX) {
                    readers[from]++;
                    next[from] = nodes.get(i).layer();
                }
            }
        }
        boolean[] fused = new boolean[nodes.size()];
        for (int i = 0; i < fused.length; i++) {
            fused[i] = readers[i] == 1 && nodes.get(i).layer() instanceof ActivationFusion layer && layer.canFuse(next[i]);
        }
        return fused;
    }

    /**
     * The same network with other layers in some of its nodes, for example with other weights. It shares the engine and the files
     * of this one, so it is of use only while this one is open, and closing it closes nothing.
     *
     * @param layers by the names of their nodes
     * @throws InputException if a name is none of a node
     * @throws IllegalArgumentException if a layer does not fit its place; it is named
     */
    public Network replacing(Map<String, Layer> layers) {
        layers.keySet().forEach(name -> {
            if (nodes.stream().noneMatch(node -> node.name().equals(name))) {
                indexOf(name);   // says which there are
                throw new InputException("'" + name + "' is a module of the network, not a layer");
            }
        });
        List<Node> changed = nodes.stream().map(node -> layers.containsKey(node.name()) ? node.with(layers.get(node.name())) : node).toList();
        return new Network(card, changed, engine);
    }

    /** Preprocessing, labels and source. */
    public ModelCard card() {
        return card;
    }

    /** The engine. */
    public Engine engine() {
        return engine;
    }

    /** The nodes, each behind those that it takes; the last one gives the logits. */
    public List<Node> nodes() {
        return nodes;
    }

    /** The indices of the nodes that a node takes, in its order; {@link #IMAGE_INDEX} for the image. A copy. */
    public int[] inputs(int node) {
        return inputs[node].clone();
    }

    /** {@code (C, H, W)} of the images that the network was made for. */
    public Shape inputShape() {
        return card.input();
    }

    /** The number of logits. */
    public int classes() {
        return classes;
    }

    /**
     * The index of the node of that name. The name of a module, such as {@code layer4} or {@code features.12}, stands for
     * the last of the nodes in it.
     *
     * @throws InputException if there is none
     */
    public int indexOf(String name) {
        int inModule = -1;
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).name().equals(name)) {
                return i;
            }
            inModule = nodes.get(i).name().startsWith(name + ".") ? i : inModule;
        }
        if (inModule >= 0) {
            return inModule;
        }
        throw new InputException("the network has no layer '" + name + "': it has "
                + String.join(", ", nodes.stream().map(Node::name).toList()));
    }

    /**
     * The index of the last map before the classifier: what its linear layers, or the convolution that has one filter per
     * class, take once pooling and dropout are left aside. For a VGG that is the last convolution's ReLU, for a ResNet
     * {@code layer4}, for a SqueezeNet the last fire module.
     *
     * @throws InputException if the network has no such map
     */
    public int lastFeatureMap() {
        Shape[] shapes = shapes(card.input());
        boolean classified = false;
        for (int i = nodes.size() - 1; i != IMAGE_INDEX; i = inputs[i][0]) {
            Layer layer = nodes.get(i).layer();
            if (classified && shapes[i].rank() == 3 && !layer.isPoolingOrDropout()) {
                return i;
            }
            classified |= layer.canClassify(classes);
        }
        throw new InputException("the network has no map between the image and its classifier");
    }

    /**
     * Runs the network.
     *
     * @param image {@code (C, H, W)}, already normalised; any height and width that the layers take
     * @throws IllegalArgumentException if the shape does not fit or a value is not finite
     * @throws InputException if a weight turns out not to be finite, or the file of weights has become shorter
     */
    public Tape forward(Tensor image) {
        Tape tape = begin(image);
        run(List.of(tape), 0, nodes.size(), false);
        return tape;
    }

    /**
     * The logits of one image, the same bits as {@link #forward} gives. Nothing else is kept: the memory of each layer's output
     * is used again as soon as no other layer needs it.
     *
     * @param image as of {@link #forward}, which says also what is thrown
     */
    public Tensor logits(Tensor image) {
        return logits(List.of(image)).get(0);
    }

    /**
     * The logits of several images, in their order: the same bits as of each alone. Large weights are read once for all.
     *
     * @param images as of {@link #forward}, which says also what is thrown; all of one shape
     */
    public List<Tensor> logits(List<Tensor> images) {
        for (Tensor image : images) {
            if (!image.shape().equals(images.get(0).shape())) {
                throw new IllegalArgumentException("images that are run together have one shape, got " + images.get(0).shape() + " and " + image.shape());
            }
        }
        List<Tape> tapes = images.stream().map(this::begin).toList();
        if (!tapes.isEmpty()) {
            int together = firstTogether(images.get(0).shape());
            tapes.forEach(tape -> run(List.of(tape), 0, together, true));
            run(tapes, together, nodes.size(), true);
        }
        return tapes.stream().map(Tape::logits).toList();
    }

    /**
     * The first node that several images go through together: the first whose weights outnumber the values it takes. Before it each image goes alone,
     * so that one layer finds in the cache what the last one wrote.
     */
    private int firstTogether(Shape image) {
        Shape[] shapes = shapes(image);
        for (int i = 1; i < shapes.length; i++) {
            if (inputs[i][0] != IMAGE_INDEX && nodes.get(i).layer().weightCount() > shapes[inputs[i][0]].size()) {
                return i;
            }
        }
        return shapes.length;
    }

    private Tape begin(Tensor image) {
        outputShape(image.shape());
        for (float value : image.data()) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("the image holds a value that is not finite: " + value);
            }
        }
        return new Tape(this, image.toChannelsLast());
    }

    /**
     * Runs the nodes from one up to before another.
     *
     * @param passing whether outputs are forgotten once no node takes them any more
     */
    private void run(List<Tape> tapes, int first, int end, boolean passing) {
        try {
            for (int i = first; i < end; i++) {
                List<Tensor> outputs = outputs(i, tapes);
                for (int image = 0; image < tapes.size(); image++) {
                    tapes.get(image).put(i, outputs.get(image));
                }
                for (int from = 0; passing && from < i; from++) {
                    if (lastTakers[from] == i) {
                        int done = from;
                        tapes.forEach(tape -> tape.release(done));
                    }
                }
            }
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        }
    }

    private List<Tensor> outputs(int i, List<Tape> tapes) {
        Layer layer = nodes.get(i).layer();
        if (layer instanceof Merge merge) {
            return tapes.stream().map(tape -> merge.forward(engine, tape.inputs(i))).toList();
        }
        List<Tensor> xs = tapes.stream().map(tape -> tape.input(i)).toList();
        if (fused[i]) {
            return ((ActivationFusion) layer).forwardFused(engine, xs);
        }
        boolean done = inputs[i].length == 1 && inputs[i][0] != IMAGE_INDEX && fused[inputs[i][0]];
        return done ? xs : layer.forwardAll(engine, xs);
    }

    /**
     * The shape of the logits for an image of the given shape.
     *
     * @param image {@code (C, H, W)}
     * @throws IllegalArgumentException if a layer does not take it; the layer is named
     */
    public Shape outputShape(Shape image) {
        Shape[] shapes = shapes(image);
        return shapes[shapes.length - 1];
    }

    /**
     * The shape of every node's output, {@code (H, W, C)} for maps.
     *
     * @param image {@code (C, H, W)}
     * @throws IllegalArgumentException if a layer does not take it; the layer is named
     */
    public Shape[] shapes(Shape image) {
        if (image.rank() != 3 || image.dim(0) != card.input().dim(0)) {
            throw new IllegalArgumentException("wanted an image (" + card.input().dim(0) + ", H, W), got shape " + image);
        }
        Shape[] shapes = new Shape[nodes.size()];
        for (int i = 0; i < shapes.length; i++) {
            List<Shape> taken = inputShapes(i, image, shapes);
            Node node = nodes.get(i);
            try {
                shapes[i] = node.layer() instanceof Merge merge ? merge.outputShape(taken) : node.layer().outputShape(taken.get(0));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + node.name() + ", image " + image + ": " + e.getMessage(), e);
            }
        }
        return shapes;
    }

    /**
     * Predicts the algorithm and the cost of every layer, in the order in which the network runs them.
     *
     * @param image {@code (C, H, W)}
     * @throws IllegalArgumentException if a layer does not accept the shape it is given; the message names the layer
     */
    public NetworkPlan plan(Shape image) {
        Shape[] shapes = shapes(image);
        AlgorithmPlanner planner = AlgorithmPlanner.of(engine);
        List<LayerPlan> layers = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            List<Shape> read = inputShapes(i, image, shapes);
            long values = shapes[i].size() + read.stream().mapToLong(Shape::size).sum();
            Layer layer = nodes.get(i).layer();
            layers.add(new LayerPlan(nodes.get(i).name(), layer.getClass().getSimpleName(), shapes[i], layer.work(planner, read.get(0)),
                    Float.BYTES * values));
        }
        return new NetworkPlan(image, layers);
    }

    /** The shapes of the inputs of a node. */
    private List<Shape> inputShapes(int node, Shape image, Shape[] shapes) {
        Shape first = Shape.of(image.dim(1), image.dim(2), image.dim(0));
        return IntStream.of(inputs[node]).mapToObj(from -> from == IMAGE_INDEX ? first : shapes[from]).toList();
    }

    /** Closes what the network owns. */
    @Override
    public void close() {
        for (AutoCloseable owned : closedWithIt) {
            try {
                owned.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing " + owned + ": " + e.getMessage(), e);
            }
        }
    }
}
