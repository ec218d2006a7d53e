package dev.sectional.core.internal.kernel;

/**
 * Decides once whether the SIMD kernels can load. {@link SimdKernels} is named only in methods that run after that decision,
 * so the JVM never looks for the vector module's classes where they are missing.
 */
public final class KernelLookup {
    private KernelLookup() {
    }

    /** Returns the kernels in plain Java. */
    public static Kernels scalar() {
        return new ScalarKernels();
    }

    /** Returns the SIMD kernels. Call it only if {@link #simdProblem} is null. */
    public static Kernels simd() {
        return new SimdKernels();
    }

    /** Returns why the SIMD kernels cannot load and what to do about it, or null if they can. */
    public static String simdProblem() {
        return Simd.PROBLEM;
    }

    private static final class Simd {
        static final String PROBLEM = problem();

        private static String problem() {
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                return "start Java with --add-modules jdk.incubator.vector";
            }
            int lanes = simd().lanes();
            return lanes < 4 ? "this processor's vectors hold " + lanes + " floats, 4 is the least" : null;
        }
    }
}
