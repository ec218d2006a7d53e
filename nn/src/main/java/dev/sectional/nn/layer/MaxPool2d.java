package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.MaxPooling;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.GradientFusion;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
import java.util.List;

/**
 * Max pooling, as PyTorch's {@code MaxPool2d}: the greatest value of each window, per channel, {@code (H, W, C)} to
 * {@code (H', W', C)}. Padded positions never win. Immutable: the methods that set a property return a copy.
 *
 * <pre>{@code
 * MaxPool2d pool = MaxPool2d.of(3).stride(2).padding(1);
 * }</pre>
 */
public final class MaxPool2d implements GradientFusion, PureLayer {
    private final PoolingGeometry geometry;
    private final MaxPooling pooling;
    private final AutoPadding autoPadding;

    private MaxPool2d(PoolingGeometry geometry, AutoPadding autoPadding) {
        autoPadding.requireOnly(geometry.rows(), geometry.columns());
        this.geometry = geometry;
        this.autoPadding = autoPadding;
        this.pooling = new MaxPooling(geometry);
    }

    /**
     * {@return a pooling with a square window, at least 1, that moves by its own size, without padding}
     *
     * @param kernel rows and columns of the window, at least 1
     */
    public static MaxPool2d of(int kernel) {
        return of(PoolingGeometry.of(kernel, kernel, 0, false));
    }

    /**
     * {@return a pooling with any window}
     *
     * @param geometry window, stride and padding
     */
    public static MaxPool2d of(PoolingGeometry geometry) {
        return new MaxPool2d(geometry, AutoPadding.NONE);
    }

    /**
     * {@return this pooling with one stride in both directions, at least 1}
     *
     * @param both positions from one window to the next, down and to the right
     */
    public MaxPool2d stride(int both) {
        return windows(windows().stride(both, both), geometry.ceil());
    }

    /**
     * {@return this pooling with the same padding on each side, smaller than the window}
     *
     * @param all positions on each of the four sides
     */
    public MaxPool2d padding(int all) {
        return windows(windows().padding(all, all, all, all), geometry.ceil());
    }

    /**
     * {@return this pooling with or without a last window that only begins inside the feature map or the padding before
     * it}
     *
     * @param on whether it counts
     */
    public MaxPool2d ceil(boolean on) {
        return windows(windows(), on);
    }

    /**
     * {@return this pooling with padding that depends on the size of the input, in place of a given padding, which must
     * be 0}
     *
     * @param value how padding follows from the input
     */
    public MaxPool2d autoPadding(AutoPadding value) {
        return new MaxPool2d(geometry, value);
    }

    /** Returns the pooling with the padding for an input {@code (H, W, C)}. */
    MaxPooling at(Shape input) {
        return autoPadding == AutoPadding.NONE ? pooling : new MaxPooling(geometryAt(input));
    }

    private PoolingGeometry geometryAt(Shape input) {
        Windows windows = autoPadding.at(windows(), input.dim(0), input.dim(1));
        return new PoolingGeometry(windows.rows(), windows.columns(), geometry.ceil());
    }

    private Windows windows() {
        return new Windows(geometry.rows(), geometry.columns());
    }

    private MaxPool2d windows(Windows windows, boolean ceil) {
        return new MaxPool2d(new PoolingGeometry(windows.rows(), windows.columns(), ceil), autoPadding);
    }

    /** {@return window, stride and padding; no padding if it depends on the input} */
    public PoolingGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("max pooling takes (H, W, C), got " + input);
        }
        return geometryAt(input).outputShape(input);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return at(x.shape()).max(Execution.of(engine), x);
    }

    /** Routes each output gradient to the first greatest value of its window. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return at(x.shape()).routeToFirstMax(Execution.of(engine), x, outputGradient);
    }

    @Override
    public int fusedGradients(Engine engine, List<Layer> before, List<Tensor> inputs, boolean adds) {
        return !adds && !before.isEmpty() && Clip.limits(before.get(0)) ? 1 : 0;
    }

    /** Limits the output gradients by the maxima: an activation passes or stops a gradient by the value it reaches. */
    @Override
    public Tensor gradientFused(Engine engine, Tensor output, Tensor outputGradient, Tensor addend,
                                List<Layer> before, List<Tensor> inputs) {
        Execution execution = Execution.of(engine);
        Tensor limited = before.isEmpty() ? outputGradient
                : Clip.epilogue(null, before.get(0), output, null).applied(execution, outputGradient);
        Tensor gradient = gradient(engine, inputs.get(0), output, limited);
        if (limited != outputGradient) {
            execution.release(limited);
        }
        if (addend != null) {
            Clip.epilogue(addend.data(), null, null, null).apply(execution, gradient);
        }
        return gradient;
    }

    /**
     * Routes each value of the pooled shape whole to the first greatest unit of its window, in scan order; overlaps add
     * up.
     *
     * @param engine runs the kernels
     * @param x the input, {@code (H, W, C)}
     * @param values {@code (H', W', C)}
     * @return {@code (H, W, C)}, 0 where no maximum is
     */
    public Tensor routeToFirstMax(Engine engine, Tensor x, Tensor values) {
        return at(x.shape()).routeToFirstMax(Execution.of(engine), x, values);
    }
}
