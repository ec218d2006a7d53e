package dev.sectional.spark.internal;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.nn.Network;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this JVM: each weights file is opened by the first task that asks for it, stays mapped until the JVM
 * ends, and
 * serves all tasks at once. Tasks carry the file's name alone.
 */
public final class SharedNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(SharedNetwork.class);
    private static final ConcurrentMap<String, Network> OPEN = new ConcurrentHashMap<>();

    private SharedNetwork() {
    }

    /**
     * The network of a weights file.
     *
     * @param weights a path that this machine sees, or the name of a file that {@code spark-submit --files} sent along;
     *     null for the
     *     network of drawn scenes
     * @throws InputException if there is no such file or it is no network
     */
    public static Network of(String weights) {
        return OPEN.computeIfAbsent(weights == null ? "" : weights, SharedNetwork::open);
    }

    /** How many networks this JVM has open. */
    public static int count() {
        return OPEN.size();
    }

    private static Network open(String weights) {
        ImageIO.scanForPlugins();   // the decoders of the job's jar, whoever used ImageIO in this JVM before
        Engine engine = engine();
        try {
            Network network = weights.isEmpty() ? drawn(engine) : ModelFiles.load(SharedFiles.file(weights), engine);
            LOG.info("opened {}, {} classes, {}", weights.isEmpty() ? "the network of drawn scenes" : weights,
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

    /** Loads the network of synthetic shapes, which lies in the jar. */
    public static Network drawn(Engine engine) {
        try (InputStream in = SyntheticShapes.model()) {
            return ModelFiles.load("the network of synthetic shapes", in, engine, LoadOptions.none());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // only close can fail, and a resource's does not
        }
    }

    /** Each task has a core of its own, so a forward pass stays on its task's thread. */
    private static Engine engine() {
        return Engine.open(Provider.configured(), 1);
    }
}
