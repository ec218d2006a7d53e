package dev.sectional.spark;

import org.apache.spark.sql.SparkSession;

/** A session of two local cores that listens to nobody else. */
final class LocalSpark {
    private LocalSpark() {
    }

    static SparkSession start() {
        SparkSession session = SparkSession.builder().master("local[2]").appName("test")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2).config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1").getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        return session;
    }
}
