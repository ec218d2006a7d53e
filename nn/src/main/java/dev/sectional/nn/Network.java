package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;

/**
 * A chain of layers from an image to the logits, and the engine that runs it. Immutable: any number of threads may
 * call {@link #forward} at once.
 */
public final class Network implements AutoCloseable {
    private final ModelCard card;
    private final List<NamedLayer> layers;
    private final Engine engine;
    private final AutoCloseable[] closedWithIt;

    /**
     * @param card what the network expects and what its outputs mean; its input must fit the layers
     * @param layers first to last, the last one giving one logit per class
     * @param engine runs the layers
     * @param closedWithIt what {@link #close} closes: files that weights are read from, an engine of the network's own
     * @throws IllegalArgumentException if a layer does not take what the one before it gives; it is named
     */
    public Network(ModelCard card, List<NamedLayer> layers, Engine engine, AutoCloseable... closedWithIt) {
        this.card = card;
        this.layers = List.copyOf(layers);
        this.engine = engine;
        this.closedWithIt = closedWithIt.clone();
        Shape end = outputShape(card.input());
        if (end.rank() != 1) {
            throw new IllegalArgumentException("a classifier ends in a vector of logits, this network in shape " + end);
        }
    }

    /** Preprocessing, labels and source. */
    public ModelCard card() {
        return card;
    }

    /** The engine. */
    public Engine engine() {
        return engine;
    }

    /** The layers, first to last. */
    public List<NamedLayer> layers() {
        return layers;
    }

    /** {@code (C, H, W)} of the images that the network was made for. */
    public Shape inputShape() {
        return card.input();
    }

    /** The number of logits. */
    public int classes() {
        return outputShape(card.input()).dim(0);
    }

    /**
     * The index of the layer of that name.
     *
     * @throws InputException if there is none
     */
    public int indexOf(String name) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new InputException("the network has no layer '" + name + "': it has "
                + String.join(", ", layers.stream().map(NamedLayer::name).toList()));
    }

    /**
     * Runs the network.
     *
     * @param image {@code (C, H, W)}, already normalised; any height and width that the layers take
     * @throws IllegalArgumentException if the shape does not fit or a value is not finite
     */
    public Tape forward(Tensor image) {
        outputShape(image.shape());
        for (float value : image.data()) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("the image holds a value that is not finite: " + value);
            }
        }
        Tensor[] values = new Tensor[layers.size() + 1];
        values[0] = image.toChannelsLast();
        for (int i = 0; i < layers.size(); i++) {
            if (reluFollows(i)) {
                values[i + 1] = ((Conv2d) layers.get(i).layer()).forward(engine, values[i], true);
                values[i + 2] = values[i + 1];
                i++;
            } else {
                values[i + 1] = layers.get(i).layer().forward(engine, values[i]);
            }
        }
        return new Tape(this, values);
    }

    private boolean reluFollows(int i) {
        return layers.get(i).layer() instanceof Conv2d && i + 1 < layers.size() && layers.get(i + 1).layer() instanceof ReLU;
    }

    private Shape outputShape(Shape image) {
        if (image.rank() != 3 || image.dim(0) != card.input().dim(0)) {
            throw new IllegalArgumentException("wanted an image (" + card.input().dim(0) + ", H, W), got shape " + image);
        }
        Shape shape = Shape.of(image.dim(1), image.dim(2), image.dim(0));
        for (NamedLayer layer : layers) {
            try {
                shape = layer.layer().outputShape(shape);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + layer.name() + ", image " + image + ": " + e.getMessage(), e);
            }
        }
        return shape;
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
