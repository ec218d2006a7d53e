package dev.sectional.cli;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.io.MappedFile;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Explains images with several threads for a long time, and fails unless heap, file descriptors and threads stay flat:
 * {@code Soak COUNT THREADS}. {@code .ci/nightly} runs it with a small heap.
 */
final class Soak {
    private static final int ROUNDS = 10;
    /** Bytes by which the used heap may grow from the second round to the last: soft references and caches. */
    private static final long HEAP_SLACK = 4L << 20;
    private static final List<Method> METHODS = Stream.of("rsp", "epsilon-plus", "grad-cam", "gradient")
            .map(Methods::named).toList();

    private Soak() {
    }

    /** What a process holds after a round: bytes of heap after a collection, file descriptors, live threads. */
    private record Held(long heap, long descriptors, int threads) {
        static Held now() throws IOException, InterruptedException {
            for (int i = 0; i < 3; i++) {
                System.gc();
                Thread.sleep(50);
            }
            long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                return new Held(heap, descriptors.count(), Thread.getAllStackTraces().size());
            }
        }
    }

    /** Runs the rounds. */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        int threads = Integer.parseInt(args[1]);
        Path image = Path.of(args.length > 2 ? args[2] : "rsp/cli/samples/coffee.png");
        List<Held> rounds = new ArrayList<>();
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try (Engine engine = Engine.open(); InputStream in = SyntheticShapes.model();
                Network network = ModelFiles.load(MappedFile.of("shapes", in), engine, LoadOptions.none())) {
            for (int round = 0; round < ROUNDS; round++) {
                List<Callable<Float>> tasks = new ArrayList<>();
                for (int i = 0; i < count / ROUNDS; i++) {
                    Method method = METHODS.get(i % METHODS.size());
                    tasks.add(() -> method.explain(network, InputImage.read(image, network).tensor(), Target.top(1)
                            ).relevance().data()[0]);
                }
                for (Future<Float> done : callers.invokeAll(tasks)) {
                    done.get();
                }
                tasks.clear();
                Held held = Held.now();
                rounds.add(held);
                System.out.printf(Locale.ROOT, "%d explanations: heap %.1f MB, %d descriptors, %d threads%n",
                        (round + 1) * (count / ROUNDS), held.heap / 1e6, held.descriptors, held.threads);
            }
        } finally {
            callers.shutdown();
        }
        Held early = rounds.get(1);
        Held last = rounds.get(ROUNDS - 1);
        if (last.heap > early.heap + HEAP_SLACK || last.descriptors > early.descriptors
                || last.threads > early.threads) {
            System.out.println("not flat: " + early + " became " + last);
            System.exit(1);
        }
    }
}
