package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options that say how images are prepared for a model whose file does not, as most ONNX files do not. */
public final class PreprocessingOptions {
    @Option(names = "--mean", paramLabel = "R,G,B", split = ",",
            description = "Subtracted from the images' values, one number or three; default: what the weights say.")
    private double[] mean;

    @Option(names = "--std", paramLabel = "R,G,B", split = ",",
            description = "Divides what is left, one number or three; default: what the weights say, or 1 beside a --mean.")
    private double[] std;

    @Option(names = "--range", paramLabel = "1|255",
            description = "The value of white that the model and --mean and --std are made for; default: 1.")
    private Double range;

    @Option(names = "--bgr", description = "The model takes blue first; --mean and --std are given red first all the same.")
    private boolean bgr;

    @Option(names = "--input-size", paramLabel = "N|HxW",
            description = "Size of the images for a model that leaves it open; default: what the weights say.")
    private String size;

    /** What was said, under the keys of a model card; empty if nothing was. */
    public Map<String, String> told() {
        Map<String, String> told = new LinkedHashMap<>();
        if (mean != null || std != null || range != null) {
            double white = range == null ? 1 : range;
            if (white != 1 && white != 255) {
                throw new InputException("--range " + white + ": give 1 or 255");
            }
            told.put("sectional.mean", scaled("--mean", mean == null ? new double[] {0} : mean, white));
            told.put("sectional.std", scaled("--std", std == null ? new double[] {1} : std, white));
        }
        if (size != null) {
            String[] sides = size.split("x", -1);
            told.put("sectional.input", "3," + side(sides[0]) + "," + side(sides[sides.length - 1]));
            if (sides.length > 2) {
                throw wrongSize();
            }
        }
        if (bgr) {
            told.put("sectional.channels", "BGR");
        }
        return told;
    }

    /** Three numbers for values in 0..1. */
    private static String scaled(String option, double[] numbers, double white) {
        boolean usable = numbers.length == 1 || numbers.length == 3;
        for (double number : numbers) {
            usable &= Double.isFinite(number) && (number != 0 || option.equals("--mean"));
        }
        if (!usable) {
            throw new InputException(option + " " + Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining(","))
                    + ": give one number or three with commas between them" + (option.equals("--std") ? ", none of them 0" : ""));
        }
        double[] three = numbers.length == 3 ? numbers : new double[] {numbers[0], numbers[0], numbers[0]};
        return Arrays.stream(three).mapToObj(number -> String.valueOf((float) (number / white))).collect(Collectors.joining(","));
    }

    private int side(String text) {
        try {
            int side = Integer.parseInt(text);
            if (side >= 1 && side <= 1 << 16) {
                return side;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw wrongSize();
    }

    private InputException wrongSize() {
        return new InputException("--input-size " + size + ": give a number of pixels, such as 224, or rows x columns, such as 224x256");
    }
}
