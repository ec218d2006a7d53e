package dev.sectional.cli.internal.command;

import dev.sectional.core.Engine;
import picocli.CommandLine;

/** Answers {@code --version}: the versions of Sectional and Java, and the provider of the kernels. */
final class Version implements CommandLine.IVersionProvider {
    /** Returns the version in the manifest of the jar; null when the classes do not come from a jar. */
    static String ofProduct() {
        return Version.class.getPackage().getImplementationVersion();
    }

    @Override
    public String[] getVersion() {
        try (Engine engine = Engine.open()) {
            String version = ofProduct();
            return new String[] {
                "sectional " + (version == null ? "(unpackaged)" : version),
                "java " + Runtime.version() + ", " + System.getProperty("java.vendor"),
                "provider " + engine.describe()
            };
        }
    }
}
