package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.conv.ConvolutionForm;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import java.util.Locale;

/**
 * What a layer must do at least, in the form that it is computed in.
 *
 * @param form its name, or nothing
 * @param multiplyAdds of its products; transforms and whatever goes over single values are left out
 * @param bytes of maps and weights, each moved once
 */
record LayerWork(String form, double multiplyAdds, double bytes) {
    /** Winograd's tile of outputs has so many places a side, */
    private static final int TILE = 4;
    /** and takes so many products for each pair of channels. */
    private static final int POINTS = 36;
    /** RSP's rule: for each sign the filter gradient, the convolution and its transpose. */
    private static final int RULE = 6;
    /** With lists of the values that are not 0, each of one sign, the three for those alone, by every tap. */
    private static final int LISTED = 3 * 9;
    /** z^B, as it is computed: two convolutions and two transposed ones. */
    private static final int BOX = 4;

    /** Of the forward pass, for one input and output. */
    static LayerWork forward(Layer layer, Shape input, Shape output) {
        double maps = (double) Float.BYTES * (input.size() + output.size());
        if (layer instanceof Conv2d conv) {
            return new LayerWork(name(conv.form(input)), products(conv, conv.form(input), input, output), maps + Float.BYTES * conv.weightShape().size());
        }
        if (layer instanceof Linear) {
            double weights = (double) input.size() * output.size();
            return new LayerWork("", weights, Float.BYTES * weights + maps);
        }
        return new LayerWork("", 0, maps);
    }

    /**
     * Of RSP's way down through it; the first convolution takes z^B.
     *
     * @param listed how many values of the relevance are not 0
     */
    static LayerWork rule(Layer layer, Shape input, Shape output, long listed, boolean first) {
        double maps = (double) Float.BYTES * (2.0 * input.size() + output.size());
        if (!(layer instanceof Conv2d conv)) {
            return new LayerWork("", 0, maps);
        }
        if (first) {
            return new LayerWork("z^B, direct", BOX * products(conv, ConvolutionForm.DIRECT, input, output), maps);
        }
        ConvolutionForm form = conv.ruleForm(input, listed);
        if (form == ConvolutionForm.SPARSE) {
            return new LayerWork(name(form), (double) LISTED * listed * input.dim(2), maps);
        }
        if (form == ConvolutionForm.GRAM) {
            double in = (double) input.dim(0) * input.dim(1);
            double out = (double) output.dim(0) * output.dim(1);
            return new LayerWork(name(form), in * in * input.dim(2) + 2 * out * listed, maps);   // half of the inputs are not 0
        }
        return new LayerWork(name(form), RULE * products(conv, form, input, output), maps);
    }

    private static double products(Conv2d conv, ConvolutionForm form, Shape input, Shape output) {
        double pairs = (double) input.dim(2) / conv.groups() * output.dim(2);
        if (form == ConvolutionForm.WINOGRAD) {
            return pairs * POINTS * tiles(output.dim(0)) * tiles(output.dim(1));
        }
        return pairs * conv.geometry().kernelArea() * output.dim(0) * output.dim(1);
    }

    private static double tiles(int places) {
        return Math.ceil((double) places / TILE);
    }

    private static String name(ConvolutionForm form) {
        return form.name().toLowerCase(Locale.ROOT);
    }

    /** Milliseconds that the machine needs at least. */
    double limit(Machine machine) {
        return Math.max(arithmetic(machine), memory(machine));
    }

    /** Which of the two limits is the higher one. */
    String boundBy(Machine machine) {
        return arithmetic(machine) > memory(machine) ? "arithmetic" : "memory";
    }

    private double arithmetic(Machine machine) {
        return 2 * multiplyAdds / machine.gigaflops() / 1e6;
    }

    private double memory(Machine machine) {
        return bytes / machine.gigabytes() / 1e6;
    }
}
