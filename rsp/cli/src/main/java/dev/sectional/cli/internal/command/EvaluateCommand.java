package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DatasetOptions;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Pace;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.evaluation.metric.PointingGame;
import dev.sectional.evaluation.report.MethodResult;
import dev.sectional.evaluation.report.Outcomes;
import dev.sectional.evaluation.report.Report;
import dev.sectional.evaluation.run.ClassMap;
import dev.sectional.evaluation.run.Evaluation;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.evaluation.run.FolderLock;
import dev.sectional.evaluation.run.ImageEvaluator;
import dev.sectional.evaluation.run.Preprocessing;
import dev.sectional.evaluation.run.RunSettings;
import dev.sectional.evaluation.run.UsedOptions;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.Network;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares methods on images with ground truth. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Version.class,
        description = "Compares methods on images with ground truth: Pointing Game, segmentation, model randomisation, "
                + "faithfulness. Without a dataset it generates synthetic shapes. A stopped run resumes when the same "
                + "command is given again.")
final class EvaluateCommand implements Callable<Integer> {
    /** Exit status of a run that did not evaluate every image with every method. */
    private static final int INCOMPLETE = 3;
    private static final int SCENE_TOLERANCE = 1;
    private static final String USUAL_SMOOTHING = "torchray";
    private static final long NOTE_NANOS = 10_000_000_000L;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions data;

    @Option(names = "--metric", paramLabel = "LIST", split = ",", defaultValue = "pointing,miou",
            description =
                    "Metrics, or all; repeatable, or separated by commas; default: ${DEFAULT-VALUE}. Others: mass, "
                    + "model-randomisation, class-sensitivity, insertion, deletion, flipping, infidelity, "
                    + "max-sensitivity.")
    private List<String> metricNames;

    @Option(names = {"-m", "--method", "--methods"}, paramLabel = "LIST", defaultValue = "all",
            description = "Methods with settings after a colon, or all; repeatable, or separated by commas; default: "
                    + "${DEFAULT-VALUE}. The baseline center points at the centre of the image.")
    private List<String> methodNames;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "evaluation",
            description = "Folder for report.html, tables.csv, results.json and the results of each image; default: "
                    + "${DEFAULT-VALUE}.")
    private Path folder;

    @Option(names = "--class-map", paramLabel = "FILE",
            description = "Lines of a class of the dataset, a tab and the model's classes, as in dog<TAB>151-268; "
                    + "default: by name, or a built-in list from ImageNet's 1000 classes to VOC or COCO.")
    private Path classMap;

    @Option(names = {"--fit", "--preprocess"}, paramLabel = "squash|crop|pad|torchray",
            defaultValue = "squash",
            description = "How to resize images: squash resizes both sides to the model's size, crop cuts the model's "
                    + "size out of the centre, pad adds margins, torchray resizes the shorter side; boxes and masks "
                    + "follow; default: ${DEFAULT-VALUE}.")
    private String preprocess;

    @Option(names = "--tolerance", paramLabel = "N",
            description = "Radius in pixels within which the Pointing Game counts a hit; 1 is the pixel itself; "
                    + "default: " + PointingGame.USUAL_TOLERANCE + ", for scenes " + SCENE_TOLERANCE + ".")
    private Integer tolerance;

    @Option(names = "--steps", paramLabel = "N",
            description = "Steps of insertion and deletion, a forward pass each; default: one per 224 pixels.")
    private Integer steps;

    @Option(names = "--difficult", paramLabel = "FILE",
            description = "The Pointing Game's Difficult subset: lines of an image and a 0 or 1 for each class, "
                    + "separated by tabs.")
    private Path difficult;

    @Option(names = "--smooth", paramLabel = "torchray|PART", defaultValue = USUAL_SMOOTHING,
            description = "Gaussian smoothing before pointing, as a part of the longer side: torchray smooths "
                    + "gradients by 0.02 and no other map, PART smooths all; default: ${DEFAULT-VALUE}.")
    private String smooth;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of all random numbers; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private ModelOptions model;

    @Mixin
    private EngineOptions engine;

    @Mixin
    private VerbosityOptions verbosity;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        OutputFiles.requireFolder(folder, "--out");
        List<Explainer> explainers = Explainers.named(String.join(",", methodNames), smoothing());
        Dataset dataset = data.choice(seed).open();
        try (AutoCloseable file = dataset instanceof AutoCloseable closeable ? closeable
                : () -> { }; Engine opened = engine.open()) {
            Metrics known = new Metrics(seed, pixels(), difficult == null ? null
                    : DifficultSubset.read(difficult, dataset));
            if (steps != null) {
                known.steps(requireSteps());
            }
            String metrics = String.join(",", metricNames);
            List<Metric> chosen = known.named(metrics, explainers);
            Metrics.deprecations(metrics).forEach(console::note);
            UsedOptions used = new UsedOptions(chosen, explainers);
            used.requireMetrics(steps, tolerance, difficult, smooth.equals(USUAL_SMOOTHING) ? null : smooth);
            used.requireNetwork(Preprocessing.named(preprocess), networkOptions());
            used.requireSeed(isGiven("--seed") ? seed : null, dataset);
            boolean named = isGiven("--metric") && metricNames.stream().map(String::strip).noneMatch("all"::equals);
            used.requireTruth(dataset, data.choice(seed).images(dataset), named);
            if (!used.needNetwork()) {
                return run(dataset, null, ClassMap.none(dataset.classes().size()), explainers, chosen, opened);
            }
            try (Network network = data.choice(seed).synthetic() ? model.open(opened, console, "shapes.safetensors",
                    SyntheticShapes::model)
                    : model.open(opened, console)) {
                model.printAssumptions(network, console);
                return run(dataset, network, classes(dataset, network), explainers, chosen, opened);
            }
        }
    }

    private int run(Dataset dataset, Network network, ClassMap classes,
            List<Explainer> explainers, List<Metric> chosen, Engine opened) {
        try (FolderLock lock = FolderLock.of(folder)) {
            return runAlone(dataset, network, classes, explainers, chosen, opened);
        }
    }

    private int runAlone(Dataset dataset, Network network, ClassMap classes,
            List<Explainer> explainers, List<Metric> chosen, Engine opened) {
        int images = data.choice(seed).images(dataset);
        RunSettings settings = settings(dataset, network, classes, explainers, chosen, opened)
                .noted("images", String.valueOf(images));
        settings.keep(folder);
        remarks(dataset, classes, images).forEach(console::note);
        new UsedOptions(chosen, explainers).requireTruth(dataset, images, false).forEach(console::note);
        if (!isGiven("--limit") && !isGiven("--method")) {
            console.note(images + " images by " + explainers.size() + " methods: --limit and --method choose fewer");
        }
        ImageEvaluator evaluator = new ImageEvaluator(network, classes, Preprocessing.named(preprocess), chosen);
        Evaluation evaluation = new Evaluation(dataset, images, evaluator, explainers, chosen, folder);
        List<MethodResult> results;
        try (Watcher watcher = new Watcher(images)) {
            results = evaluation.run(watcher);
        }
        Outcomes outcomes = evaluation.outcomes();
        Report report = new Report(settings.all(), dataset.classes(), results, outcomes);
        report.write(folder, network == null ? "" : EvaluationMaps.page(model.viewed(network, List.of(),
                EvaluationMaps.preparation(Preprocessing.named(preprocess).toString(),
                        data.choice(seed).icc().toString())), dataset, images, evaluator, explainers.stream()
                .filter(explainer -> outcomes.failures(explainer.name()) == 0).toList()));
        report.text().forEach(console::result);
        console.note(outcomes.text() + "; " + folder.resolve("report.html"));
        return outcomes.complete() ? 0 : INCOMPLETE;
    }

    /** Returns what the files of the run leave open. */
    private List<String> remarks(Dataset dataset, ClassMap classes, int images) {
        List<String> remarks = new ArrayList<>(dataset.remarks());
        remarks.addAll(classes.remarks(dataset.classes()));
        int unlisted = difficult == null ? 0 : DifficultSubset.read(difficult, dataset).unlisted(dataset, images);
        if (unlisted > 0) {
            remarks.add(difficult + " lacks " + unlisted + " of the " + images
                    + " images: all their classes count as difficult");
        }
        return remarks;
    }

    /** Returns everything that determines the results, besides the images and their ground truth. */
    private RunSettings settings(Dataset dataset, Network network, ClassMap classes, List<Explainer> explainers,
            List<Metric> chosen, Engine opened) {
        String version = Version.ofProduct();
        RunSettings settings = new RunSettings()
                .fixed("sectional", version == null ? "unpackaged" : version)
                .fixed("provider", opened.provider().name().toLowerCase(Locale.ROOT)
                        + (opened.vectorBits() == 0 ? "" : ", " + opened.vectorBits() + " bits"))
                .dataset(dataset).fixed("seed", String.valueOf(seed));
        if (network == null) {
            settings.noNetwork();
        } else {
            settings.network(model.weights() == null ? "built-in" : RunSettings.identity(model.weights()), network)
                    .classes(classes);
        }
        return settings.fixed("preprocessing", Preprocessing.named(preprocess).toString())
                .fixed("colour profiles", data.choice(seed).icc().toString())
                .metrics(chosen)
                .fixed("tolerance", pixels() + " pixels").fixed("smoothing", smooth)
                .fixed("difficult subset", difficult == null ? "none" : RunSettings.identity(difficult))
                .noted("methods", explainers.stream().map(Explainer::name).collect(Collectors.joining(",")))
                .noted("engine", opened.describe()).noted("java", Runtime.version().toString());
    }

    private ClassMap classes(Dataset dataset, Network network) {
        List<String> labels = network.card().labels();
        if (classMap != null) {
            return ClassMap.read(classMap, dataset.classes(), labels, network.classes());
        }
        return dataset.classes().equals(List.of("object")) ? ClassMap.topClass(1)
                : ClassMap.usual(dataset.classes(), labels, network.classes());
    }

    /** Returns the options that only a network uses, as far as they are given. */
    private List<String> networkOptions() {
        Set<String> all = Stream.of(new ModelOptions(), new EngineOptions())
                .flatMap(options -> CommandSpec.forAnnotatedObject(options).options().stream())
                .map(OptionSpec::longestName).collect(Collectors.toSet());
        all.add("--class-map");
        return spec.commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName)
                .filter(all::contains).toList();
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private int requireSteps() {
        if (steps < 1) {
            throw new InputException("--steps " + steps + ": give at least 1");
        }
        return steps;
    }

    private int pixels() {
        if (tolerance != null && tolerance < 1) {
            throw new InputException("--tolerance " + tolerance + ": give at least 1, which is the pixel itself");
        }
        if (tolerance != null) {
            return tolerance;
        }
        return data.choice(seed).synthetic() ? SCENE_TOLERANCE : PointingGame.USUAL_TOLERANCE;
    }

    /** Returns a part of the image's longer side, or a negative number for the smoothing of each method. */
    private double smoothing() {
        if (smooth.equals(USUAL_SMOOTHING)) {
            return -1;
        }
        try {
            double part = Double.parseDouble(smooth);
            if (part >= 0 && part <= 1) {
                return part;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new InputException("--smooth " + smooth
                + ": give torchray, or a part of the image's longer side such as 0.02, or 0");
    }

    /** Shows a progress bar on a terminal, and elsewhere a line every ten seconds. */
    private final class Watcher implements Evaluation.Watcher, AutoCloseable {
        private final int images;
        private Progress progress;
        private long noted = System.nanoTime();

        Watcher(int images) {
            this.images = images;
        }

        @Override
        public void at(int done) {
            if (progress == null) {
                progress = Progress.ofMany(console, "evaluate", "images", done, images);
            }
            progress.to(done);
            long now = System.nanoTime();
            if (console.bar() == null && now - noted > NOTE_NANOS) {
                noted = now;
                Pace pace = progress.pace();
                console.note(done + " of " + images + " images" + (pace.perSecond().isEmpty() ? ""
                        : String.format(Locale.ROOT, ", %.2f per second, %.0f min left", pace.perSecond().getAsDouble(),
                                pace.secondsLeft(images).getAsDouble() / 60)));
            }
        }

        @Override
        public void skipped(String message) {
            console.note("skipped: " + message);
        }

        @Override
        public void failed(String message) {
            console.note("failed: " + message);
        }

        @Override
        public void noted(String message) {
            console.note(message);
        }

        @Override
        public void close() {
            if (progress != null) {
                progress.close();
            }
        }
    }
}
