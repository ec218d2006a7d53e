package dev.sectional.cli.internal.option;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which network; without any, the built-in demonstration model. */
public final class ModelOptions {
    public static final String WEIGHTS = "--weights";
    private static final String BUILT_IN = "/dev/sectional/cli/vgg16-slim.safetensors";

    @Option(names = WEIGHTS, paramLabel = "FILE",
            description = "Weights: .safetensors or the index of several, .pth, .h5, .keras, .npz or .onnx; default: the built-in demonstration model.")
    private Path weights;

    @Option(names = "--model", paramLabel = "NAME",
            description = "What the weights must be: vgg11, vgg13, vgg16, vgg19, each with or without _bn, or slim; default: "
                    + "what their names and shapes say.")
    private String model;

    @Mixin
    private PreprocessingOptions images = new PreprocessingOptions();

    @Option(names = "--labels", paramLabel = "FILE", description = "Names of the classes, one a line; default: those in the weights.")
    private Path labels;

    /** Opens the network; closing it closes its file, not the engine. */
    public Network open(Engine engine) {
        return open(engine, () -> ModelOptions.class.getResourceAsStream(BUILT_IN));
    }

    /** @param builtIn the model in the jar that is taken where the user names none */
    public Network open(Engine engine, Supplier<InputStream> builtIn) {
        Network network = weights == null ? builtIn(engine, builtIn) : ModelFiles.open(weights, model, images.told(), engine);
        try {
            requireImages(network.card());
            return labels == null ? network : labelled(network);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** The file that the user named; null for a built-in model. */
    public Path weights() {
        return weights;
    }

    /** The same as naming it on the command line. */
    public void weights(Path file) {
        weights = file;
    }

    /** One phrase that names the model for people. */
    public String describe(Network network) {
        return weights == null ? "built-in demonstration model of " + network.classes() + " classes (--weights takes another)"
                : weights + ", " + network.classes() + " classes";
    }

    private void requireImages(ModelCard card) {
        boolean told = card.mean().size() == 3 && card.std().size() == 3 || card.mean().isEmpty();
        if (card.input().dim(0) != 3 || !told) {
            throw new InputException(weights + ": wanted a network of RGB images with three means and deviations, this one has input "
                    + card.input() + ", " + card.mean().size() + " means and " + card.std().size() + " deviations");
        }
    }

    private Network labelled(Network network) {
        InputFiles.requireReadable(labels);
        List<String> names;
        try {
            names = Files.readAllLines(labels, StandardCharsets.UTF_8).stream().map(String::strip).toList();
        } catch (IOException e) {
            throw new InputException("cannot read --labels " + labels + ": " + Reasons.of(e) + "; give a text file in UTF-8", e);
        }
        int count = names.size();
        while (count > 0 && names.get(count - 1).isEmpty()) {
            count--;
        }
        if (count != network.classes()) {
            throw new InputException("--labels " + labels + " has " + count + " lines, the model " + network.classes()
                    + " classes: give one label a line");
        }
        return Network.builder().card(network.card().withLabels(names.subList(0, count))).name(network.name())
                .addAll(network.nodes()).engine(network.engine()).closeWithNetwork(network).build();
    }

    /** The model in the jar; it is copied to a file for as long as the network is open, because files are mapped. */
    private Network builtIn(Engine engine, Supplier<InputStream> builtIn) {
        Path copy = null;
        try (InputStream in = builtIn.get()) {
            copy = temporary();
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return named(copy, engine);
        } catch (IOException e) {
            throw new InputException("cannot put the built-in model into " + System.getProperty("java.io.tmpdir") + ": " + Reasons.of(e)
                    + "; make room there, or name another folder with JAVA_OPTS=-Djava.io.tmpdir=FOLDER", e);
        } finally {
            delete(copy);
        }
    }

    /** An empty file that nobody else has. Not createTempFile: its secure random numbers cost a start tens of milliseconds. */
    private static Path temporary() throws IOException {
        String name = "sectional-" + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()) + ".safetensors";
        return Files.createFile(Path.of(System.getProperty("java.io.tmpdir"), name));
    }

    private Network named(Path copy, Engine engine) {
        try {
            return ModelFiles.open(copy, model, images.told(), engine);
        } catch (InputException e) {
            throw new InputException(e.getMessage().replace(copy.toString(), "the built-in model"), e);
        }
    }

    /** A mapped file may be deleted; where the system refuses that (Windows), it goes when Java ends. */
    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
