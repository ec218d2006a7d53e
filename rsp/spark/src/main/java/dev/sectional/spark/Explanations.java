package dev.sectional.spark;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Network;
import dev.sectional.spark.internal.SharedNetwork;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Explains the images of a DataFrame: one row for each image, method and target, on any number of executors. The values
 * are those of one machine, to the bit, if all executors have the same provider and vector width. An image that cannot
 * be explained gives one row with {@code error} set. A job fails only if its settings are wrong.
 */
public final class Explanations {
    /** The column that names the image, in the input and in the result. */
    public static final String PATH = "path";
    /** The column with the bytes of the image file, if the input has them. */
    public static final String CONTENT = "content";

    /**
     * The columns of the result: {@code path}; {@code method}; {@code target} (index), {@code label},
     * {@code probability}, {@code logit}; {@code relevance_sum} and {@code relevance_absolute} at the image,
     * {@code positive_share} of the absolute sum; {@code peak_x}, {@code peak_y}, the position of the greatest sum over
     * the channels in pixels of the network's input; {@code heatmap}, PNG; {@code seconds} for the image's forward pass
     * and all its maps; {@code provider} ({@code simd} or {@code scalar}), {@code vector_bits} and {@code version} of
     * the executor, by which mixed clusters are noticed; {@code error}.
     */
    public static final StructType SCHEMA = new StructType()
            .add(PATH, DataTypes.StringType)
            .add("method", DataTypes.StringType)
            .add("target", DataTypes.IntegerType)
            .add("label", DataTypes.StringType)
            .add("probability", DataTypes.FloatType)
            .add("logit", DataTypes.FloatType)
            .add("relevance_sum", DataTypes.DoubleType)
            .add("relevance_absolute", DataTypes.DoubleType)
            .add("positive_share", DataTypes.DoubleType)
            .add("peak_x", DataTypes.IntegerType)
            .add("peak_y", DataTypes.IntegerType)
            .add("heatmap", DataTypes.BinaryType)
            .add("seconds", DataTypes.DoubleType)
            .add("provider", DataTypes.StringType)
            .add("vector_bits", DataTypes.IntegerType)
            .add("version", DataTypes.StringType)
            .add("error", DataTypes.StringType);

    private Explanations() {
    }

    /**
     * Returns the explanations of images.
     *
     * @param images with a column {@code path}; with a column {@code content} too, the images are its bytes, otherwise
     *     each executor reads the files, from any file system that Hadoop knows
     * @throws InputException if there is no column {@code path}
     */
    public static Dataset<Row> of(Dataset<Row> images, ExplainSettings settings) {
        List<String> columns = List.of(images.columns());
        if (!columns.contains(PATH)) {
            throw new InputException("the images have the columns " + String.join(", ", columns) + ": add a column '"
                    + PATH + "' that names each image, and '" + CONTENT + "' if the table has their bytes");
        }
        boolean bytes = columns.contains(CONTENT);
        SerializableConfiguration files = new SerializableConfiguration(images.sparkSession().sparkContext()
                .hadoopConfiguration());
        return images.select(PATH, bytes ? new String[] {CONTENT} : new String[0])
                .mapPartitions((MapPartitionsFunction<Row, Row>) rows -> explain(rows, bytes, settings, files),
                        Encoders.row(SCHEMA));
    }

    private static Iterator<Row> explain(Iterator<Row> rows, boolean bytes, ExplainSettings settings,
            SerializableConfiguration files) {
        Task task = new Task(settings);
        Stream<Row> images = StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, 0), false);
        return images.flatMap(row -> {
            String path = row.getString(0);
            return task.rows(path, () -> {
                if (path == null) {
                    throw new InputException("a row has no '" + PATH + "': give each image a name");
                }
                return bytes ? row.getAs(1) : read(path, files.value());
            }).stream();
        }).iterator();
    }

    /** Returns the rows of one image, given as the bytes of its file. */
    static List<Row> rows(String path, byte[] content, ExplainSettings settings) {
        return new Task(settings).rows(path, () -> content);
    }

    private static byte[] read(String path, Configuration configuration) throws IOException {
        Path file = new Path(path);
        try (FSDataInputStream in = file.getFileSystem(configuration).open(file)) {
            return in.readAllBytes();
        }
    }

    /** The bytes of an image file. */
    private interface Content {
        byte[] read() throws IOException;
    }

    /** Explains the images of one partition. */
    private static final class Task {
        private final ExplainSettings settings;
        private final Network network;
        private final List<Method> methods;
        private final List<Target> targets;

        Task(ExplainSettings settings) {
            this.settings = settings;
            network = SharedNetwork.of(settings.weights());
            methods = settings.methods().stream().map(Methods::named).toList();
            targets = settings.targets().stream().map(text -> Target.parse(text, network.card().labels())).toList();
        }

        List<Row> rows(String path, Content content) {
            try {
                return explain(path, content.read());
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                return List.of(failure(path, network, e));
            }
        }

        private List<Row> explain(String path, byte[] content) {
            if (content == null) {
                throw new InputException(path + ": column '" + CONTENT + "' is empty");
            }
            if (content.length == 0) {
                throw new InputException(path + " is empty: replace it");
            }
            InputImage image = InputImage.of(java.nio.file.Path.of(path), content, network);
            long began = System.nanoTime();
            List<Attribution> attributions = new ArrayList<>();
            for (Method method : methods) {
                attributions.addAll(method.explainAll(network, image.tensor(), targets));
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            return attributions.stream().map(attribution -> row(path, attribution, seconds, settings, network))
                    .toList();
        }
    }

    private static Row row(String path, Attribution attribution, double seconds, ExplainSettings settings,
            Network network) {
        double sum = attribution.relevance().sum();
        double absolute = attribution.relevance().sumOfAbsolutes();
        int width = attribution.relevance().shape().dim(2);
        int peak = peak(attribution);
        byte[] heatmap = settings.heatmaps() ? png(Heatmap.of(attribution.relevance(), settings.clip())) : null;
        return RowFactory.create(path, attribution.method(), attribution.target(), attribution.label(),
                attribution.probability(),
                attribution.logit(), sum, absolute, absolute == 0 ? null : (Double) ((sum + absolute) / 2 / absolute),
                peak % width, peak / width, heatmap, seconds, SharedNetwork.provider(network),
                network.engine().vectorBits(), SharedNetwork.version(), null);
    }

    private static int peak(Attribution attribution) {
        float[] relevance = attribution.relevance().data();
        float[] sums = new float[attribution.relevance().shape().dim(1) * attribution.relevance().shape().dim(2)];
        for (int i = 0; i < relevance.length; i++) {
            sums[i % sums.length] += relevance[i];
        }
        int peak = 0;
        for (int i = 1; i < sums.length; i++) {
            peak = sums[i] > sums[peak] ? i : peak;
        }
        return peak;
    }

    private static byte[] png(Heatmap map) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PngWriter.write(out, map.width(), map.height(), map.rgb());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // writing to memory does not fail
        }
        return out.toByteArray();
    }

    private static Row failure(String path, Network network, Throwable e) {
        Object[] values = new Object[SCHEMA.size()];
        values[0] = path;
        values[SCHEMA.fieldIndex("provider")] = SharedNetwork.provider(network);
        values[SCHEMA.fieldIndex("vector_bits")] = network.engine().vectorBits();
        values[SCHEMA.fieldIndex("version")] = SharedNetwork.version();
        values[SCHEMA.fieldIndex("error")] = message(path, e);
        return RowFactory.create(values);
    }

    private static String message(String path, Throwable e) {
        if (e instanceof InputException) {
            return e.getMessage();
        }
        return e instanceof OutOfMemoryError ? path + ": the memory of the executor does not suffice ("
                + e.getMessage() + "): raise spark.executor.memory, or lower spark.executor.cores" : e.toString();
    }
}
