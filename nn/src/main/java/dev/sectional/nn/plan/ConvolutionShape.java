package dev.sectional.nn.plan;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;

/**
 * The sizes of one convolution at one input.
 *
 * @param geometry kernel, stride, padding and dilation
 * @param input {@code (H, W, C)}
 * @param outputs number O of output channels
 * @param groups number of groups that channels and outputs are split into, at least 1; divides C and O
 */
public record ConvolutionShape(ConvolutionGeometry geometry, Shape input, int outputs, int groups) {
    /**
     * Checks rank and groups.
     *
     * @param geometry the component {@code geometry}
     * @param input the component {@code input}
     * @param outputs the component {@code outputs}
     * @param groups the component {@code groups}
     */
    public ConvolutionShape {
        if (input.rank() != 3 || groups < 1 || input.dim(2) % groups != 0 || outputs % groups != 0) {
            throw new IllegalArgumentException("wanted an input (H, W, C) and groups that divide its channels and the "
                    + "outputs, got input " + input + ", " + outputs + " outputs and " + groups + " groups");
        }
    }

    /**
     * {@return the shape {@code (H', W', O)} of the output}
     *
     * @throws IllegalArgumentException if the kernel is larger than the padded input
     */
    public Shape output() {
        return geometry.outputShape(input, outputs);
    }

    /** {@return the number of input channels that one filter reads, C over the groups} */
    public int filterChannels() {
        return input.dim(2) / groups;
    }

    /** {@return the number of weights, without biases} */
    public long weights() {
        return (long) geometry.kernelArea() * filterChannels() * outputs;
    }

    /** Returns the number of positions H times W of the input. */
    long inputPositions() {
        return (long) input.dim(0) * input.dim(1);
    }

    /** Returns the number of positions H' times W' of the output. */
    long outputPositions() {
        return (long) geometry.rows().count(input.dim(0)) * geometry.columns().count(input.dim(1));
    }

    /** Returns the number of output values, {@code H' W' O}. */
    long outputValues() {
        return outputPositions() * outputs;
    }
}
