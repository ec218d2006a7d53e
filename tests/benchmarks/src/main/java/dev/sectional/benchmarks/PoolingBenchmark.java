package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rules;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** VGG16's five poolings, 2x2: the greatest values, and relevance to where they came from. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PoolingBenchmark {
    private static final MaxPool2d POOLING = MaxPool2d.of(2);

    /** Channels, side of the map. */
    @Param({"64x224", "128x112", "256x56", "512x28", "512x14"})
    public String map;

    private Tensor x;
    private Tensor relevance;

    /** Makes maps as a ReLU leaves them, half of them 0, and relevance of both signs. */
    @Setup(Level.Trial)
    public void make(EngineState state) {
        String[] numbers = map.split("x");
        int channels = Integer.parseInt(numbers[0]);
        int size = Integer.parseInt(numbers[1]);
        x = new Generated(1, 2, 1, Shape.of(size, size, channels)).tensor();
        Execution.of(state.engine).relu(x.data(), 0, x.data().length);
        relevance = new Generated(1, 1, 1, POOLING.outputShape(x.shape())).tensor();
    }

    /** Forward. */
    @Benchmark
    public Tensor maxPooling(EngineState state) {
        return POOLING.forward(state.engine, x);
    }

    /** Relevance to the winners. */
    @Benchmark
    public Propagated winner(EngineState state) {
        return Rules.winner().propagate(state.engine, POOLING, x, relevance);
    }
}
