package dev.sectional.evaluation.run;

import dev.sectional.attribution.internal.text.VisibleText;
import dev.sectional.core.InputException;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.internal.FileNames;
import dev.sectional.evaluation.report.MethodResult;
import dev.sectional.evaluation.report.Outcomes;
import dev.sectional.evaluation.report.SampleSheet;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Explains the images of a dataset with each method, measures the maps with each metric and stores the results, one
 * file {@code results/METHOD.jsonl} per method. Stored results are not computed again, so that an interrupted run
 * resumes.
 */
public final class Evaluation {
    /** Folder of the results in the run's folder. */
    static final String RESULTS = "results";
    /** Folder of the thumbnails in the run's folder. */
    static final String SAMPLES = "samples";
    /** Ending of the file of one method's results. */
    static final String ENDING = ".jsonl";
    private static final String MORE_MEMORY = "give Java more with JAVA_OPTS=-Xmx4g, or make the image smaller";
    /** Reason to skip an image that has nothing to explain. */
    public static final String NO_CLASS = "no annotated class that the model knows and its input shows";

    private final Dataset dataset;
    private final int images;
    private final ImageEvaluator evaluator;
    private final List<Explainer> explainers;
    private final List<Metric> metrics;
    private final Path folder;
    private final Map<String, Integer> indices;
    private final Map<Integer, String> digests = new HashMap<>();
    private final Map<Integer, String> skipped = new TreeMap<>();
    private final Map<String, Map<Integer, String>> failed = new LinkedHashMap<>();
    private int clippedImages;
    private int clipped;

    /** Receives the progress of a run. */
    public interface Watcher {
        /**
         * Called at the start and after each image.
         *
         * @param done number of finished images, including those of earlier runs
         */
        void at(int done);

        /**
         * Called once for each image that cannot be read or has nothing to explain, in this run or an earlier one.
         *
         * @param message the image and the reason
         */
        void skipped(String message);

        /**
         * Called when a method fails for the first time.
         *
         * @param message method, image and reason
         */
        void failed(String message);

        /**
         * Called for what changes how results are to be read. By default ignored.
         *
         * @param message one line
         */
        default void noted(String message) {
        }
    }

    /**
     * Prepares a run.
     *
     * @param dataset whose images are used
     * @param images number of images to use, from the first
     * @param evaluator explains and measures one image
     * @param explainers the methods to evaluate
     * @param metrics what measures the maps
     * @param folder folder for results and samples
     */
    public Evaluation(Dataset dataset, int images, ImageEvaluator evaluator,
            List<Explainer> explainers, List<Metric> metrics, Path folder) {
        this.dataset = dataset;
        this.images = images;
        this.evaluator = evaluator;
        this.explainers = List.copyOf(explainers);
        this.metrics = List.copyOf(metrics);
        this.folder = folder;
        this.indices = indices(dataset, images);
    }

    /**
     * Returns the indices of images by their names, under which results are stored.
     *
     * @param dataset of the images
     * @param images number of images, from the first
     * @return the index of each name
     * @throws InputException if two images have one name
     */
    public static Map<String, Integer> indices(Dataset dataset, int images) {
        Map<String, Integer> indices = new HashMap<>();
        for (int i = 0; i < images; i++) {
            if (indices.put(dataset.id(i), i) != null) {
                throw new InputException("the dataset has two images named '" + VisibleText.of(dataset.id(i))
                        + "': pass a list that names each image once");
            }
        }
        return indices;
    }

    /**
     * Computes the missing results and summarises all.
     *
     * @param watcher is told of each image
     * @return one result for each method, in their order
     * @throws InputException if the folder cannot be written or contains results of another dataset
     */
    public List<MethodResult> run(Watcher watcher) {
        List<ResultsFile> files = new ArrayList<>();
        OutputFiles.deleteAbandoned(folder.resolve(SAMPLES));
        try {
            for (Explainer explainer : explainers) {
                files.add(open(explainer));
            }
            SampleSheet samples = new SampleSheet(folder.resolve(SAMPLES), dataset.classes());
            int[] missing = IntStream.range(0, images)
                    .filter(index -> !files.stream().allMatch(file -> file.has(index))).toArray();
            int done = images - missing.length;
            watcher.at(done);
            for (int index : missing) {
                measure(index, files, samples, watcher);
                watcher.at(++done);
            }
            if (clippedImages > 1) {
                watcher.noted(clipped + " boxes or outlines of " + clippedImages + " images reach beyond them");
            }
            List<MethodResult> results = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                results.add(result(explainers.get(i), files.get(i), watcher));
            }
            return results;
        } finally {
            files.forEach(ResultsFile::close);
        }
    }

    private ResultsFile open(Explainer explainer) {
        Path file = folder.resolve(RESULTS).resolve(FileNames.of(explainer.name()) + ENDING);
        return new ResultsFile(file, id -> indices.getOrDefault(id, -1), (result, index) -> {
            if (!result.method().equals(explainer.name())) {
                throw new InputException(file + " contains results of the method " + result.method() + ", not "
                        + explainer.name() + ": pass another folder with --out");
            }
            if (!result.inputs().equals(digest(index))) {
                throw new InputException(file + ": the image '" + VisibleText.of(result.image())
                        + "' or its annotation has changed since it"
                        + " was evaluated: pass another folder with --out, or delete that one");
            }
        });
    }

    /** Returns the dataset's digest of an image, computed once. */
    private String digest(int index) {
        return digests.computeIfAbsent(index, missing -> named(() -> dataset.digest(missing)));
    }

    /** Runs an operation on the files of an image, whose names come from strangers and may be no names here. */
    private static <T> T named(Supplier<T> operation) {
        try {
            return operation.get();
        } catch (InvalidPathException e) {
            throw new InputException("'" + e.getInput() + "' is not a file name here (" + e.getReason()
                    + "): rename it, or set a locale of UTF-8, such as LC_ALL=C.UTF-8", e);
        }
    }

    /** {@return what became of every image} Complete only after {@link #run}. */
    public Outcomes outcomes() {
        Map<String, Map<String, String>> failedById = new LinkedHashMap<>();
        failed.forEach((method, reasons) -> failedById.put(method, byId(reasons)));
        return new Outcomes(images, byId(skipped), failedById);
    }

    private Map<String, String> byId(Map<Integer, String> reasons) {
        Map<String, String> byId = new LinkedHashMap<>();
        reasons.forEach((index, reason) -> byId.put(dataset.id(index), reason));
        return byId;
    }

    private void measure(int index, List<ResultsFile> files, SampleSheet samples, Watcher watcher) {
        ImageEvaluator.Prepared image;
        try {
            digest(index);
            Sample sample = named(() -> dataset.sample(index));
            noteClipped(sample, watcher);
            image = evaluator.prepare(sample);
        } catch (InputException e) {
            skipped.put(index, e.getMessage());
            String id = dataset.id(index);
            watcher.skipped(VisibleText.of(e.getMessage().contains(id) ? e.getMessage() : id + ": " + e.getMessage()));
            return;
        } catch (OutOfMemoryError e) {   // refused where it can be foreseen; this is the rest
            String reason = dataset.id(index) + " does not fit into the memory of this Java: " + MORE_MEMORY;
            skipped.put(index, reason);
            watcher.skipped(VisibleText.of(reason));
            return;
        } catch (RuntimeException e) {   // a fault of the program that this image reveals
            explainers.forEach(explainer -> fail(explainer, index, "cannot prepare the image: " + fault(e), watcher));
            return;
        }
        if (image.truths().isEmpty()) {
            skipWithoutClass(index, watcher);
        }
        for (int m = 0; m < files.size(); m++) {
            if (!files.get(m).has(index)) {
                evaluate(index, image, explainers.get(m), files.get(m), samples, watcher);
            }
        }
    }

    /** Says of the first image with boxes that lie partly outside that they are cut. */
    private void noteClipped(Sample sample, Watcher watcher) {
        if (sample.clipped() == 0) {
            return;
        }
        clipped += sample.clipped();
        if (++clippedImages == 1) {
            watcher.noted(VisibleText.of(sample.id()) + ": " + sample.clipped() + " of its boxes or outlines reach"
                    + " beyond the " + sample.width() + " x " + sample.height() + " pixels of the image and are"
                    + " cut there; check that annotations and images belong together");
        }
    }

    /** Skips an image that has nothing to explain. Its results, which have no case, keep it from being read again. */
    private void skipWithoutClass(int index, Watcher watcher) {
        if (skipped.put(index, NO_CLASS) == null) {
            watcher.skipped(VisibleText.of(dataset.id(index) + ": " + NO_CLASS));
        }
    }

    private void evaluate(int index, ImageEvaluator.Prepared image, Explainer explainer, ResultsFile file,
            SampleSheet samples, Watcher watcher) {
        List<Case> shown = new ArrayList<>();
        ImageResult result;
        try {
            result = evaluator.evaluate(image, explainer, index < SampleSheet.IMAGES ? shown::add : evaluated -> { });
        } catch (InputException e) {
            fail(explainer, index, e.getMessage(), watcher);
            return;
        } catch (RuntimeException e) {   // a fault of the program that this image reveals
            fail(explainer, index, fault(e), watcher);
            return;
        }
        // A file that cannot be written ends the run: its exceptions are not caught here.
        shown.stream().limit(1).forEach(evaluated -> samples.take(index, evaluated));
        file.append(result.withInputs(digest(index)));
    }

    /** Returns an unexpected exception and where it was thrown, for a report of the fault. */
    private static String fault(RuntimeException e) {
        StackTraceElement[] trace = e.getStackTrace();
        return e + (trace.length == 0 ? "" : " at " + trace[0]);
    }

    /** Records a failure. The watcher receives the first one of each method: a method may fail on every image. */
    private void fail(Explainer explainer, int index, String reason, Watcher watcher) {
        Map<Integer, String> reasons = failed.computeIfAbsent(explainer.name(), method -> new TreeMap<>());
        reasons.put(index, reason);
        if (reasons.size() == 1) {
            watcher.failed(VisibleText.of(explainer.name() + ", " + dataset.id(index) + ": " + reason));
        }
    }

    private MethodResult result(Explainer explainer, ResultsFile file, Watcher watcher) {
        TreeMap<Integer, ImageResult> byImage = new TreeMap<>();
        try {
            file.read((evaluated, index) -> {
                if (evaluated.cases().isEmpty()) {
                    skipWithoutClass(index, watcher);
                } else if (!skipped.containsKey(index)) {
                    byImage.put(index, evaluated);
                }
            });
        } catch (IOException e) {
            throw new InputException("cannot read the results of " + explainer.name() + ": " + Reasons.of(e)
                    + "; check the folder", e);
        }
        return summarise(explainer.name(), byImage.values(), metrics, dataset.classes());
    }

    /**
     * Summarises the results of one method. Images without a case do not count.
     *
     * @param method its name
     * @param images one result for each image, in the dataset's order
     * @param metrics what measures the maps
     * @param classes names of the dataset's classes
     * @return the summary of each metric
     */
    public static MethodResult summarise(String method,
            Collection<ImageResult> images, List<Metric> metrics, List<String> classes) {
        Map<String, Summary> summaries = new LinkedHashMap<>();
        for (Metric metric : metrics) {
            List<Metric.Row> rows = new ArrayList<>();
            for (ImageResult evaluated : images) {
                for (ImageResult.Measured measured : evaluated.cases()) {
                    Map<String, Double> values = measured.metrics().get(metric.name());
                    if (values != null) {
                        rows.add(new Metric.Row(evaluated.image(), measured.label(), values));
                    }
                }
            }
            summaries.put(metric.name(), metric.summary(rows, classes));
        }
        int cases = images.stream().mapToInt(evaluated -> evaluated.cases().size()).sum();
        double explaining = images.stream().mapToDouble(ImageResult::explaining).sum();
        double measuring = images.stream().mapToDouble(ImageResult::measuring).sum();
        int explained = (int) images.stream().filter(evaluated -> !evaluated.cases().isEmpty()).count();
        return new MethodResult(method, explained, cases, explaining, measuring, summaries);
    }
}
