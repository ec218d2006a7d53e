package dev.sectional.core.internal.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.FloatSums;
import dev.sectional.core.internal.conv.Loops;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.io.MappedTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixVectorProductTest {
    /** Rows below and above a block, a task and a range; columns below and above a block and a read. */
    private static final int[][] SIZES = {{1, 1}, {7, 511}, {8, 513}, {33, 8191}, {40, 8200}, {257, 100}, {520, 600}};

    private static TensorSource stored(Tensor matrix) {
        int bytes = Float.BYTES * matrix.data().length;
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(matrix.data());
        return new MappedTensor(matrix.shape(), DType.F32, buffer);
    }

    @Test
    void bothDirectionsAgreeWithPlainLoops() {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            for (int[] size : SIZES) {
                Tensor matrix = Loops.random(1, Shape.of(size));
                Tensor x = Loops.random(2, Shape.of(size[1]));
                Tensor s = Loops.random(3, Shape.of(size[0]));
                FloatSums y = new FloatSums(s.shape());
                FloatSums back = new FloatSums(x.shape());
                for (int i = 0; i < matrix.data().length; i++) {
                    y.add(i / size[1], matrix.data()[i], x.data()[i % size[1]]);
                    back.add(i % size[1], matrix.data()[i], s.data()[i / size[1]]);
                }
                MatrixVectorProduct product = new MatrixVectorProduct(Execution.of(engine), stored(matrix));
                y.require("product of " + matrix, product.multiply(List.of(x)).get(0));
                back.require("transposed product of " + matrix, product.multiplyTransposed(List.of(s)).get(0));
            }
        }
    }

    @Test
    void bitsDoNotDependOnStorageThreadsOrOtherVectors() {
        for (int[] size : SIZES) {
            Tensor matrix = Loops.random(1, Shape.of(size));
            List<Tensor> xs = List.of(Loops.random(2, Shape.of(size[1])), Loops.random(3, Shape.of(size[1])));
            List<Tensor> ss = List.of(Loops.random(4, Shape.of(size[0])), Loops.random(5, Shape.of(size[0])));
            float[] y = null;
            float[] back = null;
            for (int threads : new int[] {1, 3}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    for (TensorSource source : List.of(matrix, stored(matrix))) {
                        MatrixVectorProduct product = new MatrixVectorProduct(Execution.of(engine), source);
                        y = y == null ? product.multiply(xs.subList(1, 2)).get(0).data() : y;
                        back = back == null ? product.multiplyTransposed(ss.subList(1, 2)).get(0).data() : back;
                        assertArrayEquals(y, product.multiply(xs).get(1).data());
                        assertArrayEquals(back, product.multiplyTransposed(ss).get(1).data());
                    }
                }
            }
        }
    }

    @Test
    void ratiosGiveTheBitsOfBothProducts() {
        for (int[] size : SIZES) {
            Tensor matrix = Loops.random(1, Shape.of(size));
            Tensor x = Loops.random(2, Shape.of(size[1]));
            float[] bias = Loops.random(3, Shape.of(size[0])).data();
            float[] r = Loops.random(4, Shape.of(size[0])).data();
            for (int row = 0; row < r.length; row += 3) {
                r[row] = 0;
            }
            for (int threads : new int[] {1, 3}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    Execution execution = Execution.of(engine);
                    MatrixVectorProduct plain = new MatrixVectorProduct(execution, matrix);
                    Tensor s = plain.multiply(List.of(x)).get(0);
                    float[] wanted = s.data().clone();
                    for (int row = 0; row < r.length; row++) {
                        wanted[row] = r[row] == 0 ? 0 : wanted[row];
                    }
                    execution.stabilisedRatio(r, 0, s.data(), bias, 0.5f, 1e-3f, s.data(), 0, 1, r.length,
                            new double[3]);
                    float[] shares = plain.multiplyTransposed(List.of(s)).get(0).data();
                    for (TensorSource source : List.of(matrix, stored(matrix))) {
                        float[] products = new float[r.length];
                        assertArrayEquals(shares, new MatrixVectorProduct(execution, source)
                                .multiplyByRatios(x, r, bias, 0.5f, 1e-3f, products).data());
                        assertArrayEquals(wanted, products);
                    }
                }
            }
        }
    }

    @Test
    void ratiosNeedNoRowWithoutRelevance() {
        Tensor matrix = Tensor.of(Shape.of(3, 2), 1, 2, Float.NaN, Float.NaN, 3, 4);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            float[] products = new float[3];
            Tensor shares = new MatrixVectorProduct(Execution.of(engine), matrix).multiplyByRatios(
                    Tensor.of(Shape.of(2), 1, 1), new float[] {6, 0, 21}, null, 1, 0, products);
            assertArrayEquals(new float[] {2 * 1 + 3 * 3, 2 * 2 + 3 * 4}, shares.data());
            assertArrayEquals(new float[] {3, 0, 7}, products);
        }
    }

    @Test
    void rowsThatEveryVectorMultipliesByZeroAreNotRead() {
        Tensor matrix = Loops.random(1, Shape.of(5, 3));
        BitSet rowsRead = new BitSet();
        TensorSource recorded = new TensorSource() {
            @Override
            public Shape shape() {
                return matrix.shape();
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                rowsRead.set(from / 3);
                matrix.read(from, into, at, count);
            }
        };
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            List<Tensor> ss = List.of(Tensor.of(Shape.of(5), 0, 1, 0, 0, -0f), Tensor.of(Shape.of(5), 0, 0, 0, 2, 0));
            new MatrixVectorProduct(Execution.of(engine), recorded).multiplyTransposed(ss);
        }
        BitSet expected = new BitSet();
        expected.set(1);
        expected.set(3);
        assertEquals(expected, rowsRead);
    }

    @Test
    void refusesVectorsOfAnotherLength() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            MatrixVectorProduct product = new MatrixVectorProduct(execution, Tensor.zeros(Shape.of(2, 3)));
            List<Tensor> two = List.of(Tensor.zeros(Shape.of(2)));
            List<Tensor> three = List.of(Tensor.zeros(Shape.of(3)));
            assertThrows(IllegalArgumentException.class, () -> product.multiply(two));
            assertThrows(IllegalArgumentException.class, () -> product.multiplyTransposed(three));
            Tensor vector = three.get(0);
            assertThrows(IllegalArgumentException.class, () -> new MatrixVectorProduct(execution, vector));
        }
    }
}
