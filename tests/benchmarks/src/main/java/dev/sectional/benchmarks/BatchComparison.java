package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The forward pass of one image and of a batch, for each image of it, on our engine and on ONNX Runtime, in turns in
 * one process. The ONNX file must leave the number of images open, as those of {@code export.py} do.
 */
final class BatchComparison implements AutoCloseable {
    static final String HEADING = "| network | ONNX Runtime: one image, of a batch, ms | ours: one image, of a batch, "
            + "ms | of a batch to one image | throughput of batches to ONNX Runtime's | outputs differ by |\n"
            + "|---|---|---|---|---|---|\n";
    /** Images of a batch. */
    static final int IMAGES = 32;
    private static final long SEED = 16;

    private final String name;
    private final Engine engine;
    private final Network network;
    private final OnnxRuntime single;
    private final OnnxRuntime batch;
    private final Map<Job, Contender> contenders = new EnumMap<>(Job.class);

    BatchComparison(Path model, Provider provider, int threads) throws Exception {
        name = model.getFileName().toString().replaceFirst("\\.onnx$", "");
        engine = Engine.open(provider, threads);
        network = ModelFiles.load(model, engine);
        Shape input = network.card().input();
        List<Tensor> images = IntStream.range(0, IMAGES).mapToObj(i -> new Generated(SEED, i, 2, input).tensor())
                .toList();
        single = new OnnxRuntime(model, images.subList(0, 1), threads);
        batch = new OnnxRuntime(model, images, threads);
        contenders.put(Job.ONNX_RUNTIME, single);
        contenders.put(Job.ONNX_RUNTIME_BATCH, Contender.of("ONNX Runtime, batch", IMAGES, batch::run));
        contenders.put(Job.FORWARD, Contender.of("forward", 1, () -> network.logits(images.get(0)).data()));
        contenders.put(Job.BATCH, Contender.of("batch", IMAGES, () -> network.logits(images).get(0).data()));
    }

    /** Returns one row of the table. */
    String run(int warmup, int rounds, long pause) throws Exception {
        Map<Job, Measurements> all = Turns.run(contenders, warmup, rounds, pause);
        Measurements anchor = all.get(Job.ONNX_RUNTIME);
        double difference = all.values().stream().mapToDouble(each -> each.differenceFrom(anchor)).max().orElse(0);
        double theirs = anchor.time().median();
        double theirBatch = all.get(Job.ONNX_RUNTIME_BATCH).time().median();
        double ours = all.get(Job.FORWARD).time().median();
        double ourBatch = all.get(Job.BATCH).time().median();
        String ratios = difference <= GoalTable.TOLERANCE
                ? String.format(Locale.ROOT, "%.2f | %.2f", ourBatch / ours, theirBatch / ourBatch)
                : "outputs disagree | ";
        return String.format(Locale.ROOT, "| %s | %s, %s | %s, %s | %s | %.1e |%n", name, GoalTable.number(theirs),
                GoalTable.number(theirBatch), GoalTable.number(ours), GoalTable.number(ourBatch), ratios, difference);
    }

    @Override
    public void close() throws Exception {
        single.close();
        batch.close();
        network.close();
        engine.close();
    }
}
