package dev.sectional.core.internal.kernel;

import dev.sectional.core.internal.runtime.HostProperties;
import java.lang.module.ModuleFinder;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Decides once per JVM whether the SIMD kernels can load, and how wide their vectors are. {@link SimdKernels} and
 * {@link SimdSpecies} are named only in code that runs after that decision, so the JVM never looks for the classes
 * of the vector module where they are missing.
 */
public final class KernelLookup {
    /**
     * The system property that sets the width of the vectors in bits: 128, 256 or 512. The widest that the
     * processor has is the default. Species are {@code static final} for the JIT compiler, so one JVM has one
     * width.
     */
    public static final String VECTOR_BITS = "sectional.vector.bits";

    /**
     * The system property that makes matrix products of 512-bit vectors compute in the small tiles of narrower ones.
     * They are slower, but the JIT compiler takes 0.3 s less to compile them: for processes that explain one image. A
     * product keeps its bits. A network keeps them as long as the size of a tile decides no layer's algorithm, as with
     * 4 to 9 channels.
     */
    static final String TILES = "sectional.kernel.tiles";

    private static final String MODULE = "jdk.incubator.vector";
    private static final List<String> WIDTHS = List.of("128", "256", "512");
    private static final int LEAST_BITS = 128;
    /** Value of {@value #VECTOR_BITS}; null if it is not set. Read once, like the species. */
    private static final String FORCED = HostProperties.get(VECTOR_BITS);

    private static final String SMALL = "small";
    /** Value of {@value #TILES}; null if it is not set. */
    private static final String TILE_SIZE = HostProperties.get(TILES);

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

    /** Returns whether {@value #VECTOR_BITS} is set. It asks for SIMD of that width and nothing else. */
    public static boolean isWidthForced() {
        return FORCED != null;
    }

    /** Returns the width that {@value #VECTOR_BITS} sets, in bits; 0 if it is not set. */
    static int forcedBits() {
        return FORCED == null ? 0 : Integer.parseInt(FORCED);
    }

    static boolean hasSmallTiles() {
        return SMALL.equals(TILE_SIZE);
    }

    private static final class Simd {
        static final String PROBLEM = problem();

        private static String problem() {
            if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
                return ModuleFinder.ofSystem().find(MODULE).isEmpty() ? "this Java has no module " + MODULE
                        : "start Java with --add-modules " + MODULE;
            }
            if (TILE_SIZE != null && !hasSmallTiles()) {
                return TILES + "=" + TILE_SIZE + " is unknown; use " + SMALL + " or leave it out";
            }
            try {
                String problem = widthProblem(FORCED, () -> SimdSpecies.widestBits());
                return problem == null ? loadingProblem() : problem;
            } catch (SecurityException | LinkageError e) {
                return "the module " + MODULE + " does not load in this host: " + reason(e);
            }
        }

        /** Loads the kernels here, where a failure can still be answered with plain Java. */
        private static String loadingProblem() {
            new SimdKernels();
            return null;
        }

        private static String reason(Throwable e) {
            return e.getCause() == null ? String.valueOf(e.getMessage()) : reason(e.getCause());
        }
    }

    /**
     * Returns why SIMD kernels, although they load, are slower than plain Java; null if they are not. Vector code that
     * the optimising compiler does not compile allocates an object for each operation.
     */
    public static String slowReason() {
        String mode = String.valueOf(HostProperties.get("java.vm.info"));
        return mode.contains("interpreted mode") || mode.contains("emulated-client")
                ? "it needs the optimising compiler, which this Java runs without (" + mode + ")" : null;
    }

    /**
     * Returns why SIMD kernels cannot load, or null.
     *
     * @param forced the value of {@value #VECTOR_BITS}, or null
     * @param widest gives the width of the processor's widest vectors, in bits; asked for after {@code forced} is
     *      found to be a width, as the species cannot have another
     */
    static String widthProblem(String forced, IntSupplier widest) {
        if (forced != null && !WIDTHS.contains(forced)) {
            return VECTOR_BITS + "=" + forced + " is not a vector width; use 128, 256 or 512";
        }
        int widestBits = widest.getAsInt();
        if (widestBits < LEAST_BITS) {
            return "vectors have " + widestBits + " bits on this processor, and " + LEAST_BITS + " is the least";
        }
        return forced != null && Integer.parseInt(forced) > widestBits
                ? VECTOR_BITS + "=" + forced + ", but vectors have " + widestBits + " bits on this processor; use "
                        + widestBits + " or less"
                : null;
    }
}
