package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.launcher.PostDiscoveryFilter;

/**
 * Skips all tests of a JVM whose forced width of vectors the processor lacks, and says so in the log. Maven runs
 * the tests once for each width there is. The filter asks the vector module itself and not the code under test: a
 * width that the processor has and that {@link KernelLookup} refuses fails the tests.
 */
public final class VectorWidthFilter implements PostDiscoveryFilter {
    private static final String FORCED = System.getProperty(KernelLookup.VECTOR_BITS);
    private static final boolean SKIP = Boolean.getBoolean("sectional.test.skipMissingWidth") && isMissing();

    private static boolean isMissing() {
        int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        boolean missing = Integer.parseInt(FORCED) > widest;
        if (missing) {
            System.out.println("SKIPPED: all tests with " + FORCED + "-bit vectors; vectors have " + widest
                    + " bits on this processor");
        }
        return missing;
    }

    @Override
    public FilterResult apply(TestDescriptor test) {
        return FilterResult.includedIf(!SKIP);
    }
}
