package dev.sectional.benchmarks;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * One network of an ONNX file on our engine and on ONNX Runtime, in turns in one process: the forward pass and one
 * method of each kind, as ratios to ONNX Runtime's forward pass. A ratio is printed only if the outputs agree.
 */
final class NetworkComparison implements AutoCloseable {
    /** The methods of the table, by the names of the command line. */
    private static final Map<Job, String> METHODS = new EnumMap<>(Map.of(Job.EXPLAIN_ONE, "rsp", Job.EPSILON_PLUS,
            "epsilon-plus", Job.GRAD_CAM, "grad-cam", Job.GRADIENT, "gradient"));
    static final String HEADING = "| network | ONNX Runtime, ms | forward | RSP | epsilon-plus | Grad-CAM | gradient "
            + "| outputs differ by |\n|---|---|---|---|---|---|---|---|\n";
    private static final double TOLERANCE = 1e-3;
    private static final long SEED = 16;

    private final String name;
    private final Engine engine;
    private final Network network;
    private final OnnxRuntime reference;
    private final Map<Job, Contender> contenders = new EnumMap<>(Job.class);

    /** @param forward whether the methods are left out; their columns are empty */
    NetworkComparison(Path model, Provider provider, int threads, boolean forward) throws Exception {
        name = model.getFileName().toString().replaceFirst("\\.onnx$", "");
        engine = Engine.open(provider, threads);
        network = ModelFiles.load(model, engine);
        Shape input = network.card().input();
        Tensor image = new Generated(SEED, 0, 2, input).tensor();
        reference = new OnnxRuntime(model, image, threads);
        contenders.put(Job.ONNX_RUNTIME, reference);
        boolean logits = agrees(network.logits(image).data(), reference.run());
        contenders.put(Job.FORWARD, Contender.of("forward", 1, () -> output(network.logits(image), logits)));
        if (!forward) {
            METHODS.forEach((job, method) -> contenders.put(job, explanation(method, image, logits)));
        }
    }

    private Contender explanation(String methodName, Tensor image, boolean logits) {
        Method method = Methods.named(methodName);
        return Contender.of(methodName, 1, () -> {
            Attribution map = method.explain(network, image, Target.top(1));
            return output(map.logits(), logits);
        });
    }

    /** Returns what the model computes, whose last operation may be the softmax, which a network here leaves out. */
    private float[] output(Tensor logits, boolean isOutput) {
        return isOutput ? logits.data() : Classification.of(logits, network.card()).probabilities();
    }

    private static boolean agrees(float[] ours, float[] theirs) {
        double sum = 0;
        for (float value : theirs) {
            sum += value;
        }
        return ours.length != theirs.length || Math.abs(sum - 1) > TOLERANCE;
    }

    /** Returns one row of the table; for processor time see {@link Turns}. */
    String run(int warmup, int rounds, long pause, boolean processorTime) throws Exception {
        Map<Job, Measurements> all = Turns.run(contenders, warmup, rounds, pause, processorTime);
        Measurements anchor = all.get(Job.ONNX_RUNTIME);
        double difference = all.values().stream().mapToDouble(each -> each.differenceFrom(anchor)).max().orElse(0);
        StringBuilder row = new StringBuilder("| " + name + " | " + GoalTable.number(anchor.time().median()));
        for (Job job : new Job[] {Job.FORWARD, Job.EXPLAIN_ONE, Job.EPSILON_PLUS, Job.GRAD_CAM, Job.GRADIENT}) {
            if (!all.containsKey(job)) {
                row.append(" |");
                continue;
            }
            double ratio = all.get(job).time().median() / anchor.time().median();
            row.append(difference <= TOLERANCE ? String.format(Locale.ROOT, " | %.2f", ratio) : " | outputs disagree");
        }
        return row.append(String.format(Locale.ROOT, " | %.1e |%n", difference)).toString();
    }

    @Override
    public void close() throws Exception {
        reference.close();
        network.close();
        engine.close();
    }
}
