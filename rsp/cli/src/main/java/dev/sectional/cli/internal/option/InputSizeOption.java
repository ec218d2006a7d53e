package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.weights.LoadOptions;
import picocli.CommandLine.Option;

/** The option for the size of a network's input. */
public final class InputSizeOption {
    private static final int LARGEST_SIDE = 1 << 16;

    @Option(names = "--input-size", paramLabel = "N|HxW",
            description = "Height and width of the input, for a model that leaves them open or for another size; "
                    + "default: from the weights file.")
    private String size;

    /**
     * Sets the size in the builder if the user gave one.
     *
     * @throws InputException if it is not a size
     */
    public void addTo(LoadOptions.Builder options) {
        if (size != null) {
            String[] sides = size.split("x", -1);
            if (sides.length > 2) {
                throw wrongSize();
            }
            options.inputSize(side(sides[0]), side(sides[sides.length - 1]));
        }
    }

    private int side(String text) {
        try {
            int side = Integer.parseInt(text);
            if (side >= 1 && side <= LARGEST_SIDE) {
                return side;
            }
        } catch (NumberFormatException e) {
            throw wrongSize();
        }
        throw wrongSize();
    }

    private InputException wrongSize() {
        return new InputException("--input-size " + size
                + ": give a number of pixels, such as 224, or rows x columns, such as 224x256");
    }
}
