package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The species of all SIMD kernels: as wide as {@value KernelLookup#VECTOR_BITS} sets, or as wide as the processor
 * has, up to 512 bits. The kernels copy it to {@code static final} fields, which the JIT compiler treats as
 * constants.
 */
final class SimdSpecies {
    static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, VectorShape.forBitSize(bits()));
    /** As many ints as {@link #FLOAT} has floats. */
    static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());

    private SimdSpecies() {
    }

    /** Returns the width of the widest vectors that this JVM compiles to single instructions, in bits. */
    static int widestBits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    private static int bits() {
        if (KernelLookup.isWidthForced()) {
            return KernelLookup.forcedBits();
        }
        int bits = 512;   // the kernels know no wider vectors
        while (bits > widestBits() && bits > 64) {
            bits /= 2;
        }
        return bits;
    }
}
