package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import java.util.Arrays;
import java.util.List;

/**
 * The matrix product of two values, {@code (..., M, K)} times {@code (..., K, N)}, as in attention. The axes before the
 * last two broadcast by NumPy's rule.
 */
public final class MatMul implements Merge, PureLayer {
    /** Rows of one task. Fixed, so that the bits do not depend on the threads. */
    private static final int ROWS = 16;

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

        /** A block of rows of the output. */
        private interface Block {
            void run(int matrix, int firstRow, int endRow);
        }

        void forEachBlock(Execution execution, int rowsOfMatrix, Block block) {
            int blocks = (rowsOfMatrix + ROWS - 1) / ROWS;
            execution.workers().run(blocks * batch.size(), task -> {
                int first = task % blocks * ROWS;
                block.run(task / blocks, first, Math.min(rowsOfMatrix, first + ROWS));
            });
        }
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = inputs.get(1);
        Tensor y = Tensor.zeros(outputShape(List.of(a.shape(), b.shape())));
        Product product = Product.of(a.shape(), b.shape(), y.shape());
        Execution execution = Execution.of(engine);
        int inner = product.inner();
        int columns = product.columns();
        product.forEachBlock(execution, product.rows(), (matrix, firstRow, endRow) -> {
            int from = product.starts()[matrix];
            int other = product.otherStarts()[matrix];
            int to = matrix * product.rows() * columns;
            for (int row = firstRow; row < endRow; row++) {
                for (int k = 0; k < inner; k++) {
                    execution.addScaled(a.data()[from + row * inner + k], b.data(), other + k * columns, y.data(),
                            to + row * columns, columns);
                }
            }
        });
        return y;
    }

    /** Computes {@code G B^T} and {@code A^T G}, summed over matrices that were broadcast. */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        Shape a = inputs.get(0).shape();
        Shape b = inputs.get(1).shape();
        Product product = Product.of(a, b, outputGradient.shape());
        Execution execution = Execution.of(engine);
        Tensor first = byFirst(execution, product, inputs.get(1).data(), outputGradient.data());
        Tensor second = bySecond(execution, product, inputs.get(0).data(), outputGradient.data());
        return List.of(StridedLoop.sumTo(first, a), StridedLoop.sumTo(second, b));
    }

    private static Tensor byFirst(Execution execution, Product product, float[] b, float[] g) {
        Tensor gradient = Tensor.zeros(matrices(product.batch(), product.rows(), product.inner()));
        int inner = product.inner();
        int columns = product.columns();
        product.forEachBlock(execution, product.rows(), (matrix, firstRow, endRow) -> {
            int other = product.otherStarts()[matrix];
            for (int row = matrix * product.rows() + firstRow; row < matrix * product.rows() + endRow; row++) {
                for (int k = 0; k < inner; k++) {
                    gradient.data()[row * inner + k] = execution.dot(g, row * columns, b, other + k * columns, columns);
                }
            }
        });
        return gradient;
    }

    private static Tensor bySecond(Execution execution, Product product, float[] a, float[] g) {
        Tensor gradient = Tensor.zeros(matrices(product.batch(), product.inner(), product.columns()));
        int inner = product.inner();
        int columns = product.columns();
        product.forEachBlock(execution, inner, (matrix, firstRow, endRow) -> {
            int from = product.starts()[matrix];
            for (int row = 0; row < product.rows(); row++) {
                int received = (matrix * product.rows() + row) * columns;
                for (int k = firstRow; k < endRow; k++) {
                    execution.addScaled(a[from + row * inner + k], g, received, gradient.data(),
                            (matrix * inner + k) * columns, columns);
                }
            }
        });
        return gradient;
    }
}
