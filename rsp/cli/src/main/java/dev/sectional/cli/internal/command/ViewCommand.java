package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DeprecatedOptions;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ImageList;
import dev.sectional.cli.internal.option.ImageSource;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.Network;
import dev.sectional.viewer.Sample;
import dev.sectional.viewer.Viewer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Serves the interactive page until it is interrupted. */
@Command(name = "view", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Version.class,
        description = "Opens an interactive page on this machine: add images, click classes, choose methods. The page "
                + "is served on 127.0.0.1 until you press Ctrl-C; nothing is written to disk.")
final class ViewCommand implements Callable<Integer> {
    private static final int LARGEST_PORT = 65_535;
    /** Options that do not change what a network computes, so that the page's commands omit them. */
    private static final Set<String> OWN = Set.of("--port", "--no-open", "--yes", "--threads", "--backend", "--quiet",
            "--verbose");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "Images, or folders of images, to start with.")
    private List<Path> images = new ArrayList<>();

    @Option(names = "--port", paramLabel = "N", description = "Port of 127.0.0.1; default: any free one.")
    private int port;

    @Option(names = "--no-open", description = "Only print the address, without opening a browser.")
    private boolean noOpen;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private FitOption fit = new FitOption();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Mixin
    private VerbosityOptions verbosity;

    ViewCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (port < 0 || port > LARGEST_PORT) {
            throw new InputException("--port " + port + ": give a number from 1 to " + LARGEST_PORT);
        }
        fit.check();
        List<ImageSource> sources = ImageList.of(images, System.in);
        try (Engine opened = engine.open(); Network network = model.open(opened, console);
             Viewer viewer = Viewer.start(model.viewed(network, modelArguments(), fit.preparation()), samples(),
                     port)) {
            model.printAssumptions(network, console);
            for (ImageSource source : sources) {
                add(viewer, source, sources.size() == 1);
            }
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(main::interrupt));
            console.result(viewer.address().toString());
            console.note("the page is served until you press Ctrl-C; " + model.describe(network) + "; "
                    + opened.describe());
            if (!noOpen) {
                openBrowser(viewer.address());
            }
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            return 0;   // the usual way to end
        }
        return 0;
    }

    /** Adds an image; a bad one among several is skipped with its reason. */
    private void add(Viewer viewer, ImageSource source, boolean failing) {
        try {
            source.requireImage();
            viewer.add(source.file().toString(), source.content() == null ? read(source.file()) : source.content());
        } catch (InputException e) {
            if (failing) {
                throw e;
            }
            console.error("skipped: " + e.getMessage());
        }
    }

    private static byte[] read(Path file) {
        InputFiles.requireReadable(file);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /** Returns the options that choose the network, as the user gave them. */
    private List<String> modelArguments() {
        List<String> arguments = new ArrayList<>();
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            String name = DeprecatedOptions.current(option);
            if (!OWN.contains(name)) {
                arguments.add(name);
                if (option.arity().max() > 0) {
                    arguments.add(String.join(",", option.originalStringValues()));
                }
            }
        }
        return arguments;
    }

    private static List<Sample> samples() {
        return List.of(sample("chelsea.png", "a cat"), sample("coffee.png", "a cup of coffee"),
                sample("montage.png", "cat and coffee: explain one class relative to the other"),
                sample("astronaut.png", "a mistake, which the map explains: the network says bobsled"));
    }

    private static Sample sample(String name, String caption) {
        return new Sample(name, caption, () -> {
            try (InputStream in = ViewCommand.class.getResourceAsStream("/dev/sectional/cli/" + name)) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);   // Only closing the resource could fail.
            }
        });
    }

    /** Opens the user's browser, if there is a desktop. Without one the printed address remains. */
    private void openBrowser(URI address) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        List<String> command;
        if (system.startsWith("mac")) {
            command = List.of("open", address.toString());
        } else if (system.startsWith("windows")) {
            command = List.of("cmd", "/c", "start", "", address.toString());
        } else if (System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null) {
            command = List.of("xdg-open", address.toString());
        } else {
            return;
        }
        try {
            new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            console.note("no browser opened (" + Reasons.of(e) + "): open the address above");
        }
    }
}
