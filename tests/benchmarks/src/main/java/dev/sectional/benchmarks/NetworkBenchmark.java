package dev.sectional.benchmarks;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Vgg;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** VGG16 as a whole; {@code -p size=96,160,224,320,448} shows how it grows with the image. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "-Xmx2g", "--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
public class NetworkBenchmark {
    private static final int BATCH = 8;

    /** Side of the image. */
    @Param("224")
    public int size;

    private Network network;
    private Tensor image;
    private List<Tensor> batch;

    /** How many classes to explain; not asked of the forward pass. */
    @State(Scope.Benchmark)
    public static class Targets {
        /** Classes of the greatest logits. */
        @Param({"1", "2", "4", "8"})
        public int targets;
    }

    /** Opens the weights, which are written when they are not there. */
    @Setup(Level.Trial)
    public void open(EngineState state) {
        network = Vgg.load(Vgg16.weights(Vgg16.defaultFolder()), state.engine);
        image = Vgg16.image(size);
        batch = IntStream.range(0, BATCH).mapToObj(i -> Generated.image(i, size)).toList();
    }

    /** Closes the network. */
    @TearDown(Level.Trial)
    public void close() {
        network.close();
    }

    /** The forward pass. */
    @Benchmark
    public Tensor forward() {
        return network.logits(image);
    }

    /** Eight images together; divide by eight. */
    @Benchmark
    public List<Tensor> batch() {
        return network.logits(batch);
    }

    /** The forward pass and one map per target. */
    @Benchmark
    public List<Attribution> explain(Targets targets) {
        return Rsp.reference().explainAll(network, image, List.of(Target.top(targets.targets)));
    }
}
