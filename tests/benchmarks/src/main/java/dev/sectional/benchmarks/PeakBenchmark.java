package dev.sectional.benchmarks;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
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

/** The most that one core can do: fused multiply-adds on registers, ten chains of them so that none waits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Threads(1)
public class PeakBenchmark {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 10;
    private static final int STEPS = 50_000;
    private static final long MFLOP = 2L * CHAINS * STEPS * SPECIES.length() / 1_000_000;

    /** Near 1, so that nothing overflows or gets too small; not a constant to the compiler. */
    public float factor = 0.999999f;

    /** Multiply-adds. */
    @Benchmark
    public float multiplyAdd(MatrixProductBenchmark.Work work) {
        work.mflop += MFLOP;
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        FloatVector a = f;
        FloatVector b = f.add(1);
        FloatVector c = f.add(2);
        FloatVector d = f.add(3);
        FloatVector e = f.add(4);
        FloatVector g = f.add(5);
        FloatVector h = f.add(6);
        FloatVector i = f.add(7);
        FloatVector j = f.add(8);
        FloatVector k = f.add(9);
        for (int step = 0; step < STEPS; step++) {
            a = a.fma(f, f);
            b = b.fma(f, f);
            c = c.fma(f, f);
            d = d.fma(f, f);
            e = e.fma(f, f);
            g = g.fma(f, f);
            h = h.fma(f, f);
            i = i.fma(f, f);
            j = j.fma(f, f);
            k = k.fma(f, f);
        }
        return a.add(b).add(c).add(d).add(e).add(g).add(h).add(i).add(j).add(k).lane(0);
    }
}
