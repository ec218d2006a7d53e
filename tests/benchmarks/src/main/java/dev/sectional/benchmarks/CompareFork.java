package dev.sectional.benchmarks;

import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One comparison at one number of threads, in a process of its own: every engine's pool is made once and no run sees
 * the leavings of another number of threads.
 */
final class CompareFork implements AutoCloseable {
    /** Relative difference of outputs above which times say nothing about each other. */
    private static final double TOLERANCE = 1e-3;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Contender> contenders = new ArrayList<>();
    private final String description;
    /** Where its allocation can be measured: on one thread. */
    private Sectional sectional;

    CompareFork(Path folder, Set<EngineName> engines, Provider provider, int threads) throws Exception {
        Path weights = Vgg16.weights(folder);
        Tensor image = Vgg16.image(Vgg16.SIZE);
        String about = threads + (threads == 1 ? " thread" : " threads");
        if (engines.contains(EngineName.onnxruntime)) {
            contenders.add(opened(new OnnxRuntime(weights, image, threads)));
        }
        if (engines.contains(EngineName.pytorch)) {
            contenders.add(opened(new PyTorch(folder, weights, image, threads)));
        }
        if (engines.contains(EngineName.sectional)) {
            Sectional ours = opened(new Sectional(weights, image, provider, threads));
            contenders.addAll(List.of(ours.forward(), ours.explain(1), ours.explain(2)));
            sectional = threads == 1 ? ours : null;
            about += "; Sectional: " + ours.description();
        }
        description = about;
    }

    private <T extends AutoCloseable> T opened(T engine) {
        open.push(engine);
        return engine;
    }

    /** The machine, the Java and the table, in Markdown. */
    String run(int warmup, int rounds, long pause) throws Exception {
        List<Measurements> all = contenders.stream().map(each -> new Measurements(each.name(), rounds)).toList();
        for (int round = -warmup; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                // Everyone begins a round and follows everyone in turn.
                int turn = Math.floorMod(i + round, contenders.size());
                Thread.sleep(pause);
                long start = System.nanoTime();
                float[] logits = contenders.get(turn).run();
                long time = System.nanoTime() - start;
                if (round >= 0) {
                    all.get(turn).add(round, time, logits);
                }
            }
        }
        List<Measurements> rows = new ArrayList<>(all);
        Measurements one = find(all, "Sectional explain, 1");
        if (one != null) {
            rows.add(find(all, "Sectional explain, 2").longerThan(one, "Sectional, each further target"));
        }
        return "VGG16, 224x224, " + description + ". Timed rounds: " + rounds + ", before that to warm up: " + warmup + ".\n" + machine() + "\n\n"
                + Measurements.table(rows, find(all, "ONNX Runtime"), TOLERANCE)
                + (sectional == null ? "" : String.format(Locale.ROOT, "%nA warmed-up explain of one target allocates %.1f MB.%n", sectional.allocatedByExplain() / 1e6));
    }

    private static Measurements find(List<Measurements> all, String prefix) {
        return all.stream().filter(each -> each.name().startsWith(prefix)).findFirst().orElse(null);
    }

    private static String machine() throws IOException {
        String processor = System.getProperty("os.arch");
        Path info = Path.of("/proc/cpuinfo");
        if (Files.exists(info)) {
            processor = Files.readAllLines(info).stream().filter(line -> line.startsWith("model name"))
                    .map(line -> line.replaceFirst("[^:]*:\\s*", "")).findFirst().orElse(processor);
        }
        return processor + ", " + Runtime.getRuntime().availableProcessors() + " cores; Java " + Runtime.version() + ", "
                + System.getProperty("os.name") + ".";
    }

    @Override
    public void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
