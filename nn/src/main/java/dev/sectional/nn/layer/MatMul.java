package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Gemm;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The matrix product of two values, {@code (..., M, K)} times {@code (..., K, N)}, as in attention. The axes before the
 * last two broadcast by NumPy's rule.
 */
public final class MatMul implements Merge, PureLayer {
    @Override
    public boolean mixesTokens() {
        return true;
    }

    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.size() != 2 || Math.min(inputs.get(0).rank(), inputs.get(1).rank()) < 2) {
            throw new IllegalArgumentException("a matrix product takes two values of at least two axes, got " + inputs);
        }
        int[] a = inputs.get(0).dims();
        int[] b = inputs.get(1).dims();
        if (a[a.length - 1] != b[b.length - 2]) {
            throw new IllegalArgumentException("a matrix product takes as many columns as rows, got " + inputs);
        }
        Shape batch = StridedLoop.broadcast("a matrix product", leading(inputs.get(0)), leading(inputs.get(1)));
        return matrices(batch, a[a.length - 2], b[b.length - 1]);
    }

    private static Shape leading(Shape shape) {
        return Shape.of(Arrays.copyOf(shape.dims(), shape.rank() - 2));
    }

    private static Shape matrices(Shape batch, int rows, int columns) {
        int[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
        dims[batch.rank()] = rows;
        dims[batch.rank() + 1] = columns;
        return Shape.of(dims);
    }

    /** One product: sizes, and for each matrix of the batch the first elements of both factors. */
    private record Product(Shape batch, int rows, int inner, int columns, int[] starts, int[] otherStarts) {
        static Product of(Shape a, Shape b, Shape output) {
            int rows = a.dim(a.rank() - 2);
            int inner = a.dim(a.rank() - 1);
            int columns = b.dim(b.rank() - 1);
            Shape batch = leading(output);
            return new Product(batch, rows, inner, columns, starts(batch, leading(a), rows * inner),
                    starts(batch, leading(b), inner * columns));
        }

        private static int[] starts(Shape batch, Shape own, int size) {
            StridedLoop loop = StridedLoop.broadcast(batch, own);
            int[] starts = new int[batch.size()];
            for (int i = 0; i < starts.length; i++) {
                starts[i] = size * (loop.start(0, i / loop.length()) + i % loop.length() * loop.step(0));
            }
            return starts;
        }
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = inputs.get(1);
        Tensor y = Tensor.zeros(outputShape(List.of(a.shape(), b.shape())));
        Product product = Product.of(a.shape(), b.shape(), y.shape());
        Gemm.multiplyPairs(Execution.of(engine), a.data(), product.starts(), product.rows(), b.data(),
                product.otherStarts(), false, product.inner(), product.columns(), y.data());
        return y;
    }

    /** Computes {@code G B^T} and {@code A^T G}, summed over matrices that were broadcast. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        Shape a = inputs.get(0).shape();
        Shape b = inputs.get(1).shape();
        Product product = Product.of(a, b, outputGradient.shape());
        int inner = product.inner();
        int columns = product.columns();
        Tensor first = Tensor.zeros(matrices(product.batch(), product.rows(), inner));
        Tensor second = Tensor.zeros(matrices(product.batch(), inner, columns));
        Execution execution = Execution.of(engine);
        float[] g = outputGradient.data();
        int[] starts = equidistant(product, product.rows() * columns);
        Gemm.multiplyPairs(execution, g, starts, product.rows(), inputs.get(1).data(), product.otherStarts(), true,
                columns, inner, first.data());
        float[] transposed = transposed(execution, product, inputs.get(0).data());
        Gemm.multiplyPairs(execution, transposed, equidistant(product, product.rows() * inner), inner, g, starts, false,
                product.rows(), columns, second.data());
        execution.release(transposed);
        return List.of(StridedLoop.sumTo(first, a), StridedLoop.sumTo(second, b));
    }

    /** Returns the first elements of matrices of one size that lie one after the other. */
    private static int[] equidistant(Product product, int size) {
        return IntStream.range(0, product.batch().size()).map(i -> i * size).toArray();
    }

    /** Returns the transposed first factors, one for each matrix of the batch, in an acquired array. */
    private static float[] transposed(Execution execution, Product product, float[] a) {
        int rows = product.rows();
        int inner = product.inner();
        float[] transposed = execution.acquire(product.batch().size() * rows * inner);
        execution.workers().run(product.batch().size(), matrix -> {
            int from = product.starts()[matrix];
            int to = matrix * rows * inner;
            for (int row = 0; row < rows; row++) {
                for (int k = 0; k < inner; k++) {
                    transposed[to + k * rows + row] = a[from + row * inner + k];
                }
            }
        });
        return transposed;
    }
}
