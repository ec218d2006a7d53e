package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Gemm;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.exec.Execution;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The matrix product that a convolution of 256 channels at 28x28 amounts to, beside what one core could do at most
 * ({@link PeakBenchmark}). Both count {@code mflop}: millions of floating-point operations, here per second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class MatrixProductBenchmark {
    private Tensor a;
    private PackedMatrix b;

    /** What a call is worth. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Work {
        /** Millions of floating-point operations. */
        public long mflop;
    }

    /** Makes the matrices. */
    @Setup(Level.Trial)
    public void make(EngineState state) {
        a = new Generated(1, 0, 1, Shape.of(Product.PLACES, Product.DEPTH)).tensor();
        b = PackedMatrix.of(Execution.of(state.engine),
                new Generated(1, 1, 1, Shape.of(Product.DEPTH, Product.OUTPUTS)).tensor().data(), Product.DEPTH,
                Product.OUTPUTS);
    }

    /** The product. */
    @Benchmark
    public Tensor product(EngineState state, Work work) {
        work.mflop += Math.round(Product.MFLOP);
        return Gemm.multiply(Execution.of(state.engine), a, b);
    }
}
