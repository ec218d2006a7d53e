package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.List;

/**
 * A function of two values, element by element, of any shapes that broadcast to each other by NumPy's rule:
 * {@code (H, W, C)} and {@code (1, 1, C)}, for example. The sum is {@link Add}.
 *
 * @param operation the function
 */
public record Arithmetic(Operation operation) implements Merge, PureLayer {
    /** The functions of two numbers a and b. */
    public enum Operation {
        /** {@code a - b}. */
        SUBTRACT("Subtract"),
        /** {@code a b}. */
        MULTIPLY("Multiply"),
        /** {@code a / b}. */
        DIVIDE("Divide"),
        /** The greater of a and b; a if they are equal. */
        MAXIMUM("Maximum"),
        /** The lesser of a and b; a if they are equal. */
        MINIMUM("Minimum");

        private final String kind;

        Operation(String kind) {
            this.kind = kind;
        }

        /** {@return the name of the kind of layer} */
        public String kind() {
            return kind;
        }
    }

    @Override
    public String kind() {
        return operation.kind();
    }

    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.size() != 2) {
            throw new IllegalArgumentException(kind() + " takes two inputs, got " + inputs.size());
        }
        return StridedLoop.broadcast(kind(), inputs.get(0), inputs.get(1));
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = inputs.get(1);
        Tensor y = Tensor.zeros(outputShape(inputs.stream().map(Tensor::shape).toList()));
        StridedLoop loop = StridedLoop.broadcast(y.shape(), a.shape(), b.shape());
        loop.forEachRow(Execution.of(engine), row -> apply(loop, row, a.data(), b.data(), y.data()));
        return y;
    }

    private void apply(StridedLoop loop, int row, float[] a, float[] b, float[] y) {
        int length = loop.length();
        int p = loop.start(0, row);
        int q = loop.start(1, row);
        int at = row * length;
        int stepA = loop.step(0);
        int stepB = loop.step(1);
        for (int i = 0; i < length; i++, p += stepA, q += stepB) {
            y[at + i] = value(a[p], b[q]);
        }
    }

    private float value(float a, float b) {
        return switch (operation) {
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case MAXIMUM -> Math.max(a, b);
            case MINIMUM -> Math.min(a, b);
        };
    }

    /** Computes the gradients; those of a value that was broadcast are summed. Of two equal values the first counts. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        Tensor a = inputs.get(0);
        Tensor b = inputs.get(1);
        Tensor first = Tensor.zeros(outputGradient.shape());
        Tensor second = Tensor.zeros(outputGradient.shape());
        StridedLoop loop = StridedLoop.broadcast(outputGradient.shape(), a.shape(), b.shape());
        loop.forEachRow(Execution.of(engine), row -> {
            int length = loop.length();
            int p = loop.start(0, row);
            int q = loop.start(1, row);
            for (int i = row * length; i < (row + 1) * length; i++, p += loop.step(0), q += loop.step(1)) {
                float g = outputGradient.data()[i];
                first.data()[i] = g * byFirst(a.data()[p], b.data()[q]);
                second.data()[i] = g * bySecond(a.data()[p], b.data()[q]);
            }
        });
        return List.of(StridedLoop.sumTo(first, a.shape()), StridedLoop.sumTo(second, b.shape()));
    }

    private float byFirst(float a, float b) {
        return switch (operation) {
            case SUBTRACT -> 1;
            case MULTIPLY -> b;
            case DIVIDE -> 1 / b;
            case MAXIMUM -> a >= b ? 1 : 0;
            case MINIMUM -> a <= b ? 1 : 0;
        };
    }

    private float bySecond(float a, float b) {
        return switch (operation) {
            case SUBTRACT -> -1;
            case MULTIPLY -> a;
            case DIVIDE -> -a / (b * b);
            case MAXIMUM -> a >= b ? 0 : 1;
            case MINIMUM -> a <= b ? 0 : 1;
        };
    }
}
