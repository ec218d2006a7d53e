package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Methods;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.Network;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the methods, or draws a heatmap of one image with each. */
@Command(name = "methods", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Version.class,
        description = "Lists the methods that --method accepts: settings and their defaults, what the method shows, "
                + "and its source.")
final class MethodsCommand implements Callable<Integer> {
    /** Shades of red and of blue in the gallery. Few shades make small files. */
    private static final int SHADES = 20;
    private final Console console;

    @Option(names = "--json", description = "Print one JSON object per line instead of text.")
    private boolean json;

    @Option(names = "--gallery", paramLabel = "IMAGE",
            description = "Explain this image with every method and its defaults instead of printing the list.")
    private Path image;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = ".",
            description = "Folder for the gallery's METHOD.png; default: the current folder.")
    private Path folder;

    @Option(names = "--target", paramLabel = "T", defaultValue = "top1",
            description = "Class that the gallery explains; default: top1.")
    private String target;

    @Mixin
    private ModelOptions model;

    @Mixin
    private EngineOptions engine;

    MethodsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (image != null) {
            OutputFiles.requireFolder(folder, "--out");
            gallery();
        } else {
            Methods.all().forEach(entry -> console.result(json ? line(entry) : text(entry)));
        }
        return 0;
    }

    private static String text(Methods.Entry entry) {
        String name = entry.settings().isEmpty() ? entry.name() : entry.name() + ":" + entry.settings();
        return String.format("%s%n    %s (%s)", name, entry.summary(), entry.source());
    }

    private static String line(Methods.Entry entry) {
        return ResultLine.object(out -> {
            out.writeStringField("name", entry.name());
            out.writeStringField("settings", entry.settings());
            out.writeStringField("summary", entry.summary());
            out.writeStringField("source", entry.source());
        });
    }

    private void gallery() {
        try (Engine opened = engine.open(); Network network = model.open(opened);
             OutputFiles outputs = new OutputFiles()) {
            InputImage input = InputImage.read(image, network);
            model.printAssumptions(network, console);
            Target explained = Target.parse(target, network.card().labels());
            List<Methods.Entry> entries = Methods.all();
            try (Progress progress = Progress.of(console, "gallery", entries.size())) {
                for (int i = 0; i < entries.size(); i++) {
                    List<Attribution> one = entries.get(i).method().explainAll(network, input.tensor(),
                            List.of(explained));
                    if (one.size() != 1) {
                        throw new InputException("--target " + target + " stands for " + one.size()
                                + " classes; give one class for a gallery");
                    }
                    Heatmap map = Heatmap.of(one.get(0).relevance(), Heatmap.DEFAULT_PERCENTILE);
                    outputs.add(folder.resolve(entries.get(i).name() + ".png"),
                            out -> PngWriter.write(out, map.width(), map.height(), map.rgb(SHADES)));
                    progress.to(i + 1);
                }
            }
            outputs.keep();
            console.note(entries.size() + " heatmaps of " + image + " in " + folder + "; " + model.describe(network));
        }
    }
}
