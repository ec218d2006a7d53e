/** Reads model files of other frameworks. */
module dev.sectional.weights {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;
    requires pickle;
    requires com.google.protobuf;
    requires com.fasterxml.jackson.core;

    exports dev.sectional.weights;
    exports dev.sectional.weights.fetch;
}
