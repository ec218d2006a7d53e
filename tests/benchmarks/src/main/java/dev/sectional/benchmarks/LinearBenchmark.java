package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.layer.Linear;
import java.nio.file.Path;
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

/** VGG16's linear layers over mapped weights: what memory limits, 411 MB a call in the largest. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class LinearBenchmark {
    /** The layer. */
    @Param({"classifier.0", "classifier.3", "classifier.6"})
    public String layer;

    private Linear linear;
    private Tensor x;
    private Tensor outputGradient;

    /** Opens the weights, which are written when they are not there, and makes inputs. */
    @Setup(Level.Trial)
    public void make() {
        Path weights = Vgg16.weights(Vgg16.defaultFolder());
        try (Safetensors file = Safetensors.open(weights)) {   // the mapping outlives the file
            String weight = layer + ".weight";
            linear = Linear.of(file.source(weight));
            x = new Generated(1, 0, 1, Shape.of(file.shape(weight).dim(1))).tensor();
            outputGradient = new Generated(1, 1, 1, Shape.of(file.shape(weight).dim(0))).tensor();
        }
    }

    /** Forward. */
    @Benchmark
    public Tensor linear(EngineState state) {
        return linear.forward(state.engine, x);
    }

    /** The gradient against the input. */
    @Benchmark
    public Tensor linearGradient(EngineState state) {
        return linear.gradient(state.engine, x, outputGradient, outputGradient);
    }
}
