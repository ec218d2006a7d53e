package dev.sectional.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** The most that one core can do: {@link Peak}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Threads(1)
public class PeakBenchmark {
    /** Near 1, so that nothing overflows or gets too small; not a constant to the compiler. */
    public float factor = 0.999999f;

    /** Multiply-adds. */
    @Benchmark
    public float multiplyAdd(MatrixProductBenchmark.Work work) {
        work.mflop += Math.round(Peak.MFLOP);
        return Peak.multiplyAdd(factor);
    }
}
