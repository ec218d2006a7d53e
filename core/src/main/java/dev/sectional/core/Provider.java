package dev.sectional.core;

import dev.sectional.core.internal.kernel.KernelLookup;
import dev.sectional.core.internal.runtime.HostProperties;

/** Implementations of the kernels, the innermost loops of all operations. */
public enum Provider {
    /** SIMD if it loads, plain Java otherwise. */
    AUTO,
    /** The module {@code jdk.incubator.vector}; an error if it does not load. */
    SIMD,
    /** Plain Java. */
    SCALAR;

    /** The system property that names the provider of {@link Engine#open()}: auto, simd or scalar. */
    public static final String PROPERTY = "sectional.provider";

    /**
     * The system property that sets the width of SIMD vectors in bits: 128, 256 or 512; the widest that the processor
     * has by default. The JVM reads it once. An engine that cannot have this width does not open; {@link #SCALAR}
     * ignores it.
     */
    public static final String VECTOR_BITS_PROPERTY = KernelLookup.VECTOR_BITS;

    /**
     * {@return the provider of a name}
     *
     * @param name auto, simd or scalar, in any case
     * @throws InputException if no provider has that name
     */
    public static Provider named(String name) {
        for (Provider provider : values()) {
            if (provider.name().equalsIgnoreCase(name)) {
                return provider;
            }
        }
        throw new InputException("provider '" + name + "' is unknown: use auto, simd or scalar");
    }

    /**
     * {@return the provider that the system property {@value #PROPERTY} names, {@link #AUTO} if it is not set or the
     * host does not let it be read}
     *
     * @throws InputException if no provider has that name
     */
    public static Provider configured() {
        String name = HostProperties.get(PROPERTY);
        return name == null ? AUTO : named(name);
    }
}
