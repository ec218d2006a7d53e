package dev.sectional.spark.internal;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.io.MappedFile;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.nn.Network;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.imageio.ImageIO;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this JVM. The first task that needs a weights file opens it; the network then serves all tasks at
 * once and stays mapped until the JVM ends. A file of this machine that changed since is opened anew; one that a URI
 * names is not looked at again. Tasks carry the name of the file only.
 */
public final class SharedNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(SharedNetwork.class);
    private static final ConcurrentMap<String, Network> OPEN = new ConcurrentHashMap<>();
    private static final ConcurrentMap<String, String> IDENTITIES = new ConcurrentHashMap<>();
    /** Start of the name of a local property of Spark: the identity of the weights that follow, on the driver. */
    private static final String IDENTITY = "sectional.identity.";

    private SharedNetwork() {
    }

    /**
     * Returns the network of a weights file.
     *
     * @param weights as {@link SharedFiles#file} takes it; null for the network of synthetic shapes
     * @throws InputException if there is no such file, it contains no network, or it differs from the driver's
     */
    public static Network of(String weights) {
        if (weights == null) {
            return OPEN.computeIfAbsent("", SharedNetwork::open);
        }
        try {
            String version = version(weights);
            requireSame(weights, version);
            return OPEN.computeIfAbsent(version, missing -> open(weights));
        } catch (InputException e) {
            LOG.error("cannot open the network: {}", e.getMessage());   // before Spark's own report of the failed task
            throw e;
        }
    }

    /** Makes the tasks of this thread's jobs refuse weights that differ from those of the driver. */
    public static void expect(SparkContext context, String weights, String identity) {
        context.setLocalProperty(IDENTITY + weights, identity);
        IDENTITIES.put(version(weights), identity);
    }

    /** Returns the name of a file with what changes when the file does, unless that takes a look at another machine. */
    private static String version(String weights) {
        if (SharedFiles.remote(weights)) {
            return weights;
        }
        Path file = SharedFiles.path(weights);
        try {
            return weights + ", " + Files.size(file) + " bytes of " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return weights;   // Opening it says what is wrong.
        }
    }

    private static void requireSame(String weights, String version) {
        TaskContext task = TaskContext.get();
        String wanted = task == null ? null : task.getLocalProperty(IDENTITY + weights);
        if (wanted == null) {
            return;
        }
        String found = IDENTITIES.computeIfAbsent(version, missing -> SharedFiles.identity(weights));
        if (!wanted.equals(found)) {
            throw new InputException("weights " + weights + " on " + SharedFiles.host() + " are " + found
                    + ", those of the driver " + wanted + ": put the same file on every machine, or name it by a URI");
        }
    }

    /** Returns the number of networks that this JVM has open. */
    public static int count() {
        return OPEN.size();
    }

    /** Returns the name of a network's provider, as in the column {@code provider}: {@code simd} or {@code scalar}. */
    public static String provider(Network network) {
        return network.engine().provider().name().toLowerCase(Locale.ROOT);
    }

    /** Returns the product's version, as in the column {@code version}; {@code unpackaged} outside of a jar. */
    public static String version() {
        String version = SharedNetwork.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private static Network open(String weights) {
        ImageIO.scanForPlugins();   // finds the decoders of the job's jar even if ImageIO was used before it was loaded
        // Each task has a core of its own, so that its forward passes stay on one thread.
        Engine engine = Engine.open(Provider.configured(), 1);
        try {
            Network network = weights.isEmpty() ? synthetic(engine)
                    : ModelFiles.load(SharedFiles.file(weights), engine);
            LOG.info("opened {}, {} classes, {}", weights.isEmpty() ? "the network of synthetic shapes" : weights,
                    network.classes(), engine.describe());
            if (!network.card().assumed().isEmpty()) {
                LOG.warn("{} does not say, so assumed: {}", weights, String.join("; ", network.card().assumed()));
            }
            return network;
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** Loads the network of synthetic shapes, which is a resource of the evaluation module. */
    public static Network synthetic(Engine engine) {
        try (InputStream in = SyntheticShapes.model()) {
            return ModelFiles.load(MappedFile.of("the network of synthetic shapes", in), engine, LoadOptions.none());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // only close can throw it, and that of a resource does not
        }
    }
}
