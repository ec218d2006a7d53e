/** Image files as pixels and as the input of networks; files in and out with one-line errors. */
module dev.sectional.images {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;
    requires transitive dev.sectional.attribution;
    requires transitive java.desktop;
    requires com.drew.metadata;

    exports dev.sectional.images;
    exports dev.sectional.images.figure;
    exports dev.sectional.images.files;
}
