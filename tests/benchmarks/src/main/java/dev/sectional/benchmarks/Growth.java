package dev.sectional.benchmarks;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Vgg;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How the time of VGG16 grows with the image and with the number of targets. */
final class Growth {
    private static final int[] SIDES = {96, 160, 224, 320, 448};
    private static final int[] TARGETS = {1, 2, 4, 8};

    private Growth() {
    }

    /** Two tables, in Markdown. */
    static String run(Path weights, Provider provider, int threads, int warmup, int rounds) {
        try (Engine engine = Engine.open(provider, threads); Network network = Vgg.load(weights, engine)) {
            StringBuilder text = new StringBuilder("Growth, VGG16, " + engine.describe() + ". Medians of " + rounds
                    + " rounds.\n\n"
                    + "| pixels a side | forward, ms | explain one target, ms | explain, microseconds a pixel "
                            + "|\n|---|---|---|---|\n");
            for (int side : SIDES) {
                Tensor image = Vgg16.image(side);
                double forward = median(() -> network.logits(image), warmup, rounds);
                double explain = median(() -> explain(network, image, 1), warmup, rounds);
                text.append(String.format(Locale.ROOT, "| %d | %s | %s | %s |%n", side, GoalTable.number(forward),
                        GoalTable.number(explain),
                        GoalTable.number(1e3 * explain / side / side)));
            }
            text.append("\n| targets at 224 | explain, ms | each further one, ms |\n|---|---|---|\n");
            Tensor image = Vgg16.image(Vgg16.SIZE);
            double one = 0;
            for (int targets : TARGETS) {
                double explain = median(() -> explain(network, image, targets), warmup, rounds);
                one = targets == 1 ? explain : one;
                text.append(String.format(Locale.ROOT, "| %d | %s | %s |%n", targets, GoalTable.number(explain),
                        targets == 1 ? "" : GoalTable.number((explain - one) / (targets - 1))));
            }
            return text.toString();
        }
    }

    private static void explain(Network network, Tensor image, int targets) {
        Rsp.reference().explainAll(network, image, List.of(Target.top(targets)));
    }

    private static double median(Runnable job, int warmup, int rounds) {
        double[] milliseconds = new double[rounds];
        for (int round = -warmup; round < rounds; round++) {
            long start = System.nanoTime();
            job.run();
            milliseconds[Math.max(round, 0)] = (System.nanoTime() - start) / 1e6;
        }
        return Spread.of(milliseconds).median();
    }
}
