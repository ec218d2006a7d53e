package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The engine under test. JMH starts a process per combination; the processes differ in nothing else. */
@State(Scope.Benchmark)
public class EngineState {
    /** Which kernels. */
    @Param({"SIMD", "SCALAR"})
    public Provider provider;

    /** How many threads share the work. */
    @Param({"1", "2"})
    public int threads;

    Engine engine;

    /** Starts the threads. */
    @Setup(Level.Trial)
    public void open() {
        engine = Engine.open(provider, threads);
    }

    /** Ends them. */
    @TearDown(Level.Trial)
    public void close() {
        engine.close();
    }
}
