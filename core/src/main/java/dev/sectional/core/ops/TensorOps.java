package dev.sectional.core.ops;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.MaxPooling;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.linear.MatrixVectorProduct;
import java.util.List;

/**
 * Tensor operations for relevance rules and other code that extends Sectional, computed by an engine's kernels and
 * threads.
 *
 * <p>Layouts: feature maps are channels last, {@code (H, W, C)}; convolution filters are {@code (kh, kw, C, O)}, see
 * {@link FilterLayout}; matrices of linear layers are {@code (M, N)}, M outputs by N inputs. Convolutions have one
 * group.
 *
 * <p>Every operation returns a new tensor, which belongs to the caller, and leaves its arguments as they are. Results
 * are float32; no bit of them depends on the number of threads. An operation throws {@link IllegalArgumentException}
 * if shapes do not fit, and {@link IllegalStateException} after its engine is closed. An instance is safe for use by
 * several threads at once.
 */
public final class TensorOps {
    private final Execution known;

    private TensorOps(Execution execution) {
        this.known = execution;
    }

    private Execution execution() {
        known.workers().requireOpen();
        return known;
    }

    /**
     * {@return the operations of an engine} The instance holds no resources of its own.
     *
     * @param engine runs the operations; stays the caller's
     */
    public static TensorOps of(Engine engine) {
        return new TensorOps(Execution.of(engine));
    }

    /**
     * Returns the convolution {@code y[p,o] = sum over k, c of x[p*stride + k*dilation - padding, c] *
     * filters[k,c,o]}, without bias. Positions outside x count as 0.
     *
     * @param x {@code (H, W, C)}
     * @param filters {@code (kh, kw, C, O)}
     * @param geometry stride, padding and dilation of a kernel of kh by kw
     * @return {@code (H', W', O)}, the shape of {@link ConvolutionGeometry#outputShape}
     */
    public Tensor convolution(Tensor x, Tensor filters, ConvolutionGeometry geometry) {
        requireConvolution(x.shape(), filters.shape(), geometry);
        return new DirectConvolution(geometry).forward(execution(), x, filters);
    }

    /**
     * Returns the gradient of {@code sum(convolution(x, filters) * outputGradient)} with respect to x, also called
     * transposed convolution.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param filters {@code (kh, kw, C, O)}
     * @param geometry the geometry of the convolution
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor convolutionInputGradient(Tensor outputGradient, Tensor filters, ConvolutionGeometry geometry,
                                           Shape input) {
        requireConvolution(input, filters.shape(), geometry);
        return new DirectConvolution(geometry).inputGradient(execution(), outputGradient, filters, input);
    }

    /**
     * Returns the gradient of {@code sum(convolution(x, filters) * outputGradient)} with respect to the filters.
     *
     * @param x {@code (H, W, C)}
     * @param outputGradient {@code (H', W', O)}
     * @param geometry the geometry of the convolution
     * @return {@code (kh, kw, C, O)}
     */
    public Tensor convolutionFilterGradient(Tensor x, Tensor outputGradient, ConvolutionGeometry geometry) {
        requireFeatureMap("x", x.shape());
        requireFeatureMap("the output gradient", outputGradient.shape());
        return new DirectConvolution(geometry).filterGradient(execution(), x, outputGradient);
    }

    /**
     * Returns the product {@code y = A x} of a matrix and a vector, without bias.
     *
     * @param matrix {@code (M, N)}; may stay in a mapped file
     * @param x {@code (N)}
     * @return {@code (M)}
     */
    public Tensor linear(TensorSource matrix, Tensor x) {
        return new MatrixVectorProduct(execution(), matrix).multiply(List.of(x)).get(0);
    }

    /**
     * Returns the product {@code x = A^T y} of a transposed matrix and a vector: the input gradient of {@link #linear}.
     *
     * @param matrix {@code (M, N)}; may stay in a mapped file
     * @param y {@code (M)}
     * @return {@code (N)}
     */
    public Tensor linearTransposed(TensorSource matrix, Tensor y) {
        return new MatrixVectorProduct(execution(), matrix).multiplyTransposed(List.of(y)).get(0);
    }

    /**
     * {@return {@code max(x, 0)}, of any shape} NaN stays NaN.
     *
     * @param x of any shape
     */
    public Tensor positivePart(Tensor x) {
        return filled(x.shape(), (y, start, end) -> {
            for (int i = start; i < end; i++) {
                y[i] = Math.max(x.data()[i], 0f);
            }
        });
    }

    /**
     * {@return {@code min(x, 0)}, of any shape: negative elements keep their sign} NaN stays NaN.
     *
     * @param x of any shape
     */
    public Tensor negativePart(Tensor x) {
        return filled(x.shape(), (y, start, end) -> {
            for (int i = start; i < end; i++) {
                y[i] = Math.min(x.data()[i], 0f);
            }
        });
    }

    /**
     * {@return {@code |x|}, of any shape}
     *
     * @param x of any shape
     */
    public Tensor absolute(Tensor x) {
        return filled(x.shape(), (y, start, end) -> {
            for (int i = start; i < end; i++) {
                y[i] = Math.abs(x.data()[i]);
            }
        });
    }

    /**
     * {@return {@code factor * x}, of any shape}
     *
     * @param factor multiplies every element
     * @param x of any shape
     */
    public Tensor scaled(float factor, Tensor x) {
        return filled(x.shape(), (y, start, end) ->
                known.addScaled(factor, x.data(), start, y, start, end - start));
    }

    /**
     * {@return the elementwise sum {@code a + b} of two tensors of one shape}
     *
     * @param a of any shape
     * @param b of the shape of {@code a}
     */
    public Tensor sum(Tensor a, Tensor b) {
        requireSameShape("sum", a, b);
        return filled(a.shape(), (y, start, end) -> {
            System.arraycopy(a.data(), start, y, start, end - start);
            known.add(b.data(), start, y, start, end - start);
        });
    }

    /**
     * {@return the elementwise product {@code a * b} of two tensors of one shape}
     *
     * @param a of any shape
     * @param b of the shape of {@code a}
     */
    public Tensor product(Tensor a, Tensor b) {
        requireSameShape("product", a, b);
        return filled(a.shape(), (y, start, end) -> {
            System.arraycopy(a.data(), start, y, start, end - start);
            known.multiply(b.data(), start, y, start, end - start);
        });
    }

    /**
     * {@return the elementwise ratio {@code a / b} of two tensors of one shape, and 0 wherever b is 0 (or -0):
     * {@code a / 0 = 0} and {@code 0 / 0 = 0}, so that positions without a contribution receive nothing} A NaN in a
     * or b gives NaN elsewhere.
     *
     * @param a of any shape
     * @param b of the shape of {@code a}
     */
    public Tensor ratio(Tensor a, Tensor b) {
        requireSameShape("ratio", a, b);
        return filled(a.shape(), (y, start, end) -> known.divide(a.data(), b.data(), y, start, end));
    }

    /**
     * {@return the stabilised elementwise ratio {@code a / (b + epsilon * sign(b))} of two tensors of one shape,
     * {@code sign(0)} being 1} With an epsilon of 0 it is {@link #ratio(Tensor, Tensor)}: 0 wherever b is 0. Each
     * division is computed in float64.
     *
     * @param a of any shape
     * @param b of the shape of {@code a}
     * @param epsilon the stabiliser, finite and at least 0; relevance rules usually take 1e-6
     */
    public Tensor ratio(Tensor a, Tensor b, double epsilon) {
        requireSameShape("ratio", a, b);
        if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
            throw new IllegalArgumentException("a stabiliser epsilon is finite and at least 0, got " + epsilon);
        }
        if (epsilon == 0) {
            return ratio(a, b);
        }
        return filled(a.shape(), (y, start, end) -> {
            for (int i = start; i < end; i++) {
                double denominator = b.data()[i] + (b.data()[i] < 0 ? -epsilon : epsilon);
                y[i] = (float) (a.data()[i] / denominator);
            }
        });
    }

    /**
     * Returns the greatest element of each window, channel by channel.
     *
     * @param x {@code (H, W, C)}
     * @param geometry window, stride and padding; padded positions never win
     * @return {@code (H', W', C)}, the shape of {@link PoolingGeometry#outputShape}
     */
    public Tensor maxPooling(Tensor x, PoolingGeometry geometry) {
        requireFeatureMap("x", x.shape());
        return new MaxPooling(geometry).max(execution(), x);
    }

    /**
     * Scatters one value per window to the window's maximum: the whole value goes to the first greatest element of
     * the window in scan order, also in a window of equal elements. Where windows overlap, their values are added.
     * This is the gradient of max pooling and its relevance rule.
     *
     * @param values {@code (H', W', C)}, one value per window and channel
     * @param x the pooled feature map {@code (H, W, C)}
     * @param geometry the geometry of the pooling
     * @return {@code (H, W, C)}
     */
    public Tensor scatterToMaxima(Tensor values, Tensor x, PoolingGeometry geometry) {
        requireFeatureMap("x", x.shape());
        return new MaxPooling(geometry).routeToFirstMax(execution(), x, values);
    }

    /**
     * {@return the sum of all elements of a tensor of any shape, in float64}
     *
     * @param x of any shape
     */
    public double sum(Tensor x) {
        return ChunkedReduction.sumOfChunks(execution(), x.data().length, x::sum);
    }

    /**
     * Returns the sum of each channel over all positions, in float64.
     *
     * @param x {@code (H, W, C)}
     * @return C sums
     */
    public double[] channelSums(Tensor x) {
        requireFeatureMap("x", x.shape());
        double[] sums = new double[x.shape().dim(2)];
        for (int start = 0; start < x.data().length; start += sums.length) {
            for (int c = 0; c < sums.length; c++) {
                sums[c] += x.data()[start + c];
            }
        }
        return sums;
    }

    /**
     * Returns the sum over the channels at each position, accumulated in float64.
     *
     * @param x {@code (H, W, C)}
     * @return {@code (H, W)}
     */
    public Tensor sumOverChannels(Tensor x) {
        requireFeatureMap("x", x.shape());
        int channels = x.shape().dim(2);
        return filled(Shape.of(x.shape().dim(0), x.shape().dim(1)), (y, start, end) -> {
            for (int i = start; i < end; i++) {
                y[i] = (float) x.sum(i * channels, (i + 1) * channels);
            }
        });
    }

    /** Writes the elements {@code start <= i < end} of a result that holds zeros. */
    private interface Chunk {
        void write(float[] y, int start, int end);
    }

    private Tensor filled(Shape shape, Chunk chunk) {
        Tensor y = Tensor.zeros(shape);
        execution().workers().parallelChunks(y.data().length, (start, end) -> chunk.write(y.data(), start, end));
        return y;
    }

    private static void requireSameShape(String operation, Tensor a, Tensor b) {
        if (!a.shape().equals(b.shape())) {
            throw new IllegalArgumentException("a " + operation + " takes two tensors of one shape, got " + a.shape()
                    + " and " + b.shape());
        }
    }

    private static void requireFeatureMap(String name, Shape shape) {
        if (shape.rank() != 3) {
            throw new IllegalArgumentException("wanted " + name + " as a feature map (H, W, C), got shape " + shape);
        }
    }

    private static void requireConvolution(Shape x, Shape filters, ConvolutionGeometry geometry) {
        requireFeatureMap("x", x);
        int height = geometry.rows().size();
        int width = geometry.columns().size();
        if (filters.rank() != 4 || filters.dim(0) != height || filters.dim(1) != width || filters.dim(2) != x.dim(2)) {
            throw new IllegalArgumentException("for x of shape " + x + " and a kernel of " + height + "x" + width
                    + " wanted filters (" + height + ", " + width + ", " + x.dim(2) + ", O), got shape " + filters);
        }
    }
}
