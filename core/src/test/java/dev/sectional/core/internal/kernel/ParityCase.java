package dev.sectional.core.internal.kernel;

/** One kernel against loops in plain Java. */
@FunctionalInterface
interface ParityCase {
    /**
     * Calls the kernel once; throws an {@link AssertionError} if its result is not the wanted one, or if it wrote
     * elsewhere.
     */
    void check(ParityTrial trial);
}
