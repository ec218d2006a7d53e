package dev.sectional.cli.internal.option;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that choose the network; the default is the built-in demonstration model. */
public final class ModelOptions {
    public static final String WEIGHTS = "--weights";
    private static final String BUILT_IN = "/dev/sectional/cli/vgg16-slim.safetensors";

    @Option(names = WEIGHTS, paramLabel = "FILE",
            description = "Weights: .safetensors or the index of several files, .pth, .h5, .keras, .npz or .onnx; "
                    + "default: the built-in demonstration model.")
    private Path weights;

    @Option(names = "--model", paramLabel = "NAME",
            description = "Architecture that the weights must have: vgg11, vgg13, vgg16, vgg19, each with or without "
                    + "_bn, or slim; default: recognised from names and shapes.")
    private String model;

    @Mixin
    private PreprocessingOptions images = new PreprocessingOptions();

    @Option(names = "--labels", paramLabel = "FILE",
            description = "Names of the classes, one per line; default: the labels in the weights file.")
    private Path labels;

    /** Opens the network. Closing it closes its file, but not the engine. */
    public Network open(Engine engine) {
        return open(engine, () -> ModelOptions.class.getResourceAsStream(BUILT_IN));
    }

    /**
     * Opens the network. Closing it closes its file, but not the engine.
     *
     * @param builtIn opens the model to use if the user names none
     */
    public Network open(Engine engine, Supplier<InputStream> builtIn) {
        LoadOptions options = options();
        Network network = weights == null ? builtIn(engine, builtIn, options)
                : ModelFiles.load(weights, engine, options);
        try {
            requireImages(network.card());
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private LoadOptions options() {
        LoadOptions.Builder options = images.toLoadOptions();
        if (model != null) {
            options.architecture(model);
        }
        return labels == null ? options.build() : options.labels(labels).build();
    }

    private static Network builtIn(Engine engine, Supplier<InputStream> builtIn, LoadOptions options) {
        try (InputStream in = builtIn.get()) {
            return ModelFiles.load("the built-in model", in, engine, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Only closing the resource could fail.
        }
    }

    /** Returns the file that the user named, or null for a built-in model. */
    public Path weights() {
        return weights;
    }

    /** Sets the file, as {@code --weights} does. */
    public void weights(Path file) {
        weights = file;
    }

    /** Returns a phrase that names the model in messages. */
    public String describe(Network network) {
        return weights == null ? "built-in demonstration model of " + network.classes()
                + " classes (--weights chooses another)"
                : weights + ", " + network.classes() + " classes";
    }

    private void requireImages(ModelCard card) {
        boolean told = card.mean().size() == 3 && card.std().size() == 3 || card.mean().isEmpty();
        if (card.input().dim(0) != 3 || !told) {
            throw new InputException(weights + ": expected a network for RGB images with three means and standard "
                    + "deviations, but this one has input " + card.input() + ", " + card.mean().size() + " means and "
                    + card.std().size() + " standard deviations");
        }
    }
}
