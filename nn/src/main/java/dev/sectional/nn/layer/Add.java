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
        Tensor sum = expanded(execution, inputs.get(0), shape);
        for (Tensor addend : inputs.subList(1, inputs.size())) {
            Tensor all = addend.shape().equals(shape) ? addend : expanded(execution, addend, shape);
            execution.add(all.data(), 0, sum.data(), 0, sum.data().length);
        }
        return sum;
    }

    /** Returns a copy that is broadcast to a shape. */
    private static Tensor expanded(Execution execution, Tensor x, Shape shape) {
        if (x.shape().equals(shape)) {
            return x.copy();
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
