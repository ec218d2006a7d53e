package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.ConvolutionShape;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.plan.RuleFamily;
import java.util.List;

/**
 * The least work of a layer with the algorithm that the planner chooses.
 *
 * @param algorithm its name, empty for layers without a choice
 * @param multiplyAdds of its products; transforms and element-wise operations are left out
 * @param bytes of feature maps and weights, each moved once
 */
record LayerWork(String algorithm, double multiplyAdds, double bytes) {
    /** z^B is two rules of the family {@link RuleFamily#LAYER_WEIGHTS}: one product of each kind with each bound. */
    private static final int BOX = 2;

    /** Of the forward pass, for one input and output. */
    static LayerWork forward(Engine engine, Layer layer, Shape input, Shape output) {
        double maps = (double) Float.BYTES * (input.size() + output.size());
        var work = layer.work(AlgorithmPlanner.of(engine), input);
        return new LayerWork(work.algorithm().map(ConvolutionAlgorithm::label).orElse(""), work.multiplyAdds(),
                maps + (double) Float.BYTES * work.weights());
    }

    /**
     * Of RSP's propagation through it; the first convolution takes z^B.
     *
     * @param nonzeros number of nonzeros of the relevance at its output
     */
    static LayerWork rule(Engine engine, Layer layer, Shape input, Shape output, long nonzeros, boolean first) {
        double maps = (double) Float.BYTES * (2.0 * input.size() + output.size());
        if (!(layer instanceof Conv2d conv)) {
            return new LayerWork("", 0, maps);
        }
        AlgorithmPlanner planner = AlgorithmPlanner.of(engine);
        ConvolutionShape shape = conv.shapeAt(input);
        if (first) {
            return new LayerWork("z^B, direct",
                    BOX * planner.multiplyAdds(shape, RuleFamily.LAYER_WEIGHTS, RelevanceAlgorithm.DIRECT, nonzeros),
                            maps);
        }
        RelevanceAlgorithm algorithm = planner.filterGradient(shape, nonzeros);
        return new LayerWork(algorithm.label(),
                planner.multiplyAdds(shape, RuleFamily.FILTER_GRADIENT, algorithm, nonzeros), maps);
    }

    /**
     * Of one layer in one pass.
     *
     * @param pass {@code forward}, {@code gradient}, {@code rsp} or another method, which takes rules of the family
     *     {@link RuleFamily#LAYER_WEIGHTS}
     * @param nonzeros number of nonzeros of the relevance at its output
     * @param first whether the layer reads the image
     */
    static LayerWork of(Engine engine, String pass, Layer layer, List<Tensor> inputs, Tensor output, long nonzeros,
                        boolean first) {
        Shape input = inputs.get(0).shape();
        if (pass.equals("forward")) {
            return forward(engine, layer, input, output.shape());
        }
        if (pass.equals("rsp")) {
            return rule(engine, layer, input, output.shape(), nonzeros, first);
        }
        double maps = (double) Float.BYTES * (2.0 * input.size() + output.shape().size());
        AlgorithmPlanner planner = AlgorithmPlanner.of(engine);
        if (!(layer instanceof Conv2d conv)) {
            var work = layer.work(planner, input);
            double weights = (double) Float.BYTES * work.weights();
            return pass.equals("gradient") ? new LayerWork("", work.multiplyAdds(), maps + weights)
                    : new LayerWork("", 2 * work.multiplyAdds(), maps + 2 * weights);
        }
        ConvolutionShape shape = conv.shapeAt(input);
        if (pass.equals("gradient")) {
            return new LayerWork(planner.inputGradient(shape).label(), planner.predict(shape).multiplyAdds(), maps);
        }
        RelevanceAlgorithm algorithm = planner.layerWeights(shape, true);
        return new LayerWork(algorithm.label(),
                planner.multiplyAdds(shape, RuleFamily.LAYER_WEIGHTS, algorithm, nonzeros), maps);
    }

    /** Milliseconds that the machine needs at least. */
    double limit(Machine machine) {
        return Math.max(arithmetic(machine), memory(machine));
    }

    /** Which of the two limits is the higher one. */
    String boundBy(Machine machine) {
        return arithmetic(machine) > memory(machine) ? "arithmetic" : "memory";
    }

    private double arithmetic(Machine machine) {
        return 2 * multiplyAdds / machine.gigaflops() / 1e6;
    }

    private double memory(Machine machine) {
        return bytes / machine.gigabytes() / 1e6;
    }
}
