package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.List;

/**
 * The sum of its inputs, of shapes that broadcast to each other by NumPy's rule: the end of a block of a residual
 * network.
 */
public final class Add implements Merge, PureLayer {
    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("a sum takes at least one input, got none");
        }
        Shape sum = inputs.get(0);
        for (Shape addend : inputs.subList(1, inputs.size())) {
            sum = StridedLoop.broadcast("a sum", sum, addend);
        }
        return sum;
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Shape shape = outputShape(inputs.stream().map(Tensor::shape).toList());
        Execution execution = Execution.of(engine);
        List<Tensor> all = inputs.stream().map(each -> expanded(execution, each, shape)).toList();
        Tensor sum = execution.tensor(shape);
        execution.workers().parallelChunks(sum.data().length, (from, to) -> {
            System.arraycopy(all.get(0).data(), from, sum.data(), from, to - from);
            for (Tensor addend : all.subList(1, all.size())) {
                execution.add(addend.data(), from, sum.data(), from, to - from);
            }
        });
        return sum;
    }

    /** Returns a tensor that is broadcast to a shape: the tensor itself if it has that shape. */
    private static Tensor expanded(Execution execution, Tensor x, Shape shape) {
        if (x.shape().equals(shape)) {
            return x;
        }
        Tensor y = Tensor.zeros(shape);
        StridedLoop.broadcast(shape, x.shape()).gather(execution, x.data(), y.data());
        return y;
    }

    /** Returns the output gradient for each input, summed where the input was broadcast. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        return inputs.stream().map(input -> StridedLoop.sumTo(outputGradient, input.shape())).toList();
    }
}
