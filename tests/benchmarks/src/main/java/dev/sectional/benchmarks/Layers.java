package dev.sectional.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.ActivationFusion;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The time of each layer of a network in the forward pass and on the way down of RSP, epsilon-plus and the gradient,
 * beside what the machine would need at least, with the subnormal values that each layer receives.
 */
final class Layers {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Network network;
    private final Engine engine;
    private final Tape tape;
    private final Tensor image;
    /** Whether the processor time of this thread is measured: with one thread, which does all the work. */
    private final boolean processorTime;

    /** One way through the layers. */
    private final class Pass {
        final String name;
        final double[][] times;
        /** Number of values other than 0 that each layer received. */
        final long[] nonzeros;
        /** Number of subnormal values that each layer received. */
        final long[] subnormals;
        /** Index of the last layer, at whose output a backward pass starts. */
        final int start;

        Pass(String name, int start, int rounds) {
            this.name = name;
            this.start = start;
            times = new double[network.nodes().size()][rounds];
            nonzeros = new long[times.length];
            subnormals = new long[times.length];
        }

        void count(int node, Tensor received) {
            nonzeros[node] = Execution.of(engine).countNonzeros(received.data(), 0, received.data().length);
            subnormals[node] = 0;
            for (float value : received.data()) {
                subnormals[node] += value != 0 && Math.abs(value) < Float.MIN_NORMAL ? 1 : 0;
            }
        }
    }

    /** @param image {@code (3, H, W)} */
    Layers(Network network, Engine engine, Tensor image, int threads) {
        this.network = network;
        this.engine = engine;
        this.image = image;
        processorTime = threads == 1;
        tape = network.forward(image);
    }

    /** Returns a table in Markdown for each pass. */
    String run(int warmup, int rounds) {
        Machine machine = Machine.measure(engine, this::now);
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
                "Layers of %s, %s: %.0f GFLOP/s and %.1f GB/s at most, measured beside. Medians of %d rounds%s.%n",
                network.name(), engine.describe(), machine.gigaflops(), machine.gigabytes(), rounds,
                processorTime ? ", processor time" : ""));
        text.append(table(forward(warmup, rounds), machine));
        for (String method : List.of("rsp", "epsilon-plus")) {
            text.append(table(down(method, warmup, rounds), machine));
        }
        return text.append(table(gradient(warmup, rounds), machine)).toString();
    }

    private Pass forward(int warmup, int rounds) {
        Pass pass = new Pass("forward", network.nodes().size() - 1, rounds);
        for (int round = -warmup; round < rounds; round++) {
            for (int i = 0; i < network.nodes().size(); i++) {
                pass.times[i][Math.max(round, 0)] = forward(i);
                if (round == -warmup) {
                    pass.count(i, tape.inputs(i).get(0));
                }
            }
        }
        return pass;
    }

    private double forward(int node) {
        Layer layer = network.nodes().get(node).layer();
        Layer next = fusedWith(node);
        if (node > 0 && fusedWith(node - 1) != null) {
            return 0;
        }
        long began = now();
        Tensor output = layer instanceof Merge merge ? merge.forward(engine, tape.inputs(node))
                : next != null ? ((ActivationFusion) layer).forwardFused(engine, tape.inputs(node), next).get(0)
                : layer.forward(engine, tape.input(node));
        double milliseconds = (now() - began) / 1e6;
        if (tape.inputs(node).stream().noneMatch(input -> input.data() == output.data())) {
            Execution.of(engine).release(output.data());
        }
        return milliseconds;
    }

    /** Returns the next layer if the network computes both in one pass, as their common output shows. */
    private Layer fusedWith(int node) {
        boolean fused = node + 1 < network.nodes().size() && Arrays.equals(network.inputs(node + 1), new int[] {node})
                && tape.output(node).data() == tape.output(node + 1).data()
                && network.nodes().get(node).layer() instanceof ActivationFusion layer
                && layer.canFuse(network.nodes().get(node + 1).layer());
        return fused ? network.nodes().get(node + 1).layer() : null;
    }

    private Pass down(String name, int warmup, int rounds) {
        PropagationMethod method = (PropagationMethod) Methods.named(name);
        Tensor top = method.explain(network, image, Target.top(1)).start();
        Tensor start = top.shape().rank() == 3 ? top.toChannelsLast() : top;
        Pass pass = new Pass(name, method.start(network), rounds);
        for (int round = -warmup; round < rounds; round++) {
            int at = Math.max(round, 0);
            boolean counts = round == -warmup;
            tape.backward(pass.start, start, Network.IMAGE_INDEX, (node, received) -> {
                if (counts) {
                    pass.count(node, received);
                }
                Rule rule = method.composite().rule(network, node);
                Layer layer = network.nodes().get(node).layer();
                long began = now();
                Propagated propagated = rule.propagate(engine, layer, tape.inputs(node), received);
                propagated.sums(engine);
                pass.times[node][at] = (now() - began) / 1e6;
                return propagated.relevances();
            });
        }
        return pass;
    }

    private Pass gradient(int warmup, int rounds) {
        Tensor start = Tensor.zeros(tape.logits().shape());
        start.data()[tape.top(1)[0]] = 1;
        Pass pass = new Pass("gradient", network.nodes().size() - 1, rounds);
        for (int round = -warmup; round < rounds; round++) {
            int at = Math.max(round, 0);
            boolean counts = round == -warmup;
            tape.backward(pass.start, start, Network.IMAGE_INDEX, (node, received) -> {
                if (counts) {
                    pass.count(node, received);
                }
                long began = now();
                List<Tensor> gradients = tape.gradients(node, received);
                pass.times[node][at] = (now() - began) / 1e6;
                return gradients;
            });
        }
        return pass;
    }

    private long now() {
        return processorTime ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    private String table(Pass pass, Machine machine) {
        StringBuilder text = new StringBuilder("\n| " + pass.name
                + " | layer | shapes | form | ms | limit, ms | share | bound by | subnormal |\n"
                + "|---|---|---|---|---|---|---|---|---|\n");
        double all = 0;
        double limits = 0;
        for (int i = 0; i <= pass.start; i++) {
            Layer layer = network.nodes().get(i).layer();
            LayerWork work = LayerWork.of(engine, pass.name, layer, tape.inputs(i), tape.output(i), pass.nonzeros[i],
                    i == 0);
            double time = Spread.of(pass.times[i]).median();
            all += time;
            limits += time == 0 ? 0 : work.limit(machine);
            text.append(String.format(Locale.ROOT, "| %s | %s | %s to %s | %s | %s | %s | %.0f %% | %s | %d |%n",
                    network.nodes().get(i).name(), layer.kind(), tape.inputs(i).get(0).shape(),
                    tape.output(i).shape(), work.algorithm(), GoalTable.number(time),
                    GoalTable.number(work.limit(machine)), 100 * work.limit(machine) / time, work.boundBy(machine),
                    pass.subnormals[i]));
        }
        return text + String.format(Locale.ROOT, "| all | | | | %s | %s | %.0f %% | | %d |%n", GoalTable.number(all),
                GoalTable.number(limits), 100 * limits / all, Arrays.stream(pass.subnormals).sum());
    }
}
