package dev.sectional.benchmarks;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One network on an engine of one thread and on one of several, in turns in one process: how much faster the forward
 * pass and one method of each kind get. A factor is printed only if both engines compute the same bits.
 */
final class ThreadScaling implements AutoCloseable {
    private static final List<String> METHODS = List.of("forward", "rsp", "epsilon-plus", "grad-cam", "gradient");
    private static final long SEED = 16;

    private final Path model;
    private final Engine one;
    private final Engine several;
    private final Network onOne;
    private final Network onSeveral;
    private final Tensor image;

    ThreadScaling(Path model, Provider provider, int threads) {
        this.model = model;
        one = Engine.open(provider, 1);
        several = Engine.open(provider, threads);
        onOne = ModelFiles.load(model, one);
        onSeveral = ModelFiles.load(model, several);
        image = new Generated(SEED, 0, 2, onOne.card().input()).tensor();
    }

    /** Returns the head of the table. */
    static String heading(int threads) {
        return "| 1 thread, " + threads + " threads, ms (factor of medians, of the least) | "
                + String.join(" | ", METHODS) + " |\n|---"
                + "|---".repeat(METHODS.size()) + "|\n";
    }

    /** Returns one row of the table; every method is compiled before the first one is timed. */
    String run(int warmup, int rounds, long pause) throws Exception {
        double[][] single = new double[METHODS.size()][rounds];
        double[][] shared = new double[METHODS.size()][rounds];
        boolean[] same = new boolean[METHODS.size()];
        Arrays.fill(same, true);
        for (int round = -warmup; round < rounds; round++) {
            for (int i = 0; i < METHODS.size(); i++) {
                String method = METHODS.get(i);
                Thread.sleep(pause);
                long start = System.nanoTime();
                float[] expected = compute(method, onOne);
                single[i][Math.max(round, 0)] = (System.nanoTime() - start) / 1e6;
                Thread.sleep(pause);
                start = System.nanoTime();
                float[] computed = compute(method, onSeveral);
                shared[i][Math.max(round, 0)] = (System.nanoTime() - start) / 1e6;
                same[i] &= Arrays.equals(expected, computed);
            }
        }
        StringBuilder row = new StringBuilder("| " + model.getFileName().toString().replaceFirst("\\.onnx$", ""));
        for (int i = 0; i < METHODS.size(); i++) {
            Spread before = Spread.of(single[i]);
            Spread after = Spread.of(shared[i]);
            row.append(same[i] ? String.format(Locale.ROOT, " | %s, %s (%.2f, %.2f)", GoalTable.number(before.median()),
                    GoalTable.number(after.median()), before.median() / after.median(), before.least() / after.least())
                    : " | bits differ");
        }
        return row + " |\n";
    }

    private float[] compute(String name, Network network) {
        if (name.equals("forward")) {
            return network.logits(image).data();
        }
        Method method = Methods.named(name);
        return method.explain(network, image, Target.top(1)).relevance().data();
    }

    @Override
    public void close() {
        onOne.close();
        onSeveral.close();
        one.close();
        several.close();
    }
}
