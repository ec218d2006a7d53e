package dev.sectional.benchmarks;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.model.Vgg;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The time of each layer of VGG16 forward and on RSP's way down, beside what the machine would need at least. */
final class Layers implements AutoCloseable {
    private final Engine engine;
    private final Network network;
    private final Tape tape;
    private final Tensor top;
    private final int start;
    /** How many values of the relevance at each node's output are not 0. */
    private final long[] nonzeros;

    Layers(Path weights, Provider provider, int threads) {
        engine = Engine.open(provider, threads);
        network = Vgg.load(weights, engine);
        Tensor image = Vgg16.image(Vgg16.SIZE);
        tape = network.forward(image);
        start = Rsp.reference().start(network);
        nonzeros = new long[network.nodes().size()];
        top = Rsp.reference().explain(network, image, Target.top(1)).start().toChannelsLast();
    }

    /** Two tables, in Markdown. */
    String run(int warmup, int rounds) {
        Machine machine = Machine.measure(engine);
        int nodes = network.nodes().size();
        double[][] forward = new double[nodes][rounds];
        double[][] down = new double[nodes][rounds];
        double[] gradient = new double[rounds];
        for (int round = -warmup; round < rounds; round++) {
            int at = Math.max(round, 0);
            for (int i = 0; i < nodes; i++) {
                forward[i][at] = forward(i);
            }
            gradient[at] = gradient();
            tape.backward(start, top, Network.IMAGE_INDEX, (node, received) -> down(node, received, down, at));
        }
        return String.format(Locale.ROOT,
                "Layers of VGG16, %s: %.0f GFLOP/s and %.1f GB/s at most, measured beside. Medians of %d rounds.%n%n",
                engine.describe(), machine.gigaflops(), machine.gigabytes(), rounds)
                + table("forward", forward, nodes, machine, "") + "\n"
                + table("RSP", down, start + 1, machine, startRow(gradient, machine));
    }

    private double forward(int node) {
        long began = System.nanoTime();
        Tensor output = network.nodes().get(node).layer().forward(engine, tape.input(node));
        double milliseconds = (System.nanoTime() - began) / 1e6;
        if (output.data() != tape.input(node).data()) {
            Execution.of(engine).release(output.data());
        }
        return milliseconds;
    }

    /** The gradient of the top class at the start layer, which the linear layers are read for once more. */
    private double gradient() {
        Tensor outputGradient = Tensor.zeros(tape.logits().shape());
        outputGradient.data()[tape.top(1)[0]] = 1;
        long began = System.nanoTime();
        tape.gradient(outputGradient, start);
        return (System.nanoTime() - began) / 1e6;
    }

    private List<Tensor> down(int node, Tensor received, double[][] times, int round) {
        nonzeros[node] = Execution.of(engine).countNonzeros(received.data(), 0, received.data().length);
        Rule rule = Rsp.reference().composite().rule(network, node);
        long began = System.nanoTime();
        Propagated propagated = rule.propagate(engine, network.nodes().get(node).layer(), tape.inputs(node), received);
        times[node][round] = (System.nanoTime() - began) / 1e6;
        if (received != top && propagated.relevance().data() != received.data()) {
            Execution.of(engine).release(received.data());
        }
        return propagated.relevances();
    }

    private String startRow(double[] gradient, Machine machine) {
        double bytes = 0;
        for (int i = start + 1; i < network.nodes().size(); i++) {
            if (network.nodes().get(i).layer() instanceof Linear linear) {
                bytes += linear.weightShape().size() * (double) Float.BYTES;
            }
        }
        return row("gradient at the start", "linear layers", new LayerWork("", 0, bytes), Spread.of(gradient).median(),
                machine);
    }

    private String table(String heading, double[][] times, int end, Machine machine, String firstRow) {
        StringBuilder text = new StringBuilder("| " + heading
                + " | shapes | form | ms | limit, ms | share | bound by |\n|---|---|---|---|---|---|---|\n")
                .append(firstRow);
        double all = 0;
        double limits = 0;
        for (int i = 0; i < end; i++) {
            Layer layer = network.nodes().get(i).layer();
            if (layer instanceof Conv2d || layer instanceof MaxPool2d || layer instanceof Linear) {
                Shape input = tape.input(i).shape();
                Shape output = layer.outputShape(input);
                LayerWork work = heading.equals("forward") ? LayerWork.forward(engine, layer, input, output)
                        : LayerWork.rule(engine, layer, input, output, nonzeros[i], i == 0);
                double time = Spread.of(times[i]).median();
                all += time;
                limits += work.limit(machine);
                text.append(row(network.nodes().get(i).name(), input + " to " + output, work, time, machine));
            }
        }
        return text + String.format(Locale.ROOT, "| these layers | | | %s | %s | %.0f %% | |%n", GoalTable.number(all),
                GoalTable.number(limits), 100 * limits / all);
    }

    private static String row(String name, String shapes, LayerWork work, double time, Machine machine) {
        double limit = work.limit(machine);
        return String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %.0f %% | %s |%n", name, shapes, work.algorithm(),
                GoalTable.number(time),
                GoalTable.number(limit), 100 * limit / time, work.boundBy(machine));
    }

    @Override
    public void close() {
        network.close();
        engine.close();
    }
}
