package dev.sectional.spark;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.report.MethodResult;
import dev.sectional.evaluation.report.Outcomes;
import dev.sectional.evaluation.run.ClassMap;
import dev.sectional.evaluation.run.Evaluation;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.evaluation.run.ImageEvaluator;
import dev.sectional.evaluation.run.ImageResult;
import dev.sectional.evaluation.run.Preprocessing;
import dev.sectional.nn.Network;
import dev.sectional.spark.internal.SharedFiles;
import dev.sectional.spark.internal.SharedNetwork;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Evaluates methods on any number of executors, with the measurements and tables of {@link Evaluation}. Every random
 * number depends on the seed and the image's name alone, so that it does not matter where an image is evaluated.
 */
public final class Evaluations {
    /**
     * One row for each image, method and class: {@code index} of the image in the dataset and its {@code image} name;
     * {@code method}; {@code label} (index) and {@code class} of the dataset, {@code target} of the network;
     * {@code metrics}, for each metric its values by name; {@code explaining} and {@code measuring}, seconds for the
     * image and method; {@code provider}, {@code vector_bits} and {@code version} as in {@link Explanations#SCHEMA};
     * {@code digest} of the image's file and its ground truth, by which {@link #changed} finds stale rows;
     * {@code error}. An image without a class that the network knows has one row with no label.
     */
    public static final StructType SCHEMA = new StructType()
            .add("index", DataTypes.IntegerType)
            .add("image", DataTypes.StringType)
            .add("method", DataTypes.StringType)
            .add("label", DataTypes.IntegerType)
            .add("class", DataTypes.StringType)
            .add("target", DataTypes.IntegerType)
            .add("metrics", DataTypes.createMapType(DataTypes.StringType,
                    DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType)))
            .add("explaining", DataTypes.DoubleType)
            .add("measuring", DataTypes.DoubleType)
            .add("provider", DataTypes.StringType)
            .add("vector_bits", DataTypes.IntegerType)
            .add("version", DataTypes.StringType)
            .add("digest", DataTypes.StringType)
            .add("error", DataTypes.StringType);

    private static final int MOST_NAMES = 10;

    private Evaluations() {
    }

    /**
     * Returns the measurements, by {@link #SCHEMA}.
     *
     * @param partitions number of tasks, at least 1
     * @throws InputException if the dataset is not there
     */
    public static org.apache.spark.sql.Dataset<Row> of(SparkSession session, EvaluationSettings settings,
            int partitions) {
        int images = settings.dataset().images(SharedFiles.dataset(settings.dataset()));
        return of(session.range(0, images, 1, partitions), settings);
    }

    /**
     * Returns the measurements of some images, by {@link #SCHEMA}.
     *
     * @param indices of images in the dataset; each partition is a task
     */
    public static org.apache.spark.sql.Dataset<Row> of(org.apache.spark.sql.Dataset<Long> indices,
            EvaluationSettings settings) {
        return indices.mapPartitions((MapPartitionsFunction<Long, Row>) some -> rows(some, settings),
                Encoders.row(SCHEMA));
    }

    /**
     * Returns the names of images whose files changed since they were evaluated, up to ten. Reads every file, on all
     * executors.
     *
     * @param measured by {@link #SCHEMA}
     * @param partitions number of tasks, at least 1
     */
    public static List<String> changed(org.apache.spark.sql.Dataset<Row> measured, EvaluationSettings settings,
            int partitions) {
        return measured.filter(functions.col("digest").isNotNull()).select("image", "index", "digest").distinct()
                .repartition(partitions)
                .filter((FilterFunction<Row>) row -> !row.getString(2).equals(digest(
                        SharedFiles.dataset(settings.dataset()), row.getInt(1))))
                .select("image").as(Encoders.STRING()).takeAsList(MOST_NAMES);
    }

    /** Returns the digest of an image; null if its files cannot be read. */
    private static String digest(Dataset dataset, int index) {
        try {
            synchronized (dataset) {
                return index < dataset.size() ? dataset.digest(index) : null;
            }
        } catch (RuntimeException e) {
            return null;   // the row of this image says what is wrong
        }
    }

    private static Iterator<Row> rows(Iterator<Long> indices, EvaluationSettings settings) {
        Task task = new Task(settings);
        return new Iterator<>() {
            private Iterator<Row> rows = List.<Row>of().iterator();

            @Override
            public boolean hasNext() {
                while (!rows.hasNext() && indices.hasNext()) {
                    rows = task.rows(indices.next().intValue()).iterator();
                }
                return rows.hasNext();
            }

            @Override
            public Row next() {
                hasNext();
                return rows.next();
            }
        };
    }

    /** Explains and measures the images of one partition. Metrics are for one thread. */
    private static final class Task {
        private final Dataset dataset;
        private final List<Explainer> explainers;
        private final ImageEvaluator evaluator;
        private final Network network;
        /** Digest of the image at hand. */
        private String digest;

        Task(EvaluationSettings settings) {
            dataset = SharedFiles.dataset(settings.dataset());
            explainers = Explainers.named(settings.methods(), settings.smoothing());
            boolean needsNetwork = explainers.stream().anyMatch(Explainer::needsNetwork);
            network = needsNetwork ? SharedNetwork.of(settings.weights()) : null;
            evaluator = new ImageEvaluator(network, network == null ? ClassMap.none(dataset.classes().size())
                    : settings.classes(dataset, network),
                    Preprocessing.named(settings.preprocessing()), settings.metrics(dataset).named(settings.metrics()));
        }

        List<Row> rows(int index) {
            List<Row> rows = new ArrayList<>();
            ImageEvaluator.Prepared image;
            digest = Evaluations.digest(dataset, index);
            try {
                Sample sample;
                synchronized (dataset) {
                    sample = dataset.sample(index);
                }
                image = evaluator.prepare(sample);
            } catch (RuntimeException e) {
                return List.of(row(index, dataset.id(index), null, null, null, message(e)));
            }
            for (Explainer explainer : explainers) {
                try {
                    ImageResult evaluated = evaluator.evaluate(image, explainer);
                    evaluated.cases().forEach(measured -> rows.add(
                            row(index, evaluated.image(), explainer.name(), evaluated, measured, null)));
                    if (evaluated.cases().isEmpty()) {
                        rows.add(row(index, evaluated.image(), explainer.name(), evaluated, null, null));
                    }
                } catch (RuntimeException e) {
                    rows.add(row(index, dataset.id(index), explainer.name(), null, null, message(e)));
                }
            }
            return rows;
        }

        private static String message(RuntimeException e) {
            return e instanceof InputException ? e.getMessage() : e.toString();
        }

        private Row row(int index, String image, String method, ImageResult result, ImageResult.Measured measured,
                String error) {
            Object[] values = new Object[SCHEMA.size()];
            values[SCHEMA.fieldIndex("index")] = index;
            values[SCHEMA.fieldIndex("image")] = image;
            values[SCHEMA.fieldIndex("method")] = method;
            if (measured != null) {
                values[SCHEMA.fieldIndex("label")] = measured.label();
                values[SCHEMA.fieldIndex("class")] = dataset.classes().get(measured.label());
                values[SCHEMA.fieldIndex("target")] = measured.target();
                values[SCHEMA.fieldIndex("metrics")] = scala(measured.metrics());
            }
            if (result != null) {
                values[SCHEMA.fieldIndex("explaining")] = result.explaining();
                values[SCHEMA.fieldIndex("measuring")] = result.measuring();
            }
            if (network != null) {
                values[SCHEMA.fieldIndex("provider")] = SharedNetwork.provider(network);
                values[SCHEMA.fieldIndex("vector_bits")] = network.engine().vectorBits();
            }
            values[SCHEMA.fieldIndex("version")] = SharedNetwork.version();
            values[SCHEMA.fieldIndex("digest")] = digest;
            values[SCHEMA.fieldIndex("error")] = error;
            return RowFactory.create(values);
        }

        private static Object scala(Map<String, Map<String, Double>> metrics) {
            Map<String, Object> outer = new LinkedHashMap<>();
            metrics.forEach((name, values) -> outer.put(name, CollectionConverters.asScala(values)));
            return CollectionConverters.asScala(outer);
        }
    }

    /**
     * The summary of measurements.
     *
     * @param methods one result for each method
     * @param outcomes what became of every image
     */
    public record Result(List<MethodResult> methods, Outcomes outcomes) {
    }

    /**
     * Summarises measurements on the driver, method by method.
     *
     * @param measured by {@link #SCHEMA}, in any order
     */
    public static Result result(org.apache.spark.sql.Dataset<Row> measured, EvaluationSettings settings) {
        Dataset dataset = SharedFiles.dataset(settings.dataset());
        List<Metric> metrics = settings.metrics(dataset).named(settings.metrics());
        List<MethodResult> methods = new ArrayList<>();
        for (Explainer explainer : Explainers.named(settings.methods(), settings.smoothing())) {
            TreeMap<Integer, ImageResult> images = new TreeMap<>();
            measured.filter(functions.col("method").equalTo(explainer.name()).and(functions.col("error").isNull()))
                    .sort("index", "label").toLocalIterator()
                    .forEachRemaining(row -> images.merge(row.getInt(0), evaluated(row), Evaluations::joined));
            methods.add(Evaluation.summarise(explainer.name(), images.values(), metrics, dataset.classes()));
        }
        Map<String, String> skipped = new LinkedHashMap<>();
        Map<String, Map<String, String>> failed = new LinkedHashMap<>();
        for (Row row : measured.filter(functions.col("error").isNotNull()).select("index", "image", "method", "error")
                .sort("index").collectAsList()) {
            if (row.isNullAt(2)) {
                skipped.put(row.getString(1), row.getString(3));
            } else {
                failed.computeIfAbsent(row.getString(2), method -> new LinkedHashMap<>())
                        .put(row.getString(1), row.getString(3));
            }
        }
        measured.filter(functions.col("error").isNull().and(functions.col("label").isNull())).select("image").distinct()
                .collectAsList().forEach(row -> skipped.put(row.getString(0), Evaluation.NO_CLASS));
        int total = (int) measured.select("index").distinct().count();
        return new Result(methods, new Outcomes(total, skipped, failed));
    }

    /** Returns the result of one row: an image with one class, or none. */
    private static ImageResult evaluated(Row row) {
        List<ImageResult.Measured> cases = new ArrayList<>();
        if (!row.isNullAt(SCHEMA.fieldIndex("label"))) {
            Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
            Map<String, scala.collection.Map<String, Double>> of = row.getJavaMap(SCHEMA.fieldIndex("metrics"));
            of.forEach((name, values) -> metrics.put(name, CollectionConverters.asJava(values)));
            cases.add(new ImageResult.Measured(row.getAs("label"), row.getAs("target"), metrics));
        }
        return new ImageResult(row.getAs("image"), row.getAs("method"), row.getAs("explaining"), row.getAs("measuring"),
                cases);
    }

    /** Joins two results of one image; they come in the order of its classes. */
    private static ImageResult joined(ImageResult image, ImageResult more) {
        List<ImageResult.Measured> cases = new ArrayList<>(image.cases());
        cases.addAll(more.cases());
        return new ImageResult(image.image(), image.method(), image.explaining(), image.measuring(), cases);
    }
}
