package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ImageSource;
import dev.sectional.cli.internal.option.ImagesAhead;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.cli.internal.output.OneBehind;
import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.RelevanceMap;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Explains images one after the other, and passes each result on as soon as its scale is known. */
final class ExplanationRun {
    /** Bytes that the results of one map keep, per element of the relevance: relevance, start and a map. */
    private static final int BYTES_PER_ELEMENT = 12;

    private final Network network;
    private final List<MethodOptions.Chosen> methods;
    private final List<Target> targets;
    private final FitOption fit;
    private final FigureOptions figures;
    private int skipped;
    private int done;

    /**
     * One image explained.
     *
     * @param runs one for each method
     * @param scales for each run, the relevance that is drawn at full strength
     */
    record Result(ImageSource source, InputImage image, List<MethodRun> runs, double[] scales) {
    }

    private record Explained(ImageSource source, List<MethodRun> runs) {
    }

    ExplanationRun(Network network, List<MethodOptions.Chosen> methods, List<Target> targets, FitOption fit,
            FigureOptions figures) {
        this.network = network;
        this.methods = methods;
        this.targets = targets;
        this.fit = fit;
        this.figures = figures;
    }

    /** Returns the number of images without a result. */
    int skipped() {
        return skipped;
    }

    /**
     * Explains all images. While one is explained, the next is decoded and the result of the one before is passed on,
     * each on a thread of its own; results, failures and progress come in the order of the images, one at a time.
     *
     * @param images to explain
     * @param failing whether the first image without a result ends the run
     * @param receiver receives each result
     * @param failures receives each image without a result, and the reason
     * @param progress receives the number of images done
     * @throws InputException if an image fails and {@code failing} is set, or an explanation fails before one
     *     succeeded, which means that target or method do not fit the network
     */
    void each(ImagesAhead images, boolean failing, Consumer<Result> receiver, BiConsumer<ImageSource, String> failures,
            IntConsumer progress) {
        List<Explained> waiting = new ArrayList<>();
        int explained = 0;
        BiConsumer<ImageSource, InputException> fail = (source, e) -> {
            if (failing) {
                throw e;
            }
            skipped++;
            failures.accept(source, e.getMessage());
            progress.accept(++done);
        };
        try (OneBehind results = new OneBehind()) {
            for (ImageSource source : images.sources()) {
                InputImage image = null;
                try {
                    image = images.next(network);
                    BackgroundWarmUp.end();
                    Explained each = new Explained(source, explain(image));
                    explained++;
                    waiting.add(each);
                } catch (InputException e) {
                    if (image != null && explained == 0) {
                        throw e;
                    }
                    results.run(() -> fail.accept(source, e));
                    continue;
                }
                if (figures.oneScalePerRun()) {
                    requireMemory(waiting);
                } else {
                    List<MethodRun> runs = waiting.remove(0).runs;
                    Result result = new Result(source, image, runs, scales(runs));
                    results.run(() -> pass(result, receiver, fail, progress));
                }
            }
            double[] scales = waiting.isEmpty() ? null : scalesOfAll(waiting);
            for (Explained each : waiting) {
                Result result = new Result(each.source, each.source.read(network, fit), each.runs, scales);
                results.run(() -> pass(result, receiver, fail, progress));
            }
        }
    }

    private void pass(Result result, Consumer<Result> receiver, BiConsumer<ImageSource, InputException> fail,
            IntConsumer progress) {
        try {
            receiver.accept(result);
        } catch (InputException e) {
            fail.accept(result.source, e);
            return;
        }
        progress.accept(++done);
    }

    private static void requireMemory(List<Explained> waiting) {
        long kept = waiting.stream().mapToLong(each -> bytes(each.runs)).sum();
        if (kept > Runtime.getRuntime().maxMemory() / 2) {
            throw new InputException("--scale run: the maps of " + waiting.size() + " images fill the memory; give"
                    + " the scale as a value, --scale VALUE, or more memory with JAVA_OPTS=-Xmx8g");
        }
    }

    private List<MethodRun> explain(InputImage image) {
        List<MethodRun> runs = new ArrayList<>();
        for (MethodOptions.Chosen chosen : methods) {
            long began = System.nanoTime();
            List<Attribution> attributions = chosen.choice().method().explainAll(network, image.tensor(), targets);
            runs.add(new MethodRun(chosen, attributions, (System.nanoTime() - began) / 1e9));
        }
        return runs;
    }

    private double[] scales(List<MethodRun> runs) {
        return runs.stream().mapToDouble(run -> figures.scaleOf(run.maps())).toArray();
    }

    private double[] scalesOfAll(List<Explained> all) {
        double[] scales = new double[methods.size()];
        for (int i = 0; i < scales.length; i++) {
            List<RelevanceMap> maps = new ArrayList<>();
            for (Explained each : all) {
                maps.addAll(each.runs.get(i).maps());
            }
            scales[i] = figures.scaleOf(maps);
        }
        return scales;
    }

    private static long bytes(List<MethodRun> runs) {
        return runs.stream().flatMap(run -> run.attributions().stream())
                .mapToLong(attribution -> (long) BYTES_PER_ELEMENT * attribution.relevance().data().length).sum();
    }
}
