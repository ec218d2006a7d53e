package dev.sectional.cli.internal.option;

import dev.sectional.weights.LoadOptions;
import picocli.CommandLine.Option;

/** The option for graphs that have several outputs. */
public final class OutputOption {
    @Option(names = "--output", paramLabel = "NAME",
            description = "Output of an ONNX graph that has several, or a value inside it, that has one logit per "
                    + "class; default: its only output.")
    private String output = "";

    /** Chooses the output in the builder if the user named one. */
    public void addTo(LoadOptions.Builder options) {
        options.output(output);
    }
}
