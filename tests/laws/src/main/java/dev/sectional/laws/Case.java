package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.MaxPool2d;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A layer with inputs of shapes that it accepts, and relevance at its output. Feature maps are channels last. A failed
 * property prints a case in full: kind of layer, geometry, all values of small tensors, and where they came from.
 *
 * @param layer the layer
 * @param xs one input, or one for each branch of a {@code Merge}
 * @param r relevance at the output
 * @param steps how windows move over the feature map, if the layer has windows or treats each position alone
 * @param origin the source of the values, for the report
 */
public record Case(Layer layer, List<Tensor> xs, Tensor r, Optional<Steps> steps, String origin) {
    /** Greatest number of elements that a report prints. */
    private static final int PRINTED = 64;

    /**
     * Copies the list of inputs.
     *
     * @param layer the component {@code layer}
     * @param xs the component {@code xs}
     * @param r the component {@code r}
     * @param steps the component {@code steps}
     * @param origin the component {@code origin}
     */
    public Case {
        xs = List.copyOf(xs);
    }

    /**
     * Creates a case whose layer has no known steps.
     *
     * @param layer the layer
     * @param xs its inputs
     * @param r relevance or gradient at its output
     */
    public Case(Layer layer, List<Tensor> xs, Tensor r) {
        this(layer, xs, r, Optional.empty(), "given");
    }

    /**
     * Creates a case of a layer with one input.
     *
     * @param layer the layer
     * @param x its input
     * @param r relevance or gradient at its output
     */
    public Case(Layer layer, Tensor x, Tensor r) {
        this(layer, List.of(x), r);
    }

    /**
     * {@return this case with the steps of its layer, which the translation property needs}
     *
     * @param known how the windows move
     */
    public Case moving(Steps known) {
        return new Case(layer, xs, r, Optional.of(known), origin);
    }

    /**
     * {@return this case with the source of its values}
     *
     * @param draw from which values are drawn
     */
    public Case from(Draw draw) {
        return new Case(layer, xs, r, steps, draw.toString());
    }

    /**
     * {@return this case with other relevance at the output}
     *
     * @param relevance of the shape of {@code r}
     */
    public Case with(Tensor relevance) {
        return new Case(layer, xs, relevance, steps, origin);
    }

    /** {@return the first input} */
    public Tensor x() {
        return xs.get(0);
    }

    /** Returns whether the case has a bias that a rule may absorb. */
    boolean hasBias() {
        return !(layer instanceof WeightedLayer weighted) || weighted.bias() != null;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(layer.kind());
        if (layer instanceof Conv2d conv) {
            append(text, conv.geometry().rows(), conv.geometry().columns());
            text.append(", groups ").append(conv.groups());
        } else if (layer instanceof MaxPool2d pool) {
            append(text, pool.geometry().rows(), pool.geometry().columns());
            text.append(pool.geometry().ceil() ? ", ceil" : "");
        }
        for (Tensor x : xs) {
            append(text, "x", x.shape(), x.data());
        }
        append(text, "r", r.shape(), r.data());
        if (layer instanceof WeightedLayer weighted) {
            append(text, "weights", weighted.weights().shape(), weighted.weights().tensor().data());
            if (weighted.bias() != null) {
                append(text, "bias", Shape.of(weighted.bias().length), weighted.bias());
            }
        }
        return text.append("\n  values: ").append(origin).toString();
    }

    private static void append(StringBuilder text, Window rows, Window columns) {
        text.append(" ").append(rows.size()).append('x').append(columns.size()).append(", stride ")
                .append(rows.stride()).append('x').append(columns.stride()).append(", padding top ")
                .append(rows.before()).append(" bottom ").append(rows.after()).append(" left ")
                .append(columns.before()).append(" right ").append(columns.after()).append(", dilation ")
                .append(rows.dilation()).append('x').append(columns.dilation());
    }

    private static void append(StringBuilder text, String name, Shape shape, float[] values) {
        String all = Arrays.toString(values.length <= PRINTED ? values : Arrays.copyOf(values, PRINTED));
        text.append("\n  ").append(name).append(' ').append(shape).append(' ').append(all);
        if (values.length > PRINTED) {
            text.append(" and ").append(values.length - PRINTED).append(" more");
        }
    }
}
