package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.nn.ModelCard;
import dev.sectional.weights.LoadOptions;
import java.util.Arrays;
import picocli.CommandLine.Option;

/** The options for the output of a network: which one, and how it becomes probabilities. */
public final class OutputOption {
    @Option(names = "--output", paramLabel = "NAME",
            description = "Output of an ONNX graph that has several, or a value inside it, that has one logit per "
                    + "class; default: its only output.")
    private String output = "";

    @Option(names = "--probabilities", paramLabel = "softmax|sigmoid|none",
            description = "How the outputs become probabilities, for a file that leaves it open: softmax (one class "
                    + "per image), sigmoid (several) or none (they are probabilities); default: as the file ends, else "
                    + "softmax.")
    private String probabilities;

    /**
     * Chooses the output in the builder if the user named one, and how it becomes probabilities if the user said so.
     *
     * @throws InputException if there is no such way
     */
    public void addTo(LoadOptions.Builder options) {
        options.output(output);
        if (probabilities != null) {
            options.probabilities(Arrays.stream(ModelCard.Output.values())
                    .filter(each -> each.name().equalsIgnoreCase(probabilities)).findFirst()
                    .orElseThrow(() -> new InputException("--probabilities " + probabilities
                            + ": use softmax, sigmoid or none")));
        }
    }
}
