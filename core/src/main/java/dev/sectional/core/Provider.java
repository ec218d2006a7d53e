package dev.sectional.core;

import dev.sectional.core.internal.kernel.Kernels;

/** Which implementation of the {@link Kernels} to use. */
public enum Provider {
    /** SIMD when the vector module is there, plain Java otherwise. */
    AUTO,
    /** The vector module {@code jdk.incubator.vector}; an error when it is not there. */
    SIMD,
    /** Plain Java. */
    SCALAR;

    /** The system property that names the provider of {@link Engine#open()}: auto, simd or scalar. */
    public static final String PROPERTY = "sectional.provider";

    /**
     * The provider of that name, in any case.
     *
     * @throws InputException if there is none
     */
    public static Provider named(String name) {
        for (Provider provider : values()) {
            if (provider.name().equalsIgnoreCase(name)) {
                return provider;
            }
        }
        throw new InputException("provider '" + name + "' is unknown: use auto, simd or scalar");
    }

    /** What the system property {@value #PROPERTY} asks for; {@link #AUTO} when it is not set. */
    public static Provider configured() {
        String name = System.getProperty(PROPERTY);
        return name == null ? AUTO : named(name);
    }
}
