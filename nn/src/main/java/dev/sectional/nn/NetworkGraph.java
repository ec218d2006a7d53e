package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The nodes of a network in execution order and the connections between them, as indices. Immutable. */
final class NetworkGraph {
    /** Number of weights that a batch reads from memory for each image: the second-level cache holds fewer. */
    private static final int LARGE_WEIGHTS = 1 << 19;

    private final List<Node> nodes;
    private final int[][] inputs;
    /** For each node the layer that can be computed in one pass with it; null for none. */
    private final Layer[] fused;
    private final int[] lastReaders;
    /** For each node the number of times that nodes read it. */
    private final int[] readers;
    /** The shapes for the last image, which is usually of the size of the next one. */
    private volatile Shaped last;

    /** The shapes of all outputs for an image of one shape. */
    private record Shaped(Shape image, Shape[] shapes) {
    }

    /**
     * Sorts the nodes and resolves their inputs.
     *
     * @throws InputException if there is no node, a name occurs twice, an input does not exist, the nodes form a cycle,
     *     or more than one node has no reader
     */
    NetworkGraph(List<Node> nodes) {
        this.nodes = List.copyOf(TopologicalOrder.of(nodes));
        this.inputs = inputs(this.nodes);
        this.lastReaders = lastReaders(inputs);
        this.readers = readers(inputs);
        this.fused = fused();
    }

    private static int[][] inputs(List<Node> nodes) {
        Map<String, Integer> index = new HashMap<>(Map.of(Network.IMAGE, Network.IMAGE_INDEX));
        int[][] inputs = new int[nodes.size()][];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = nodes.get(i).inputs().stream().mapToInt(index::get).toArray();
            index.put(nodes.get(i).name(), i);
        }
        return inputs;
    }

    private static int[] lastReaders(int[][] inputs) {
        int[] last = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            for (int from : inputs[i]) {
                if (from != Network.IMAGE_INDEX) {
                    last[from] = i;
                }
            }
        }
        return last;
    }

    private static int[] readers(int[][] inputs) {
        int[] readers = new int[inputs.length];
        for (int[] each : inputs) {
            IntStream.of(each).filter(from -> from != Network.IMAGE_INDEX).forEach(from -> readers[from]++);
        }
        return readers;
    }

    private Layer[] fused() {
        Layer[] fused = new Layer[nodes.size()];
        for (int i = 0; i < fused.length; i++) {
            Layer next = readers[i] == 1 ? layer(lastReaders[i]) : null;
            fused[i] = next != null && canFuse(layer(i), next) ? next : null;
        }
        return fused;
    }

    private static boolean canFuse(Layer layer, Layer next) {
        return layer instanceof Merge merge ? merge.canFuse(next)
                : layer instanceof ActivationFusion fusion && fusion.canFuse(next);
    }

    /** Returns the nodes, each after the nodes that it reads. */
    List<Node> nodes() {
        return nodes;
    }

    int size() {
        return nodes.size();
    }

    Layer layer(int node) {
        return nodes.get(node).layer();
    }

    /** Returns the indices of the nodes that a node reads. The array is not a copy. */
    int[] inputs(int node) {
        return inputs[node];
    }

    /**
     * Returns the layer of the only reader of a node, if both are computed in one pass; else null.
     *
     * @param keepsTape whether a tape records the pass
     */
    Layer fusedWith(int node, boolean keepsTape) {
        boolean recorded = layer(node) instanceof Merge
                || layer(node) instanceof ActivationFusion fusion && fusion.keepsOutput();
        return keepsTape && recorded ? null : fused[node];
    }

    /**
     * Returns the nodes after a node, each of which is the only reader of the one before it and reads nothing else.
     *
     * @param most number of nodes at most
     */
    int[] onlyReaders(int node, int most) {
        int[] found = new int[most];
        int count = 0;
        for (int at = node; count < most && readers[at] == 1 && inputs[lastReaders[at]].length == 1; count++) {
            at = lastReaders[at];
            found[count] = at;
        }
        return Arrays.copyOf(found, count);
    }

    /** Returns whether a node was already computed in one pass with the node that it reads. */
    boolean isFusedWithInput(int node, boolean keepsTape) {
        return inputs[node].length == 1 && inputs[node][0] != Network.IMAGE_INDEX
                && fusedWith(inputs[node][0], keepsTape) != null;
    }

    /** Returns the index of the last node that reads a node's output; 0 for the last node, which has no reader. */
    int lastReader(int node) {
        return lastReaders[node];
    }

    /** Returns the index of the first node that reads a node's output; the number of nodes for the last node. */
    int firstReader(int node) {
        int reader = node + 1;
        while (reader < inputs.length && !reads(reader, node)) {
            reader++;
        }
        return reader;
    }

    private boolean reads(int reader, int node) {
        for (int input : inputs[reader]) {
            if (input == node) {
                return true;
            }
        }
        return false;
    }

    /** Returns the number of times that nodes read a node's output. */
    int readers(int node) {
        return readers[node];
    }

    /** Implements {@link Network#indexOf}. */
    int indexOf(String name) {
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

    /** Returns the nodes with other layers by node name: the work of {@link Network#replacing}. */
    List<Node> replacing(Map<String, Layer> layers) {
        layers.keySet().forEach(name -> {
            if (nodes.stream().noneMatch(node -> node.name().equals(name))) {
                indexOf(name);   // throws with the list of names, unless it is a module
                throw new InputException("'" + name + "' is a module of the network, not a layer: name one of its"
                        + " layers");
            }
        });
        return nodes.stream().map(node -> node.with(layers.getOrDefault(node.name(), node.layer()))).toList();
    }

    /**
     * Returns the shape of every node's output.
     *
     * @param image {@code (C, H, W)}
     * @param channels of the images that the network accepts
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    Shape[] shapes(Shape image, int channels) {
        if (image.rank() != 3 || image.dim(0) != channels) {
            throw new IllegalArgumentException("wanted an image (" + channels + ", H, W), got shape " + image);
        }
        Shaped known = last;
        if (known != null && known.image.equals(image)) {
            return known.shapes.clone();
        }
        Shape[] shapes = new Shape[nodes.size()];
        for (int i = 0; i < shapes.length; i++) {
            List<Shape> read = inputShapes(i, image, shapes);
            try {
                Layer layer = layer(i);
                shapes[i] = layer instanceof Merge merge ? merge.outputShape(read) : layer.outputShape(read.get(0));
            } catch (IllegalArgumentException e) {
                String where = "layer " + nodes.get(i).name() + ", image " + image + ": ";
                throw new IllegalArgumentException(where + e.getMessage(), e);
            }
        }
        last = new Shaped(image, shapes.clone());
        return shapes;
    }

    /**
     * Returns the shapes of the inputs of a node.
     *
     * @param image {@code (C, H, W)}
     * @param shapes of the outputs of the nodes before it
     */
    List<Shape> inputShapes(int node, Shape image, Shape[] shapes) {
        Shape first = Shape.of(image.dim(1), image.dim(2), image.dim(0));
        return IntStream.of(inputs[node]).mapToObj(from -> from == Network.IMAGE_INDEX ? first : shapes[from]).toList();
    }

    /**
     * Returns the number of logits.
     *
     * @param image {@code (C, H, W)}
     * @throws InputException if the last node does not compute a vector
     * @throws IllegalArgumentException if a layer does not accept its input; the message names the layer
     */
    int classes(Shape image) {
        Shape end = shapes(image, image.dim(0))[nodes.size() - 1];
        if (end.rank() != 1) {
            throw new InputException("a classifier ends in a vector of logits, this network in shape " + end);
        }
        return end.dim(0);
    }

    /**
     * Implements {@link Network#lastFeatureMap}.
     *
     * @param shapes of {@link #shapes}
     */
    int lastFeatureMap(Shape[] shapes) {
        return FeatureMaps.last(this, shapes);
    }

    /**
     * Returns the first node that a batch of images enters together: the first whose weights leave the caches and
     * outnumber the values of its input. The layers before it run image by image, so that each layer finds the output
     * of the layer before in the cache.
     *
     * @param shapes of {@link #shapes}
     */
    int firstBatched(Shape[] shapes) {
        for (int i = 1; i < shapes.length; i++) {
            int input = inputs[i][0];
            if (input != Network.IMAGE_INDEX
                    && layer(i).weightCount() > Math.max(LARGE_WEIGHTS, shapes[input].size())) {
                return i;
            }
        }
        return shapes.length;
    }

    /**
     * Returns, for the image (index 0) and each node (index + 1), whether it is {@code target} or depends on it.
     *
     * @param target index of a node, or {@link Network#IMAGE_INDEX}
     */
    boolean[] dependsOn(int target) {
        boolean[] depends = new boolean[nodes.size() + 1];
        depends[target + 1] = true;
        for (int node = target + 1; node < nodes.size(); node++) {
            for (int input : inputs[node]) {
                depends[node + 1] |= depends[input + 1];
            }
        }
        return depends;
    }

    /** Returns whether every layer promises to keep no reference to a tensor. */
    boolean isPure() {
        return nodes.stream().allMatch(node -> node.layer() instanceof PureLayer);
    }

    @Override
    public String toString() {
        return Arrays.toString(nodes.stream().map(Node::name).toArray());
    }
}
