/** Explanations as an interactive page: from a local server, or as one self-contained file. */
module dev.sectional.viewer {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;
    requires transitive dev.sectional.attribution;
    requires transitive dev.sectional.images;
    requires jdk.httpserver;

    exports dev.sectional.viewer;
}
