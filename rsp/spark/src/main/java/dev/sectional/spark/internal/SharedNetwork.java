package dev.sectional.spark.internal;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of this JVM: each weights file is opened by the first task that asks for it, stays mapped until the JVM ends, and
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
     * @param weights a path that this machine sees, or the name of a file that {@code spark-submit --files} sent along; null for the
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
            Network network = weights.isEmpty() ? drawn(engine) : ModelFiles.open(SharedFiles.file(weights), null, engine);
            LOG.info("opened {}, {} classes, {}", weights.isEmpty() ? "the network of drawn scenes" : weights, network.classes(), engine.describe());
            return network;
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** The network of drawn scenes lies in the jar, and files alone are mapped; a mapped file may be deleted. */
    public static Network drawn(Engine engine) {
        Path copy = null;
        try (InputStream in = SyntheticShapes.model()) {
            copy = Files.createTempFile("sectional-", ".safetensors");
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return ModelFiles.open(copy, null, engine);
        } catch (IOException e) {
            throw new InputException("cannot put a model into " + System.getProperty("java.io.tmpdir") + ": " + Reasons.of(e)
                    + "; make room there", e);
        } finally {
            if (copy != null) {
                copy.toFile().delete();
            }
        }
    }

    /** Each task has a core of its own, so a forward pass stays on its task's thread. */
    private static Engine engine() {
        return Engine.open(Provider.configured(), 1);
    }
}
