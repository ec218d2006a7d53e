package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Builds a {@link Network} from layers. A node reads the node added before it unless its inputs are named, which is how
 * branches are built:
 *
 * <pre>{@code
 * Network network = Network.builder(Shape.of(3, 8, 8))
 *         .add("conv1", Conv2d.of(weight).bias(bias).padding(1))
 *         .add("relu1", new ReLU())
 *         .add("conv2", Conv2d.of(weight2).padding(1))
 *         .add("sum", new Add(), "conv2", "relu1")
 *         .add("flatten", new Flatten())
 *         .add("head", Linear.of(headWeight))
 *         .build();
 * }</pre>
 *
 * <p>Not safe for use by several threads.
 */
public final class NetworkBuilder {
    private final List<Node> nodes = new ArrayList<>();
    private final List<AutoCloseable> owned = new ArrayList<>();
    private ModelCard card;
    private String name = "";
    private String last = Network.IMAGE;
    private Engine engine;
    private Weights weights = Weights.AS_GIVEN;

    NetworkBuilder() {
    }

    /**
     * Sets what the network expects of its input and what its outputs mean.
     *
     * @param value of the network
     * @return this builder
     */
    public NetworkBuilder card(ModelCard value) {
        card = value;
        return this;
    }

    /**
     * Sets the name by which error messages mention the network; by default the architecture of its card.
     *
     * @param value of the network
     * @return this builder
     */
    public NetworkBuilder name(String value) {
        name = value;
        return this;
    }

    /**
     * Adds a node.
     *
     * @param node name of the node, such as {@code features.0}; unique in the network and not {@link Network#IMAGE}
     * @param layer what the node computes
     * @param inputs names of the nodes it reads, {@link Network#IMAGE} for the image; none for the node added last, or
     *     for the image if there is no node yet
     * @return this builder
     */
    public NetworkBuilder add(String node, Layer layer, String... inputs) {
        nodes.add(new Node(node, layer, inputs.length == 0 ? List.of(last) : List.of(inputs)));
        last = node;
        return this;
    }

    /**
     * Adds nodes, in any order.
     *
     * @param more in any order
     * @return this builder
     */
    public NetworkBuilder addAll(List<Node> more) {
        nodes.addAll(more);
        last = nodes.isEmpty() ? last : nodes.get(nodes.size() - 1).name();
        return this;
    }

    /** {@return the name of the node added last, or {@link Network#IMAGE}} */
    public String last() {
        return last;
    }

    /**
     * Sets the engine that runs the layers. It stays the caller's and is not closed with the network. Without this call
     * the network opens an engine of its own, {@link Engine#open()}, and closes it.
     *
     * @param value null for one of the network's own
     * @return this builder
     */
    public NetworkBuilder engine(Engine value) {
        engine = value;
        return this;
    }

    /**
     * Sets the form in which the network keeps the weights of convolutions and linear layers; as they are given without
     * this call. Forms of half precision are copies in memory that take half of float32's size. Every layer widens them
     * as it reads them, which costs time.
     *
     * @param form in which weights are kept
     * @return this builder
     */
    public NetworkBuilder weights(Weights form) {
        weights = form;
        return this;
    }

    /**
     * Adds resources that {@link Network#close} closes, such as files of weights. They stay open if {@link #build}
     * fails.
     *
     * @param resources closed with the network
     * @return this builder
     */
    public NetworkBuilder closeWithNetwork(AutoCloseable... resources) {
        owned.addAll(List.of(resources));
        return this;
    }

    /**
     * Builds the network.
     *
     * @return the network, to be closed by the caller
     * @throws IllegalStateException if neither a card nor an input shape was given
     * @throws InputException if the nodes form a cycle, read a node that does not exist, or do not end in one vector of
     *     logits
     * @throws IllegalArgumentException if a layer does not accept its input, or a weight is beyond the range of the
     *     form
     *     in which it is to be kept; the message names the layer
     */
    public Network build() {
        if (card == null) {
            throw new IllegalStateException("a network needs the shape of its images: give a card, or start with"
                    + " Network.builder(Shape)");
        }
        NetworkGraph graph = new NetworkGraph(nodes.stream().map(this::kept).toList());
        String architecture = card.architecture().isEmpty() ? "network" : card.architecture();
        String known = name.isEmpty() ? architecture : name;
        card.requireLabels(known, graph.classes(card.input()));
        List<AutoCloseable> resources = new ArrayList<>();
        Engine runs = engine;
        if (runs == null) {
            runs = Engine.open();
            resources.add(runs);
        }
        resources.addAll(owned);
        return new Network(card, graph, runs, NetworkResources.of(known, resources), null);
    }

    /**
     * {@return the number of logits that the nodes give for an image of the card's size}
     *
     * @throws InputException if the nodes do not end in one vector of logits, as {@link #build} finds
     */
    public int classes() {
        return new NetworkGraph(nodes).classes(Objects.requireNonNull(card, "card").input());
    }

    private Node kept(Node node) {
        try {
            return node.layer() instanceof WeightedLayer layer ? node.with(layer.keeping(weights)) : node;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("layer '" + node.name() + "': its weight " + e.getMessage(), e);
        }
    }
}
