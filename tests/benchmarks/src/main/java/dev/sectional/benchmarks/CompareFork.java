package dev.sectional.benchmarks;

import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One comparison of VGG16 at one number of threads, in a process of its own: every engine's pool is made once, and no
 * run depends on another number of threads.
 */
final class CompareFork implements AutoCloseable {
    private static final double FORWARD_GOAL = 0.5;
    private static final double EXPLAIN_GOAL = 2;
    private static final double TARGET_GOAL = 1;
    private static final int BATCH = 8;
    private static final double BATCH_GOAL = 0.85;
    private static final double SCALAR_GOAL = 6;
    private static final double PRODUCT_GOAL = 0.7;
    private static final double ALLOCATION_GOAL = 4;
    private static final double NONE = Double.POSITIVE_INFINITY;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<Job, Contender> contenders = new EnumMap<>(Job.class);
    private final Set<Row> rows;
    private final int threads;
    private String description = "";

    /** @param javaOptions for the process of the scalar provider */
    CompareFork(Path folder,
            Set<EngineName> engines, Set<Row> rows, Provider provider, int threads, List<String> javaOptions)
            throws Exception {
        this.rows = rows;
        this.threads = threads;
        Path weights = Vgg16.weights(folder);
        Tensor image = Vgg16.image(Vgg16.SIZE);
        boolean againstOthers = any(Row.forward, Row.explain, Row.targets);
        if (againstOthers && engines.contains(EngineName.onnxruntime)) {
            contenders.put(Job.ONNX_RUNTIME, opened(new OnnxRuntime(OnnxModel.write(weights), image, threads)));
        }
        if (againstOthers && engines.contains(EngineName.pytorch)) {
            contenders.put(Job.PYTORCH, opened(new PyTorch(folder, weights, image, threads)));
        }
        if (engines.contains(EngineName.sectional)) {
            network(opened(new Sectional(weights, image, provider, threads)));
            if (rows.contains(Row.scalar)) {
                ScalarProcess scalar = opened(new ScalarProcess(folder, threads, javaOptions));
                contenders.put(Job.SCALAR, Contender.of("Sectional, forward, scalar provider", 1, scalar::run));
            }
            if (rows.contains(Row.product)) {
                Product product = opened(new Product(provider, threads));
                contenders.put(Job.PEAK, product.peak());
                contenders.put(Job.PRODUCT, product.product());
            }
        }
    }

    private void network(Sectional sectional) {
        description = "Sectional: " + sectional.description() + ". ";
        if (any(Row.forward, Row.batch, Row.scalar)) {
            contenders.put(Job.FORWARD, sectional.forward());
        }
        if (any(Row.explain, Row.targets, Row.allocation)) {
            contenders.put(Job.EXPLAIN_ONE, sectional.explain(1));
        }
        if (rows.contains(Row.targets)) {
            contenders.put(Job.EXPLAIN_TWO, sectional.explain(2));
        }
        if (rows.contains(Row.batch)) {
            contenders.put(Job.BATCH, sectional.batch(BATCH));
        }
    }

    private boolean any(Row... wanted) {
        return Stream.of(wanted).anyMatch(rows::contains);
    }

    private <T extends AutoCloseable> T opened(T engine) {
        open.push(engine);
        return engine;
    }

    /** The table, in Markdown. */
    String run(int warmup, int rounds, long pause) throws Exception {
        Map<Job, Measurements> all = Turns.run(contenders, warmup, rounds, pause);
        GoalTable table = new GoalTable(threads + (threads == 1 ? " thread" : " threads"));
        Measurements anchor = all.get(Job.ONNX_RUNTIME);
        if (anchor != null) {
            table.anchor(anchor);
        }
        time(table, all.get(Job.PYTORCH), anchor, NONE);
        time(table, all.get(Job.FORWARD), anchor, FORWARD_GOAL);
        Measurements explain = all.get(Job.EXPLAIN_ONE);
        if (any(Row.explain, Row.targets)) {
            time(table, explain, anchor, EXPLAIN_GOAL);
        }
        if (rows.contains(Row.targets) && explain != null) {
            time(table, all.get(Job.EXPLAIN_TWO).longerThan(explain, "Sectional, each further target"), anchor,
                    TARGET_GOAL);
        }
        ownGoals(table, all);
        double difference = anchor == null ? 0 : all.values().stream()
                .filter(each -> each != all.get(Job.PEAK) && each != all.get(Job.PRODUCT))
                .mapToDouble(each -> each.differenceFrom(anchor)).max().orElse(0);
        if (difference > GoalTable.TOLERANCE) {
            throw new IOException(String.format(Locale.ROOT, "the engines do not compute the same: logits differ by"
                    + " %.1e of the greatest", difference));
        }
        return table + "\n" + description + "Rounds in turns: " + rounds + ", before that to warm up: " + warmup + "."
                + (anchor == null ? "" : String.format(Locale.ROOT, " Logits differ by %.1e of the greatest at most.",
                        difference)) + "\n";
    }

    /** What is measured against ourselves, or against the machine. */
    private void ownGoals(GoalTable table, Map<Job, Measurements> all) {
        time(table, all.get(Job.BATCH), all.get(Job.FORWARD), BATCH_GOAL);
        time(table, all.get(Job.SCALAR), all.get(Job.FORWARD), SCALAR_GOAL);
        if (all.containsKey(Job.PEAK)) {
            table.rate(all.get(Job.PRODUCT), all.get(Job.PEAK), PRODUCT_GOAL);
        }
        if (rows.contains(Row.allocation) && all.containsKey(Job.EXPLAIN_ONE)) {
            table.absolute("allocation of a warmed-up explain", all.get(Job.EXPLAIN_ONE).allocation(), "MB",
                    ALLOCATION_GOAL);
        }
    }

    private static void time(GoalTable table, Measurements measured, Measurements anchor, double goal) {
        if (measured != null) {
            table.time(measured, anchor, goal);
        }
    }

    @Override
    public void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
