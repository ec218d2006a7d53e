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
import dev.sectional.core.Shape;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.RelevanceMap;
import dev.sectional.nn.Network;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** Explains images, and passes each result on in their order, as soon as its scale is known. */
final class ExplanationRun {
    /** Bytes that the results of one map keep, per element of the relevance: relevance, start and a map. */
    private static final int BYTES_PER_ELEMENT = 12;
    /** Greatest number of images that are explained at once. */
    private static final int MOST_TOGETHER = 4;
    /** Part of the memory that the feature maps of one image may fill where others are explained at once. */
    private static final long SHARE_OF_MEMORY = 8;

    private final Network network;
    private final List<MethodOptions.Chosen> methods;
    private final List<Target> targets;
    private final FitOption fit;
    private final FigureOptions figures;
    /** Number of threads that explain an image each. */
    private final int together;
    /** Whether one image was explained, so that target and method fit the network. */
    private boolean explained;
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

    /**
     * An image whose explanation has begun.
     *
     * @param image null if it could not be read
     * @param failure why it could not
     */
    private record Begun(ImageSource source, InputImage image, Future<List<MethodRun>> runs, InputException failure) {
    }

    /** @param threads of the engine */
    ExplanationRun(Network network, List<MethodOptions.Chosen> methods, List<Target> targets, FitOption fit,
            FigureOptions figures, int threads) {
        this.network = network;
        this.methods = methods;
        this.targets = targets;
        this.fit = fit;
        this.figures = figures;
        together = Math.min(threads, MOST_TOGETHER);
    }

    /** Returns the number of images without a result. */
    int skipped() {
        return skipped;
    }

    /**
     * Explains all images. The first is explained alone, the others some at once; meanwhile the next is decoded and a
     * result is passed on, each on a thread of its own. Results, failures and progress come in the order of the images,
     * one at a time.
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
        Deque<Begun> begun = new ArrayDeque<>();
        List<Explained> waiting = new ArrayList<>();
        ExecutorService explaining = Executors.newFixedThreadPool(together, ExplanationRun::daemon);
        BiConsumer<ImageSource, InputException> fail = (source, e) -> {
            if (failing) {
                throw e;
            }
            skipped++;
            failures.accept(source, named(source, e.getMessage()));
            progress.accept(++done);
        };
        try (OneBehind results = new OneBehind()) {
            Consumer<Begun> finish = each -> finish(each, waiting, fail, results,
                    result -> pass(result, receiver, fail, progress));
            int most = 1;
            for (ImageSource source : images.sources()) {
                while (begun.size() >= most) {
                    finish.accept(begun.remove());
                }
                Begun next = begin(images, source, explaining);
                begun.add(next);
                most = explained && next.image != null ? mostBegun(next.image) : most;
            }
            begun.forEach(finish);
            double[] scales = waiting.isEmpty() ? null : scalesOfAll(waiting);
            for (Explained each : waiting) {
                results.run(() -> pass(new Result(each.source, each.source.read(network, fit), each.runs, scales),
                        receiver, fail, progress));
            }
        } finally {
            explaining.shutdownNow();
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "sectional-explain");
        thread.setDaemon(true);
        return thread;
    }

    /** Reads an image and starts to explain it. */
    private Begun begin(ImagesAhead images, ImageSource source, ExecutorService explaining) {
        try {
            InputImage image = images.next(network);
            BackgroundWarmUp.end();
            FutureTask<List<MethodRun>> runs = new FutureTask<>(() -> explain(image));
            if (explained) {
                explaining.execute(runs);
            } else {
                runs.run();   // by all threads of the engine, so that the first result comes soon
            }
            return new Begun(source, image, runs, null);
        } catch (InputException e) {
            return new Begun(source, null, null, e);
        }
    }

    /** Waits for an explanation, and passes it on or keeps it until the scale of all is known. */
    private void finish(Begun begun, List<Explained> waiting, BiConsumer<ImageSource, InputException> fail,
            OneBehind results, Consumer<Result> pass) {
        List<MethodRun> runs;
        try {
            if (begun.failure != null) {
                throw begun.failure;
            }
            runs = await(begun.runs);
        } catch (InputException e) {
            if (begun.image != null && !explained) {
                throw e;
            }
            results.run(() -> fail.accept(begun.source, e));
            return;
        }
        explained = true;
        if (figures.oneScalePerRun()) {
            waiting.add(new Explained(begun.source, runs));
            requireMemory(waiting);
        } else {
            results.run(() -> pass.accept(new Result(begun.source, begun.image, runs, scales(runs))));
        }
    }

    private static List<MethodRun> await(Future<List<MethodRun>> runs) {
        try {
            return runs.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InputException("the run was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    /**
     * Returns the number of images that may have begun: those that the threads explain at once, which is faster than
     * one after the other by all threads, and one more, so that no thread waits for the next; fewer where their feature
     * maps would fill much of the memory.
     */
    private int mostBegun(InputImage image) {
        long values = Stream.of(network.shapes(image.tensor().shape())).mapToLong(Shape::size).sum();
        long fitting = Runtime.getRuntime().maxMemory() / (SHARE_OF_MEMORY * Float.BYTES * values);
        return fitting >= together ? together + 1 : (int) Math.max(1, fitting);
    }

    /** Returns a message that names the image, as not every reason does. */
    private static String named(ImageSource source, String message) {
        return message.contains(source.file().getFileName().toString()) ? message : source.file() + ": " + message;
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
