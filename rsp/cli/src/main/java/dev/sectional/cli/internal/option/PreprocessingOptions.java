package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.weights.LoadOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say how images are prepared for a model whose file does not, as most ONNX files do not. */
public final class PreprocessingOptions {
    @Option(names = "--mean", paramLabel = "R,G,B", split = ",",
            description = "Subtracted from the images' values, one number or three; default: what the weights say.")
    private double[] mean;

    @Option(names = "--std", paramLabel = "R,G,B", split = ",",
            description =
                    "Divides what is left, one number or three; default: what the weights say, or 1 beside a --mean.")
    private double[] std;

    @Option(names = "--range", paramLabel = "1|255",
            description = "The value of white that the model and --mean and --std are made for; default: 1.")
    private Double range;

    @Option(names = "--bgr",
            description = "The model takes blue first; --mean and --std are given red first all the same.")
    private boolean bgr;

    @Mixin
    private InputSizeOption size = new InputSizeOption();

    /** Returns a builder that has what the user set. */
    public LoadOptions.Builder toLoadOptions() {
        LoadOptions.Builder options = LoadOptions.builder();
        try {
            if (range != null) {
                options.range(range);
            }
            if (mean != null) {
                options.mean(mean);
            }
            if (std != null) {
                options.std(std);
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("--" + e.getMessage(), e);
        }
        size.addTo(options);
        return bgr ? options.bgr() : options;
    }
}
