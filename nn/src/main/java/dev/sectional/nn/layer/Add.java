package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.List;

/**
 * The sum of its inputs, of shapes that broadcast to each other by NumPy's rule: the end of a block of a residual
 * network.
 */
public final class Add implements Merge, PureLayer {
    /** Values that are added together: they stay in the first-level cache. */
    private static final int BLOCK = 2048;

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
        return sum(engine, inputs, Epilogue.NONE);
    }

    @Override
    public boolean canFuse(Layer next) {
        return Clip.limits(next);
    }

    @Override
    public Tensor forwardFused(Engine engine, List<Tensor> inputs, List<Layer> next) {
        return sum(engine, inputs, Clip.epilogue(null, next.get(0)));
    }

    private Tensor sum(Engine engine, List<Tensor> inputs, Epilogue limits) {
        Shape shape = outputShape(inputs.stream().map(Tensor::shape).toList());
        Execution execution = Execution.of(engine);
        List<Tensor> all = inputs.stream().map(each -> expanded(execution, each, shape)).toList();
        Tensor sum = execution.tensor(shape);
        float[] y = sum.data();
        execution.workers().parallelChunks(y.length, (first, end) -> {
            for (int from = first; from < end; from += BLOCK) {
                int count = Math.min(BLOCK, end - from);
                System.arraycopy(all.get(0).data(), from, y, from, count);
                for (int i = 1; i < all.size(); i++) {
                    Epilogue after = i == all.size() - 1 ? limits : Epilogue.NONE;
                    after.add(execution, all.get(i).data(), y, from, count);
                }
                if (all.size() == 1) {
                    limits.add(execution, null, y, from, count);
                }
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

    /** {@return the output gradient for each input, summed where the input was broadcast} */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        return inputs.stream().map(input -> StridedLoop.sumTo(outputGradient, input.shape())).toList();
    }
}
