package dev.sectional.spark;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;

/** SQL functions that explain images. */
public final class SqlFunctions {
    /** Name of the function that {@link #register} adds. */
    public static final String EXPLAIN = "explain";

    private SqlFunctions() {
    }

    /**
     * Adds the function {@code explain(content, method)} to a session: the bytes of an image file and the name of a
     * method, with settings if wanted, give an array of one row of {@link Explanations#SCHEMA}, for the most probable
     * class. An image that cannot be explained gives a row with {@code error} set; a null gives null.
     *
     * @param weights as {@link ExplainSettings#weights}
     */
    public static void register(SparkSession session, String weights) {
        ExplainSettings.rsp(weights);
        UDF2<byte[], String, List<Row>> explain = (content, method) -> {
            if (content == null || method == null) {
                return null;
            }
            return Explanations.rows("the image", content, new ExplainSettings(weights, List.of(method),
                    List.of("top1"), true, ExplainSettings.CLIP));
        };
        session.udf().register(EXPLAIN, explain, DataTypes.createArrayType(Explanations.SCHEMA));
    }
}
