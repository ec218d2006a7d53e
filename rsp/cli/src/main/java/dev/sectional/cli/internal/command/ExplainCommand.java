package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Methods;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ImageList;
import dev.sectional.cli.internal.option.ImageSource;
import dev.sectional.cli.internal.option.ImagesAhead;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.ProfileOption;
import dev.sectional.cli.internal.option.UnusedOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.images.figure.Canvas;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.Network;
import dev.sectional.viewer.Report;
import dev.sectional.viewer.ViewedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Explains images: figures, arrays and one line of output for each class. */
@Command(name = ExplainCommand.NAME, mixinStandardHelpOptions = true, sortOptions = false,
        versionProvider = Version.class,
        description = "Draws what speaks for a class (red) and against it (blue), for each image and target.",
        footer = {"", "Examples:",
            "  sectional explain photo.jpg",
            "  sectional explain photos --recursive --out maps --json",
            "  sectional explain photo.jpg -t 285 -t 967 -m rsp:start=relative,classes=285+967",
            "  sectional explain photo.jpg --weights resnet50.pth --fit crop --target top3",
            "  sectional explain photo.jpg --method all"})
final class ExplainCommand implements Callable<Integer> {
    static final String NAME = "explain";
    private static final String OUT = "--out";
    private static final String OUT_SHORT = "-o";
    private static final String STANDARD_OUTPUT = "-";
    private static final int INCOMPLETE = 3;
    private static final String ARRAYS = "arrays are the network's input as they are";

    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "IMAGE",
            description = "Images, folders of images, - for an image on standard input, or .npy arrays, float32 "
                    + "(C, H, W), which are the network's input without preprocessing.")
    private List<Path> images;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private MethodOptions start = new MethodOptions();

    @Mixin
    private FitOption fit = new FitOption();

    @Option(names = {OUT_SHORT, OUT}, paramLabel = "DIR",
            description = "Folder for figures; - writes the one figure of one image to standard output; default: the "
                    + "current folder.")
    private Path folder;

    @Mixin
    private FigureOptions figures = new FigureOptions();

    @Option(names = {"-r", "--recursive"}, description = "A folder also stands for the images in its folders; results "
            + "keep them.")
    private boolean recursive;

    @Option(names = "--on-error", paramLabel = "skip|fail",
            description = "What to do with an image that cannot be read or explained: skip it and end with status 3, "
                    + "or stop; a single image always fails; default: skip.")
    private String onError = "skip";

    @Option(names = "--save-relevance", paramLabel = "FILE",
            description = "Save relevance as .npy, float32 (C, H, W), signed. {image}, {target} and {method} in the "
                    + "name are replaced.")
    private String relevanceFile;

    @Option(names = "--save-logits", paramLabel = "FILE",
            description = "Save the logits as .npy. {image} in the name is replaced.")
    private String logitsFile;

    @Option(names = "--report", paramLabel = "FILE.html",
            description = "Write one self-contained page with all images, their relevance and the controls of "
                    + "'sectional view', to send to somebody.")
    private Path reportFile;

    @Option(names = "--json", description = "Print one JSON object per line instead of text.")
    private boolean json;

    @Option(names = "--json-layers",
            description = "Like --json, with the account of each layer and the algorithms that ran.")
    private boolean jsonLayers;

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Mixin
    private VerbosityOptions verbosity;

    @Spec
    private CommandSpec spec;

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
        plain.folder = values.get(OUT);
        plain.model.weights(values.get(ModelOptions.WEIGHTS));
        return plain.images.isEmpty() ? null : plain;
    }

    @Override
    public Integer call() {
        check();
        List<MethodOptions.Chosen> methods = start.methods();
        List<ImageSource> sources = writesFiles() ? ImageList.of(images, recursive, System.in)
                : ImageList.withoutFiles(images, recursive, System.in);
        requireUsed(sources, methods);
        requireOutputs(sources.size(), methods.size());
        long began = System.nanoTime();
        ImagesAhead ahead = new ImagesAhead(sources, fit);
        try (Engine opened = engine.open(); Network network = model.open(opened, console)) {
            model.printAssumptions(network, console);
            ViewedModel viewed = model.viewed(network, List.of(), fit.preparation());
            ResultLines lines = new ResultLines(viewed, figures, jsonLayers);
            ExplanationRun run = new ExplanationRun(network, methods, start.targets(network), fit, figures,
                    engine.threads());
            ExplanationWriter writer = new ExplanationWriter(figures, fit, folder, relevanceFile, logitsFile,
                    network.card(), sources);
            Report report = new Report(viewed);
            boolean failing = onError.equals("fail") || sources.size() == 1;
            try (Progress progress = Progress.of(console, "explain", sources.size())) {
                run.each(ahead, failing, result -> {
                    report(writer, lines, result);
                    if (reportFile != null) {
                        add(report, result);
                    }
                }, (source, message) -> {
                    console.error("skipped: " + message);
                    if (json || jsonLayers) {
                        console.result(lines.error(source.file(), message));
                    }
                }, progress::to);
            }
            writeReport(report);
            int skipped = run.skipped();
            console.note(String.format("%d %s in %.1f s%s; %s; %s", sources.size() - skipped,
                    sources.size() - skipped == 1 ? "image" : "images", (System.nanoTime() - began) / 1e9,
                    skipped == 0 ? "" : ", " + skipped + " skipped", model.describe(network), describe(opened)));
            return skipped == 0 ? 0 : INCOMPLETE;
        }
    }

    /** Tells whether each image gets files of its own. */
    private boolean writesFiles() {
        return figures.figure() != FigureOptions.Figure.NONE || relevanceFile != null || logitsFile != null;
    }

    /** Describes an engine; the launcher chooses plain Java where that gives the first result sooner. */
    private static String describe(Engine engine) {
        return engine.describe() + (Boolean.getBoolean("sectional.once")
                ? " (plain Java starts sooner for one image; --backend simd: SIMD)" : "");
    }

    private void check() {
        figures.check();
        fit.check();
        if (!onError.equals("skip") && !onError.equals("fail")) {
            throw new InputException("--on-error " + onError + ": use skip or fail");
        }
        if (recursive && images.stream().noneMatch(Files::isDirectory)) {
            throw new InputException("--recursive: none of the images is a folder; leave it out");
        }
    }

    /** Refuses options that do nothing for these images and methods. */
    private void requireUsed(List<ImageSource> sources, List<MethodOptions.Chosen> methods) {
        if (sources.stream().allMatch(ImageSource::isArray)) {
            UnusedOptions.refuse(spec, FitOption.class, ARRAYS);
            UnusedOptions.refuse(spec, ProfileOption.class, ARRAYS);
        }
        figures.requireUsed(json || jsonLayers,
                methods.stream().anyMatch(method -> Methods.signed(method.choice().name())));
    }

    /** Refuses output files that cannot be written or that several results would overwrite, before any work is done. */
    private void requireOutputs(int count, int methods) {
        if (toStandardOutput()) {
            if (count > 1 || figures.figure() != FigureOptions.Figure.FIGURE || json || jsonLayers
                    || relevanceFile != null || logitsFile != null) {
                throw new InputException("--out -: standard output takes one figure of one image and nothing else; "
                        + "name a folder");
            }
        } else if (folder == null) {
            folder = Path.of(".");
        } else if (figures.figure() == FigureOptions.Figure.NONE) {
            throw new InputException("--out " + folder + ": --panel none draws nothing; leave one of them out");
        } else {
            OutputFiles.requireFolder(folder, OUT);
        }
        requireEnding("--report", reportFile == null ? null : reportFile.toString(), ".html");
        requireEnding("--save-relevance", relevanceFile, ".npy");
        requireEnding("--save-logits", logitsFile, ".npy");
        if (reportFile != null) {
            OutputFiles.requireFolder(reportFile.toAbsolutePath().getParent(), "--report");
        }
        requireName("--save-relevance", relevanceFile, count > 1, start.severalTargets(), methods > 1);
        requireName("--save-logits", logitsFile, count > 1, false, false);
    }

    private boolean toStandardOutput() {
        return folder != null && folder.toString().equals(STANDARD_OUTPUT);
    }

    /** Other programs tell the format of a file by its name. */
    private static void requireEnding(String option, String file, String ending) {
        if (file != null && !file.endsWith(ending)) {
            throw new InputException(option + " " + file + ": give it a name that ends in " + ending
                    + ", the format in which it is written");
        }
    }

    private static void requireName(String option, String file, boolean severalImages, boolean severalTargets,
            boolean severalMethods) {
        if (file == null) {
            return;
        }
        List<String> needed = new ArrayList<>();
        if (severalImages) {
            needed.add("{image}");
        }
        if (severalTargets) {
            needed.add("{target}");
        }
        if (severalMethods) {
            needed.add("{method}");
        }
        if (!needed.stream().allMatch(file::contains)) {
            throw new InputException(option + " " + file + ": several results would go into one file; put "
                    + String.join(" and ", needed) + " into the name");
        }
        if (!file.contains("{image}")) {
            OutputFiles.requireFolder(Path.of(file).toAbsolutePath().getParent(), option);
        }
    }

    private static void add(Report report, ExplanationRun.Result result) {
        Map<String, List<Attribution>> explained = new LinkedHashMap<>();
        result.runs().forEach(run -> explained.put(run.chosen().text(), run.attributions()));
        report.add(result.image(), explained);
    }

    private void writeReport(Report report) {
        if (reportFile != null) {
            try (OutputFiles outputs = new OutputFiles()) {
                outputs.add(reportFile, report::write);
                outputs.keep();
            }
        }
    }

    private void report(ExplanationWriter writer, ResultLines lines, ExplanationRun.Result result) {
        if (toStandardOutput()) {
            Canvas figure = writer.draw(result.source(), result.image(), result.runs(), result.scales());
            try {
                PngWriter.write(console.out(), figure.width(), figure.height(), figure.pixels(),
                        ExplanationWriter.THREADS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);   // A print stream keeps its failures, which Main reports.
            }
            return;
        }
        List<List<List<Path>>> files = writer.write(result.source(), result.image(), result.runs(), result.scales());
        for (int i = 0; i < result.runs().size(); i++) {
            MethodRun run = result.runs().get(i);
            for (int j = 0; j < run.attributions().size(); j++) {
                List<Path> written = files.get(i).get(j);
                console.result(json || jsonLayers ? lines.json(result.image(), run, j, result.scales()[i], written)
                        : lines.text(result.source().file(), run, j, result.runs().size() > 1, written));
            }
        }
    }
}
