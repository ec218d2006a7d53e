/** Images and arrays, from files and to files. */
module dev.sectional.images {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;
    requires transitive java.desktop;
    requires com.drew.metadata;

    exports dev.sectional.images;
}
