package dev.sectional.cli.internal.option;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.core.InputException;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.fetch.Download;
import dev.sectional.weights.fetch.PublishedModel;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Published weights by name: downloaded once, checked, converted to safetensors and kept in a cache folder. */
public final class WeightsCache {
    /** How the name of a file of weights ends. */
    public static final String EXTENSION = ".safetensors";
    private static final String BUILT_IN = "efficientnet-lite0";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ATTEMPTS = 5;

    private final Path folder;
    private final Console console;
    private final Function<String, Optional<PublishedModel>> known;
    private final Function<PublishedModel, URI> address;

    /**
     * @param known finds a model by its name
     * @param address where a model is published
     */
    WeightsCache(Path folder, Console console, Function<String, Optional<PublishedModel>> known,
            Function<PublishedModel, URI> address) {
        this.folder = folder;
        this.console = console;
        this.known = known;
        this.address = address;
    }

    /** Returns a cache of the models that torchvision publishes. */
    public static WeightsCache in(Path folder, Console console) {
        return new WeightsCache(folder, console, WeightsCache::published, PublishedModel::address);
    }

    private static Optional<PublishedModel> published(String name) {
        return PublishedModel.names().contains(name.toLowerCase(Locale.ROOT))
                ? Optional.of(PublishedModel.named(name)) : Optional.empty();
    }

    /** Returns the user's cache folder: {@code sectional} in {@code XDG_CACHE_HOME} or {@code ~/.cache}. */
    public static Path usualFolder() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return caches.resolve("sectional");
    }

    /** Returns the file of a model in the cache, whether it is there or not. */
    public Path file(PublishedModel model) {
        return folder.resolve(model.name() + EXTENSION);
    }

    /**
     * Returns the file that an argument stands for: a file of that name, else the file of a published model, which is
     * downloaded first if the cache does not hold it.
     *
     * @param agreed whether the user agreed to a download beforehand; else a person at a terminal is asked
     * @return the argument itself if no such model is known
     * @throws InputException if the model is not in the cache and the user does not agree, or it cannot be downloaded
     */
    Path resolve(Path argument, boolean agreed) {
        return resolve("--weights ", argument, agreed);
    }

    /**
     * Returns the file that an argument stands for, as for {@code --weights}.
     *
     * @param option what stands before the argument on the command line, as messages name it: an option and a space, or
     *     nothing
     * @param agreed whether the user agreed to a download beforehand
     * @return the argument itself if no such model is known
     * @throws InputException if the model is not in the cache and the user does not agree, or it cannot be downloaded
     */
    public Path resolve(String option, Path argument, boolean agreed) {
        Optional<PublishedModel> found = Files.exists(argument) ? Optional.empty() : known.apply(argument.toString());
        if (found.isEmpty()) {
            if (!Files.exists(argument) && argument.toString().equalsIgnoreCase(BUILT_IN)) {
                throw new InputException(option + argument + ": that is the built-in network, which is no file: "
                        + "commands use it without --weights");
            }
            if (!Files.exists(argument) && argument.toString().matches("[A-Za-z0-9_-]+")) {
                throw new InputException(option + argument + ": there is no file of that name, and fetch knows "
                        + "no such model, only " + String.join(", ", PublishedModel.names())
                        + Spelling.suggestion(argument.toString(), PublishedModel.names()));
            }
            return argument;
        }
        PublishedModel model = found.get();
        Path file = file(model);
        // A file of this name is complete: it is renamed when the last byte is written.
        if (Files.isRegularFile(file)) {
            return file;
        }
        String where = address.apply(model).toString();
        if (!agreed) {
            String question = option + argument + ": no file of that name; download the published weights from "
                    + where + " to " + file + "?";
            if (!console.asks()) {
                throw new InputException(option + argument + ": no file of that name, and the published weights "
                        + "are not in the cache yet: --yes downloads them from " + where);
            }
            if (!console.agrees(question)) {
                throw new InputException(option + argument + ": not downloaded; name a file of weights");
            }
        }
        try {
            fetch(model, address.apply(model), file);
        } catch (InputException e) {
            throw new InputException(e.getMessage() + ". Offline: download " + where
                    + " on another machine and pass the file: " + option + model.file(), e);
        }
        return file;
    }

    /**
     * Downloads weights, checks and converts them.
     *
     * @param from address of the file
     * @param result file to write
     * @return a line that says what was written
     */
    public String fetch(PublishedModel model, URI from, Path result) {
        // A folder of its own, because the download may have the name of the result.
        Path download = folder.resolve("downloads").resolve(model.file());
        Bar bar = new Bar(console, "fetch " + model.name());
        String digest;
        try (bar) {
            digest = Download.fetch(model, from, download, PATIENCE, ATTEMPTS, bar);
        }
        if (model.sha256().isEmpty()) {
            console.note(Download.shown(from) + ": no checksum is known for this file; its SHA-256 is " + digest);
        }
        Converter.Summary summary;
        try (Progress progress = Progress.ofBytes(console, "convert", download.toFile().length())) {
            summary = Converter.convert(download, result, LoadOptions.builder().source(Download.shown(from)).build(),
                    progress::to);
        }
        delete(download);
        return result + ": " + summary.tensors() + " tensors, " + summary.elements() + " elements, from "
                + Download.shown(from);
    }

    /** Deletes the download, whose contents are in the converted file. */
    private static void delete(Path download) {
        try {
            Files.deleteIfExists(download);
        } catch (IOException e) {
            download.toFile().deleteOnExit();   // Windows refuses to delete a mapped file.
        }
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
