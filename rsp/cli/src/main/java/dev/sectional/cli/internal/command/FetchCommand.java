package dev.sectional.cli.internal.command;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.option.WeightsCache;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.InputException;
import dev.sectional.weights.fetch.Download;
import dev.sectional.weights.fetch.PublishedModel;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
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
        if (name != null && !PublishedModel.names().contains(name.toLowerCase(Locale.ROOT))) {
            throw new InputException("fetch knows no model '" + name + "', only "
                    + String.join(", ", PublishedModel.names()) + "; give the address of another with --from"
                    + Spelling.suggestion(name, PublishedModel.names()));
        }
        PublishedModel model = name == null ? PublishedModel.at(address()) : PublishedModel.named(name);
        URI address = from == null ? model.address() : address();
        WeightsCache kept = WeightsCache.in(cache == null ? WeightsCache.usualFolder() : cache, console);
        Path result = out == null ? kept.file(model) : out;
        if (!result.toString().endsWith(WeightsCache.EXTENSION)) {
            throw new InputException(result + ": the output is a safetensors file; give it a name that ends in "
                    + WeightsCache.EXTENSION);
        }
        // A file of this name is complete: it is renamed when the last byte is written.
        if (out == null && from == null && Files.isRegularFile(result)) {
            console.result(result + ": exists already");
            return 0;
        }
        console.result(kept.fetch(model, address, result));
        return 0;
    }

    private URI address() {
        try {
            return new URI(from);
        } catch (URISyntaxException e) {
            throw new InputException("--from: not a URL (" + e.getReason()
                    + "); give one that begins with https://", e);
        }
    }
}
