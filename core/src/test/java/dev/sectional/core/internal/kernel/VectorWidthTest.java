package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.internal.exec.Execution;
import org.junit.jupiter.api.Test;

/** The width of the vectors: what a forced one asks for is what runs, and what cannot run is refused with a reason. */
class VectorWidthTest {
    @Test
    void theForcedWidthIsTheOneThatRuns() {
        String forced = System.getProperty(Provider.VECTOR_BITS_PROPERTY);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            int lanes = Execution.of(engine).kernels().lanes();
            if (forced != null) {
                assertEquals(Integer.parseInt(forced), Float.SIZE * lanes);
                assertTrue(engine.describe().startsWith("simd, " + forced + "-bit vectors (sectional.vector.bits)"),
                        engine.describe());
            } else {
                assertFalse(engine.describe().contains(Provider.VECTOR_BITS_PROPERTY), engine.describe());
            }
        }
    }

    @Test
    void refusesWidthsThatAreNone() {
        for (String none : new String[] {"", "64", "1024", "wide", "256.0", "-256", " 256"}) {
            assertEquals("sectional.vector.bits=" + none + " is not a vector width; use 128, 256 or 512",
                    KernelLookup.widthProblem(none, 512));
        }
    }

    @Test
    void refusesWidthsThatTheProcessorLacks() {
        assertEquals("sectional.vector.bits=512, but vectors have 256 bits on this processor; use 256 or less",
                KernelLookup.widthProblem("512", 256));
        assertEquals("sectional.vector.bits=256, but vectors have 128 bits on this processor; use 128 or less",
                KernelLookup.widthProblem("256", 128));
        assertEquals("vectors have 64 bits on this processor, and 128 is the least",
                KernelLookup.widthProblem(null, 64));
    }

    @Test
    void takesEveryWidthUpToTheProcessors() {
        for (int widest = 128; widest <= 512; widest *= 2) {
            assertNull(KernelLookup.widthProblem(null, widest));
            for (int bits = 128; bits <= widest; bits *= 2) {
                assertNull(KernelLookup.widthProblem(Integer.toString(bits), widest));
            }
        }
    }
}
