package dev.sectional.benchmarks;

import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.SmallChannelConvolution;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
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

/**
 * The nine shapes of VGG16's convolutions: the direct kernels, the layer as a network runs it, and RSP's rule for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "-Xmx2g", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ConvolutionBenchmark {
    private static final int KERNEL = 3;
    private static final ConvolutionGeometry CONVOLUTION = ConvolutionGeometry.of(KERNEL, KERNEL, 1, 1);

    /** Channels in, channels out, side of the map. */
    @Param({"3x64x224", "64x64x224", "64x128x112", "128x128x112", "128x256x56", "256x256x56", "256x512x28",
            "512x512x28", "512x512x14"})
    public String shape;

    private Tensor x;
    private Tensor outputGradient;
    private Tensor filters;
    private PackedMatrix packed;
    private Conv2d layer;
    private Rule rule;

    /** Makes activations as a ReLU leaves them, half of them 0, and relevance of both signs. */
    @Setup(Level.Trial)
    public void make(EngineState state) {
        String[] numbers = shape.split("x");
        int channels = Integer.parseInt(numbers[0]);
        int outputs = Integer.parseInt(numbers[1]);
        int size = Integer.parseInt(numbers[2]);
        x = new Generated(1, 0, 1, Shape.of(size, size, channels)).tensor();
        rule = channels == 3 ? Rules.zBox() : Rsp.rule();
        if (channels != 3) {   // the image itself has both signs
            Execution.of(state.engine).relu(x.data(), 0, x.data().length);
        }
        outputGradient = new Generated(1, 1, 1, Shape.of(size, size, outputs)).tensor();
        layer = Conv2d.of(Generated.parameter(1, 2, Shape.of(outputs, channels, KERNEL, KERNEL))).padding(1);
        filters = layer.weights();
        packed = DirectConvolution.pack(Execution.of(state.engine), filters);
    }

    /** The convolution, direct. */
    @Benchmark
    public Tensor direct(EngineState state) {
        if (AlgorithmPlanner.of(state.engine).exactForward(layer.shapeAt(x.shape()))
                == ConvolutionAlgorithm.SMALL_CHANNEL) {
            return new SmallChannelConvolution(Execution.of(state.engine), CONVOLUTION, x.shape().dim(2))
                    .forward(x, packed, Epilogue.NONE);
        }
        return new DirectConvolution(CONVOLUTION).forward(Execution.of(state.engine), x, packed);
    }

    /** Its gradient against x, direct. */
    @Benchmark
    public Tensor inputGradient(EngineState state) {
        return layer.inputGradient(state.engine, outputGradient, filters, x.shape());
    }

    /** Its gradient against the filters, direct. */
    @Benchmark
    public Tensor filterGradient(EngineState state) {
        return new DirectConvolution(CONVOLUTION).filterGradient(Execution.of(state.engine), x, outputGradient);
    }

    /** The layer in a network, in whatever form it chooses. */
    @Benchmark
    public Tensor layer(EngineState state) {
        return layer.forward(state.engine, x);
    }

    /** Relevance from the layer's output to its input. */
    @Benchmark
    public Propagated relevance(EngineState state) {
        return rule.propagate(state.engine, layer, x, outputGradient);
    }
}
