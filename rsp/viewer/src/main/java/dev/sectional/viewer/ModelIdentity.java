package dev.sectional.viewer;

import java.util.function.Supplier;

/** The file of a network, for records of results. For several threads. */
public final class ModelIdentity {
    /** A network that was built in code. */
    public static final ModelIdentity NONE = new ModelIdentity("", () -> "");

    private final String file;
    private final Supplier<String> digest;
    private String sha256;

    /**
     * @param file its name
     * @param digest calculates its SHA-256 in hexadecimal; called once, when a record first needs it
     */
    public ModelIdentity(String file, Supplier<String> digest) {
        this.file = file;
        this.digest = digest;
    }

    String file() {
        return file;
    }

    synchronized String sha256() {
        if (sha256 == null) {
            sha256 = digest.get();
        }
        return sha256;
    }
}
