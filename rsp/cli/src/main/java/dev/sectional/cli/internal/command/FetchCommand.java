package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.core.InputException;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.fetch.Download;
import dev.sectional.weights.fetch.PublishedModel;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Downloads published weights, checks and converts them. */
@Command(name = "fetch", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Downloads weights that torchvision publishes to a cache folder, checks their SHA-256 and "
                + "converts them to safetensors.",
        footer = {"", "Proxies come from system properties, such as JAVA_OPTS=-Dhttps.proxyHost=HOST."})
final class FetchCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ATTEMPTS = 5;
    private static final String EXTENSION = ".safetensors";
    private final Console console;

    @Parameters(paramLabel = "NAME", arity = "0..1",
            description = "Model, such as vgg16, vgg19_bn, resnet50 or squeezenet1_1.")
    private String name;

    @Option(names = "--from", paramLabel = "URL",
            description = "Download from another address. With a NAME, its SHA-256 is checked; without, the eight "
                    + "digits in the file's name, if it has them.")
    private String from;

    @Option(names = "--out", paramLabel = "FILE",
            description = "File to write; default: NAME.safetensors in the cache folder.")
    private Path out;

    @Option(names = "--cache", paramLabel = "FOLDER",
            description = "Cache folder; default: sectional in XDG_CACHE_HOME or ~/.cache.")
    private Path cache;

    @Mixin
    private VerbosityOptions verbosity;

    FetchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (name == null && from == null) {
            throw new InputException("fetch: name a model (" + String.join(", ", PublishedModel.names())
                    + ") or give an address with --from");
        }
        PublishedModel model = name == null ? PublishedModel.at(address()) : PublishedModel.named(name);
        URI address = from == null ? model.address() : address();
        Path folder = cache == null ? usualCache() : cache;
        Path result = out == null ? folder.resolve(model.name() + EXTENSION) : out;
        if (!result.toString().endsWith(EXTENSION)) {
            throw new InputException(result + ": the output is a safetensors file; give it a name that ends in "
                    + EXTENSION);
        }
        // A file of this name is complete: it is renamed when the last byte is written.
        if (out == null && from == null && Files.isRegularFile(result)) {
            console.result(result + ": exists already");
            return 0;
        }
        fetch(model, address, folder, result);
        return 0;
    }

    private void fetch(PublishedModel model, URI address, Path folder, Path result) {
        // A folder of its own, because the download may have the name of the result.
        Path download = folder.resolve("downloads").resolve(model.file());
        Bar bar = new Bar(console, "fetch " + model.name());
        String digest;
        try (bar) {
            digest = Download.fetch(model, address, download, PATIENCE, ATTEMPTS, bar);
        }
        if (model.sha256().isEmpty()) {
            console.note(Download.shown(address) + ": no checksum is known for this file; its SHA-256 is " + digest);
        }
        Converter.Summary summary;
        try (Progress progress = Progress.ofBytes(console, "convert", download.toFile().length())) {
            summary = Converter.convert(download, result, LoadOptions.builder().source(Download.shown(address)).build(),
                    progress::to);
        }
        delete(download);
        console.result(result + ": " + summary.tensors() + " tensors, " + summary.elements() + " elements, from "
                + Download.shown(address));
    }

    /** Deletes the download, whose contents are in the converted file. */
    private static void delete(Path download) {
        try {
            Files.deleteIfExists(download);
        } catch (IOException e) {
            download.toFile().deleteOnExit();   // Windows refuses to delete a mapped file.
        }
    }

    private URI address() {
        try {
            return new URI(from);
        } catch (URISyntaxException e) {
            throw new InputException("--from: not a URL (" + e.getReason()
                    + "); give one that begins with https://", e);
        }
    }

    private static Path usualCache() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return caches.resolve("sectional");
    }

    /** Shows a progress bar as soon as the length of the download is known. */
    private static final class Bar implements Download.Progress, AutoCloseable {
        private final Console console;
        private final String task;
        private Progress progress;
        private long length;

        Bar(Console console, String task) {
            this.console = console;
            this.task = task;
        }

        @Override
        public void at(long bytes, long total) {
            if (progress == null || total > 0 && total != length) {
                close();
                progress = Progress.ofBytes(console, task, Math.max(total, 0));
                length = total;
            }
            progress.to(bytes);
        }

        @Override
        public void close() {
            if (progress != null) {
                progress.close();
            }
        }
    }
}
