package dev.sectional.spark;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.nn.Network;
import dev.sectional.weights.Networks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.imageio.ImageIO;
import org.apache.spark.SparkFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this JVM: each weights file is opened by the first task that asks for it, stays mapped until the JVM ends, and
 * serves all tasks at once. Tasks carry the file's name alone.
 */
final class SharedNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(SharedNetwork.class);
    private static final ConcurrentMap<String, Network> OPEN = new ConcurrentHashMap<>();

    private SharedNetwork() {
    }

    /**
     * The network of a weights file.
     *
     * @param weights a path that this machine sees, or the name of a file that {@code spark-submit --files} sent along
     * @throws InputException if there is no such file or it is no network
     */
    static Network of(String weights) {
        return OPEN.computeIfAbsent(weights, SharedNetwork::open);
    }

    /** How many networks this JVM has open. */
    static int count() {
        return OPEN.size();
    }

    private static Network open(String weights) {
        ImageIO.scanForPlugins();   // the decoders of the job's jar, whoever used ImageIO in this JVM before
        Engine engine = engine();
        try {
            Network network = Networks.open(file(weights), null, engine);
            LOG.info("opened {}, {} classes, {}", weights, network.classes(), engine.describe());
            return network;
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** Each task has a core of its own, so a forward pass stays on its task's thread. */
    private static Engine engine() {
        return Engine.open(Provider.configured(), 1);
    }

    private static Path file(String weights) {
        Path given = Path.of(weights);
        if (Files.exists(given)) {
            return given;
        }
        Path sent = Path.of(SparkFiles.get(given.getFileName().toString()));
        if (Files.exists(sent)) {
            return sent;
        }
        throw new InputException("there is no file " + weights + " on this executor: put it where every executor sees it, or send it "
                + "along with spark-submit --files");
    }
}
