package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Runs the nodes that a graph comes to, whether or not they make a classifier. */
final class ImportedGraphRunner {
    private ImportedGraphRunner() {}

    /**
     * What the graph gives for one image or vector, channels first.
     *
     * @param x {@code (C, H, W)} or {@code (N)}
     */
    static Tensor of(OnnxModel model, Tensor x, Engine engine) {
        GraphImporter.Result result = model.importGraph(x.shape());
        Tensor y = stored(result, x, engine);
        Tensor first = y.shape().rank() == 3 ? y.toChannelsFirst() : y;
        return result.output() == ModelCard.Output.SOFTMAX ? softmax(first) : first;
    }

    /** Returns what imported nodes give, as the last one stores it. */
    static Tensor stored(GraphImporter.Result result, Tensor x, Engine engine) {
        Map<String, Tensor> values = new HashMap<>();
        values.put(Network.IMAGE, x.shape().rank() == 3 ? x.toChannelsLast() : x);
        for (NodeSpec spec : result.nodes()) {
            Layer layer = spec.node().layer();
            List<Tensor> inputs = spec.inputs().stream().map(values::get).toList();
            values.put(spec.name(), layer instanceof Merge merge ? merge.forward(engine, inputs)
                    : layer.forward(engine, inputs.get(0)));
        }
        return values.get(result.end());
    }

    private static Tensor softmax(Tensor logits) {
        double greatest = IntStream.range(0, logits.data().length).mapToDouble(i -> logits.data()[i]).max()
                .orElseThrow();
        double sum = IntStream.range(0, logits.data().length).mapToDouble(i -> Math.exp(logits.data()[i] - greatest))
                .sum();
        Tensor p = Tensor.zeros(logits.shape());
        for (int i = 0; i < p.data().length; i++) {
            p.data()[i] = (float) (Math.exp(logits.data()[i] - greatest) / sum);
        }
        return p;
    }

    /** {@code ||ours - expected|| / ||expected||}. */
    static double error(double[] expected, float[] ours) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(expected[i] - ours[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }

}
