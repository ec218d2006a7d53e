package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.Collections;
import java.util.List;

/** The sum of its inputs, all of one shape: the end of a block of a residual network. */
public final class Add implements Merge, PureLayer {
    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.isEmpty() || inputs.stream().distinct().count() > 1) {
            throw new IllegalArgumentException("a sum takes inputs of one shape, got " + inputs);
        }
        return inputs.get(0);
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        outputShape(inputs.stream().map(Tensor::shape).toList());
        Tensor sum = inputs.get(0).copy();
        for (Tensor addend : inputs.subList(1, inputs.size())) {
            Execution.of(engine).add(addend.data(), 0, sum.data(), 0, sum.data().length);
        }
        return sum;
    }

    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        return Collections.nCopies(inputs.size(), outputGradient);
    }
}
