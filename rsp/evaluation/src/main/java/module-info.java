/** Datasets with ground truth, the metrics that judge maps by it, and their reports. */
module dev.sectional.evaluation {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;
    requires transitive dev.sectional.attribution;
    requires transitive dev.sectional.images;
    requires java.xml;
    requires com.fasterxml.jackson.core;
    requires io.jhdf;

    exports dev.sectional.evaluation;
    exports dev.sectional.evaluation.data;
    exports dev.sectional.evaluation.metric;
    exports dev.sectional.evaluation.report;
    exports dev.sectional.evaluation.run;
    exports dev.sectional.evaluation.metric.faithfulness;
    exports dev.sectional.evaluation.metric.randomisation;
    exports dev.sectional.evaluation.metric.similarity;
}
