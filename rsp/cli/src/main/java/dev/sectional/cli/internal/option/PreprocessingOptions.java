package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.weights.LoadOptions;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options for preprocessing, for models whose file does not state it, such as most ONNX files. */
public final class PreprocessingOptions {
    @Option(names = "--preset", paramLabel = "NAME",
            description =
                    "How pixels become inputs: imagenet (ImageNet's mean and deviation), tf (-1..1), caffe (0..255 "
                    + "less Caffe's means, blue first), unit (0..1) or raw (0..255); instead of --mean, --std, "
                    + "--pixel-max and --channel-order.")
    private String preset;

    @Option(names = "--mean", paramLabel = "R,G,B", split = ",",
            hideParamSyntax = true,
            description = "Mean to subtract from pixels, one number or one for each channel, red first; "
                    + "default: from the weights file.")
    private double[] mean;

    @Option(names = "--std", paramLabel = "R,G,B", split = ",",
            hideParamSyntax = true,
            description = "Standard deviation to divide by, one number or one for each channel; default: from "
                    + "the weights file, or 1 with a --mean.")
    private double[] std;

    @Option(names = {"--pixel-max", "--range"}, paramLabel = "1|255",
            description = "Value of a white pixel to which the model, --mean and --std refer; default: 1.")
    private Double range;

    @Option(names = "--channel-order", paramLabel = "rgb|bgr",
            description = "Order of the model's input channels; --mean and --std are given red first in any case; "
                    + "default: from the weights file, or rgb.")
    private String order;

    @Option(names = "--bgr", description = "Deprecated: write --channel-order bgr.")
    private boolean bgr;

    @Mixin
    private InputSizeOption size = new InputSizeOption();

    @Mixin
    private OutputOption output = new OutputOption();

    /**
     * Returns a builder with the settings of the user.
     *
     * @throws InputException if a setting has a wrong value
     */
    public LoadOptions.Builder toLoadOptions() {
        LoadOptions.Builder options = LoadOptions.builder();
        try {
            if (preset != null) {
                options.preset(preset);
            }
            if (range != null) {
                options.range(range);
            }
            if (mean != null) {
                options.mean(mean);
            }
            if (std != null) {
                options.std(std);
            }
            if (isBgr()) {
                options.bgr();
            } else if (order != null) {
                options.rgb();
            }
            options.build();
        } catch (IllegalArgumentException e) {
            throw new InputException("--" + e.getMessage().replaceFirst("^range ", "pixel-max ")
                    .replace("range and order of channels", "pixel-max and channel-order"), e);
        }
        size.addTo(options);
        output.addTo(options);
        return options;
    }

    private boolean isBgr() {
        if (order == null) {
            return bgr;
        }
        if (bgr) {
            throw new InputException("--bgr: --channel-order " + order + " says it already; leave it out");
        }
        String lower = order.toLowerCase(Locale.ROOT);
        if (!lower.equals("rgb") && !lower.equals("bgr")) {
            throw new InputException("--channel-order " + order + ": use rgb or bgr");
        }
        return lower.equals("bgr");
    }
}
