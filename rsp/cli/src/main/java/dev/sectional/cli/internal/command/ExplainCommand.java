package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.ImageList;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.cli.internal.output.ResultNames;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Npy;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.Network;
import dev.sectional.nn.plan.NetworkPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a heatmap and an overlay for each image and target. */
@Command(name = ExplainCommand.NAME, mixinStandardHelpOptions = true, sortOptions = false,
        versionProvider = Version.class,
        description = "Draws a heatmap for each image and target: red speaks for the class, blue against it.")
final class ExplainCommand implements Callable<Integer> {
    static final String NAME = "explain";
    private static final String OUT = "--out";

    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "IMAGE",
            description = "Images, folders of images, or .npy arrays, float32 (C, H, W), which are the network's "
                    + "input without preprocessing.")
    private List<Path> images;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private MethodOptions start = new MethodOptions();

    @Option(names = OUT, paramLabel = "DIR",
            description = "Folder for NAME.TARGET.png (heatmap) and NAME.TARGET.overlay.png; default: the current "
                    + "folder.")
    private Path folder = Path.of(".");

    @Option(names = "--clip", paramLabel = "PERCENTILE",
            description = "Percentile of the absolute relevance that is drawn at full strength; 100 is the greatest; "
                    + "default: ${DEFAULT-VALUE}.")
    private double clip = Heatmap.DEFAULT_PERCENTILE;

    @Option(names = "--save-relevance", paramLabel = "FILE",
            description = "Save relevance as .npy, float32 (C, H, W), signed. {image} and {target} in the name are "
                    + "replaced.")
    private String relevanceFile;

    @Option(names = "--save-logits", paramLabel = "FILE",
            description = "Save the logits as .npy. {image} in the name is replaced.")
    private String logitsFile;

    @Option(names = "--json", description = "Print one JSON object per line instead of text.")
    private boolean json;

    @Option(names = "--json-layers",
            description = "Like --json, with the algorithm that each layer and each relevance rule ran.")
    private boolean jsonLayers;

    @Mixin
    private EngineOptions engine = new EngineOptions();

    ExplainCommand(Console console) {
        this.console = console;
    }

    /**
     * Returns the command if its only options are {@code --out} and {@code --weights}. Parsing with picocli takes a
     * fifth of a start, because its class files are too old for the class archive.
     *
     * @return null for another command, and if an argument may be another option or a file of options
     */
    static ExplainCommand plain(String[] args, Console console) {
        if (args.length < 2 || !args[0].equals(NAME)) {
            return null;
        }
        ExplainCommand plain = new ExplainCommand(console);
        plain.images = new ArrayList<>();
        Map<String, Path> values = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            String option = args[i].equals(OUT) || args[i].equals(ModelOptions.WEIGHTS) ? args[i++] : null;
            if (i == args.length || !ConvertCommand.isName(args[i]) || values.containsKey(option)) {
                return null;
            }
            if (option == null) {
                plain.images.add(Path.of(args[i]));
            } else {
                values.put(option, Path.of(args[i]));
            }
        }
        plain.folder = values.getOrDefault(OUT, plain.folder);
        plain.model.weights(values.get(ModelOptions.WEIGHTS));
        return plain.images.isEmpty() ? null : plain;
    }

    @Override
    public Integer call() {
        if (!(clip > 0 && clip <= 100)) {
            throw new InputException("--clip " + clip + ": give a percentile above 0 and up to 100");
        }
        List<Path> files = ImageList.of(images);
        requireOutputs(files.size());
        long began = System.nanoTime();
        try (Engine opened = engine.open(); Network network = model.open(opened)) {
            Method method = start.method(network);
            List<Target> targets = start.targets(network);
            model.printAssumptions(network, console);
            try (Progress progress = Progress.of(console, "explain", files.size())) {
                for (int i = 0; i < files.size(); i++) {
                    explain(network, method, targets, files.get(i));
                    progress.to(i + 1);
                }
            }
            console.note(String.format("%d %s in %.1f s; %s; %s", files.size(), files.size() == 1 ? "image" : "images",
                    (System.nanoTime() - began) / 1e9, model.describe(network), opened.describe()));
        }
        return 0;
    }

    /** Refuses output files that cannot be written or that several results would overwrite, before any work is done. */
    private void requireOutputs(int count) {
        OutputFiles.requireFolder(folder, "--out");
        boolean severalMaps = start.severalMaps();
        requireName("--save-relevance", relevanceFile, count > 1, severalMaps);
        requireName("--save-logits", logitsFile, count > 1, false);
    }

    private static void requireName(String option, String file, boolean severalImages, boolean severalMaps) {
        if (file == null) {
            return;
        }
        List<String> needed = new ArrayList<>();
        if (severalImages) {
            needed.add("{image}");
        }
        if (severalMaps) {
            needed.add("{target}");
        }
        if (!needed.stream().allMatch(file::contains)) {
            throw new InputException(option + " " + file + ": several results would go into one file; put "
                    + String.join(" and ", needed) + " into the name");
        }
        OutputFiles.requireFolder(Path.of(file).toAbsolutePath().getParent(), option);
    }

    private void explain(Network network, Method method, List<Target> targets, Path file) {
        InputImage image = InputImage.read(file, network);
        BackgroundWarmUp.end();
        long began = System.nanoTime();
        List<Attribution> attributions = method.explainAll(network, image.tensor(), targets);
        double seconds = (System.nanoTime() - began) / 1e9;
        List<List<Path>> written = new ArrayList<>();
        try (OutputFiles outputs = new OutputFiles()) {
            for (Attribution attribution : attributions) {
                written.add(write(outputs, image, attribution, ResultNames.of(attribution, network.card().labels())));
            }
            if (logitsFile != null) {
                Path logits = Path.of(ResultNames.fill(logitsFile, InputImage.name(file), ""));
                outputs.add(logits, out -> Npy.write(out, attributions.get(0).logits()));
                written.forEach(files -> files.add(logits));
            }
            outputs.keep();
        }
        Optional<NetworkPlan> run = jsonLayers ? Optional.of(network.plan(image.tensor().shape())) : Optional.empty();
        for (int i = 0; i < attributions.size(); i++) {
            Attribution attribution = attributions.get(i);
            console.result(json || jsonLayers ? ResultLine.json(file, attribution, seconds, written.get(i), run,
                    network.card().assumed())
                    : ResultLine.text(file, attribution, written.get(i)));
        }
    }

    private List<Path> write(OutputFiles outputs, InputImage image, Attribution attribution, String target) {
        Heatmap map = Heatmap.of(attribution.relevance(), clip);
        String name = InputImage.name(image.file());
        Path heatmap = folder.resolve(name + "." + target + ".png");
        Path overlay = folder.resolve(name + "." + target + ".overlay.png");
        outputs.add(heatmap, out -> PngWriter.write(out, map.width(), map.height(), map.rgb()));
        outputs.add(overlay, out -> PngWriter.write(out, map.width(), map.height(), map.overlay(image.photograph())));
        List<Path> files = new ArrayList<>(List.of(heatmap, overlay));
        if (relevanceFile != null) {
            Path relevance = Path.of(ResultNames.fill(relevanceFile, name, target));
            outputs.add(relevance, out -> Npy.write(out, attribution.relevance()));
            files.add(relevance);
        }
        return files;
    }
}
