package dev.sectional.core;

/**
 * What calculates: the kernels of one provider and the threads that share the work. One engine may serve any number
 * of networks and callers at once.
 */
public final class Engine implements AutoCloseable {
    private final Kernels kernels;
    private final Workers workers;
    private final Buffers buffers = new Buffers();
    private final String note;

    private Engine(Kernels kernels, Workers workers, String note) {
        this.kernels = kernels;
        this.workers = workers;
        this.note = note;
    }

    /**
     * The provider that the property {@value Provider#PROPERTY} asks for, by default the fastest, on all cores.
     *
     * @throws InputException if the provider asked for cannot be had
     */
    public static Engine open() {
        return open(Provider.configured(), Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param threads how many threads work together, at least 1
     * @throws InputException if {@link Provider#SIMD} is asked for and cannot be had
     */
    public static Engine open(Provider provider, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, got " + threads);
        }
        boolean simd = provider != Provider.SCALAR && SimdSupport.PROBLEM == null;
        if (provider == Provider.SIMD && !simd) {
            throw new InputException("the SIMD provider cannot be had: " + SimdSupport.PROBLEM);
        }
        String note = provider == Provider.AUTO && !simd ? "; for SIMD: " + SimdSupport.PROBLEM : "";
        return new Engine(simd ? SimdSupport.kernels() : new ScalarKernels(), new Workers(threads), note);
    }

    /** The innermost loops. */
    public Kernels kernels() {
        return kernels;
    }

    /** The threads. */
    public Workers workers() {
        return workers;
    }

    /** Arrays for passing use. */
    public Buffers buffers() {
        return buffers;
    }

    /** One line for a log: what was chosen, and how to get the faster provider when this is not it. */
    public String describe() {
        int threads = workers.threads();
        return kernels.description() + ", " + threads + (threads == 1 ? " thread" : " threads") + note;
    }

    /** Ends the threads. */
    @Override
    public void close() {
        workers.close();
    }

    /**
     * The one place that decides whether SIMD can be had. {@link SimdKernels} is named only in methods that run after
     * that decision: the JVM then never looks for the vector module's classes where they are missing.
     */
    private static final class SimdSupport {
        static final String PROBLEM = problem();

        private static String problem() {
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                return "start Java with --add-modules jdk.incubator.vector";
            }
            int lanes = kernels().lanes();
            return lanes < 4 ? "this processor's vectors hold " + lanes + " floats, 4 is the least" : null;
        }

        static Kernels kernels() {
            return new SimdKernels();
        }
    }
}
