package dev.sectional.cli.internal.option;

import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.io.MappedFile;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.viewer.ImagePreparation;
import dev.sectional.viewer.ModelIdentity;
import dev.sectional.viewer.ViewedModel;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that choose the network; the default is the built-in EfficientNet-Lite0 of ImageNet's classes. */
public final class ModelOptions {
    public static final String WEIGHTS = "--weights";
    private static final String BUILT_IN = "/dev/sectional/cli/efficientnet-lite0.safetensors";

    @Option(names = {"-w", WEIGHTS}, paramLabel = "FILE|NAME",
            description = "Weights: .safetensors or the index of several files, .pth, .h5, .keras, .npz or .onnx; or "
                    + "the name of a model that 'fetch' downloads, such as vgg16; default: the built-in "
                    + "EfficientNet-Lite0.")
    private Path weights;

    @Option(names = {"-y", "--yes"}, description = "Download the weights that --weights names if no file has that "
            + "name and the cache does not hold them, without a question.")
    private boolean yes;

    @Option(names = {"--arch", "--model"}, paramLabel = "NAME",
            description = "Architecture that the weights must have, by torchvision's name, such as vgg16_bn; "
                    + "resnet18-cifar for a ResNet with a 3x3 stem; default: recognised from names and shapes.")
    private String architecture;

    @Option(names = "--state-dict", paramLabel = "KEY",
            description = "State dict of a PyTorch checkpoint that has several, such as state_dict_ema.")
    private String stateDict;

    @Mixin
    private PreprocessingOptions images = new PreprocessingOptions();

    @Option(names = "--labels", paramLabel = "FILE",
            description = "Names of the classes, one per line, as CSV or as JSON; default: the labels in the weights "
                    + "file, or ImageNet's for 1000 classes, and for 1001 with a background first.")
    private Path labels;

    private String usualName;
    private Supplier<InputStream> usual;

    /**
     * Opens the network. Closing it closes its file, but not the engine.
     *
     * @param console asks before a download
     */
    public Network open(Engine engine, Console console) {
        return open(engine, console, BUILT_IN.substring(BUILT_IN.lastIndexOf('/') + 1),
                () -> ModelOptions.class.getResourceAsStream(BUILT_IN));
    }

    /**
     * Opens the network. Closing it closes its file, but not the engine.
     *
     * @param console asks before a download
     * @param name of the model to use if the user names none
     * @param builtIn opens that model
     */
    public Network open(Engine engine, Console console, String name, Supplier<InputStream> builtIn) {
        usualName = name;
        usual = builtIn;
        LoadOptions options = options();
        if (weights == null && yes) {
            throw new InputException("--yes: nothing is downloaded without --weights NAME; leave it out");
        }
        if (weights == null && (architecture != null || stateDict != null)) {
            throw new InputException((architecture != null ? "--arch " + architecture : "--state-dict " + stateDict)
                    + ": the built-in network is what it is; name a file with --weights");
        }
        if (weights != null) {
            weights = WeightsCache.in(WeightsCache.usualFolder(), console).resolve(weights, yes);
        }
        Network network = loaded(engine, builtIn, options);
        try {
            List<String> names = labels == null && network.card().labels().isEmpty()
                    ? ImageNetClasses.of(network.classes()) : List.of();
            return names.isEmpty() ? network : named(network, names);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** Loads the network; names the file of labels if there are too few or too many of them. */
    private Network loaded(Engine engine, Supplier<InputStream> builtIn, LoadOptions options) {
        try {
            return weights == null ? builtIn(engine, builtIn, options) : ModelFiles.load(weights, engine, options);
        } catch (InputException e) {
            throw labels == null || !e.getMessage().matches("(?s).*has \\d+ classes and \\d+ labels.*") ? e
                    : new InputException("--labels " + labels + " does not fit " + e.getMessage(), e);
        }
    }

    /** Returns the network with labels that are an assumption; closing it closes the one given. */
    private static Network named(Network network, List<String> labels) {
        List<String> assumed = new ArrayList<>(network.card().assumed());
        assumed.add("the names of the classes are ImageNet's (--labels names others)");
        ModelCard named = network.card().toBuilder().labels(labels).assumed(assumed).build();
        return Network.builder().card(named).name(network.name()).engine(network.engine())
                .addAll(network.nodes()).closeWithNetwork(network).build();
    }

    private LoadOptions options() {
        LoadOptions.Builder options = images.toLoadOptions();
        if (stateDict != null) {
            options.stateDict(stateDict);
        }
        if (architecture != null) {
            options.architecture(architecture);
        }
        return labels == null ? options.build() : options.labels(labels).build();
    }

    private static Network builtIn(Engine engine, Supplier<InputStream> builtIn, LoadOptions options) {
        try (InputStream in = builtIn.get()) {
            return ModelFiles.load(MappedFile.of("the built-in model", in), engine, options);
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

    /** Prints on one line of standard error what the file of the network leaves open and was assumed. */
    public void printAssumptions(Network network, Console console) {
        printAssumptions(weights, network.card().assumed(), console);
    }

    /** Prints on one line of standard error what a file leaves open and was assumed. */
    public static void printAssumptions(Path file, List<String> assumed, Console console) {
        if (!assumed.isEmpty()) {
            console.note(file + " does not say, so assumed: " + String.join("; ", assumed));
        }
    }

    /**
     * Returns the network as results and pages name it.
     *
     * @param arguments the options that open it
     * @param preparation brings images to its size
     */
    public ViewedModel viewed(Network network, List<String> arguments, ImagePreparation preparation) {
        return new ViewedModel(network, describe(network), arguments, preparation,
                new ModelIdentity(fileName(), this::digest));
    }

    /** Returns the name of the weights file. */
    private String fileName() {
        return weights == null ? usualName : weights.toString();
    }

    /** Returns the SHA-256 of the weights file in hexadecimal. */
    private String digest() {
        try (InputStream in = weights == null ? usual.get()
                : Files.newInputStream(weights)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 20];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                sha.update(chunk, 0, count);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (IOException e) {
            throw new InputException("cannot read " + fileName() + ": " + Reasons.of(e) + "; check the file", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns a phrase that names the model in messages. */
    public String describe(Network network) {
        return weights == null ? "built-in network of " + network.classes() + " classes (--weights chooses another)"
                : weights + ", " + network.classes() + " classes";
    }
}
