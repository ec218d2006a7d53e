package dev.sectional.testing;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.LeakyReLU;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.weights.ModelFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Our half of {@code src/test/oracle/onnx_full_width.py}: runs ONNX files on images and writes logits, the gradient,
 * and, where asked, the values by which layers with kinks decide. Prints by how much epsilon-plus misses conservation
 * and which methods refuse the network.
 *
 * <p>Each line of standard input is one job of five fields between tabs: the ONNX file, a safetensors file with
 * {@code input} {@code (C, H, W)} and {@code target} (1), the safetensors file to write, the methods ({@code all},
 * {@code epsilon-plus} or {@code none}), and {@code decisions} or {@code values}. Each answer ends in the line
 * {@code done}.
 */
final class OnnxFullWidth {
    private static final Map<String, String> FEWER_PASSES =
            Map.of("integrated-gradients", "integrated-gradients:steps=2", "smooth-grad", "smooth-grad:samples=2");

    private OnnxFullWidth() {
    }

    public static void main(String[] args) throws IOException {
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String job = jobs.readLine(); job != null; job = jobs.readLine()) {
            try {
                run(job.split("\t"));
            } catch (InputException refused) {
                System.out.println("refused\t" + refused.getMessage());
            } catch (RuntimeException | Error fault) {
                System.out.println("refused\tFAULT " + fault);
                fault.printStackTrace();
            }
            System.out.println("done");
        }
    }

    private static void run(String[] job) {
        try (Safetensors given = Safetensors.open(Path.of(job[1]));
                Network network = ModelFiles.load(Path.of(job[0]))) {
            Tensor image = given.tensor("input");
            int target = (int) given.tensor("target").data()[0];
            Map<String, Tensor> results = new LinkedHashMap<>();
            Tape tape = network.forward(image);
            results.put("logits", tape.logits());
            Tensor one = Tensor.zeros(Shape.of(network.classes()));
            one.data()[target] = 1;
            results.put("gradient", tape.gradient(one, Network.IMAGE_INDEX).toChannelsFirst());
            for (int node = 0; job[4].equals("decisions") && node < network.nodes().size(); node++) {
                putDecisions(results, tape, node);
            }
            SafetensorsWriter.write(Path.of(job[2]), Map.of(), results);
            if (!job[3].equals("none")) {
                explain(network, image, target, job[3].equals("all"));
            }
        }
    }

    /** Adds the values by which a layer with kinks decides, in the framework's order of axes. */
    private static void putDecisions(Map<String, Tensor> results, Tape tape, int node) {
        Layer layer = tape.network().nodes().get(node).layer();
        boolean bent = layer instanceof Pointwise each && (each.function() == ScalarFunction.HARD_SIGMOID
                || each.function() == ScalarFunction.HARD_SWISH);
        if (layer instanceof ReLU || layer instanceof Clip || layer instanceof LeakyReLU) {
            results.put("output." + node, framework(tape.output(node)));
        } else if (layer instanceof MaxPool2d || bent) {
            results.put("input." + node, framework(tape.input(node)));
        }
    }

    private static Tensor framework(Tensor value) {
        return value.shape().rank() == 3 ? value.toChannelsFirst() : value;
    }

    private static void explain(Network network, Tensor image, int target, boolean all) {
        for (Methods.Entry entry : Methods.all()) {
            String name = entry.name();
            if (!all && !name.equals("epsilon-plus")) {
                continue;
            }
            try {
                Attribution a = Methods.named(FEWER_PASSES.getOrDefault(name, name))
                        .explain(network, image, Target.of(target));
                requireFinite(name, a.relevance());
                System.out.println("method\t" + name + "\t" + residual(a));
            } catch (InputException refused) {
                System.out.println("method\t" + name + "\trefused: " + refused.getMessage());
            }
        }
    }

    private static double residual(Attribution attribution) {
        return attribution.layers().stream().mapToDouble(LayerAccount::residual).max().orElse(0);
    }

    private static void requireFinite(String method, Tensor relevance) {
        for (float value : relevance.data()) {
            if (!Float.isFinite(value)) {
                throw new IllegalStateException(method + " gives " + value);
            }
        }
    }
}
