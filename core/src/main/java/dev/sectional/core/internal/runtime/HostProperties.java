package dev.sectional.core.internal.runtime;

/** System properties in hosts that may not let them be read. */
public final class HostProperties {
    private HostProperties() {
    }

    /** Returns the value of a system property; null if it is not set or the host does not let it be read. */
    public static String get(String name) {
        try {
            return System.getProperty(name);
        } catch (SecurityException denied) {
            return null;
        }
    }
}
