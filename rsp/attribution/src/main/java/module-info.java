/** Relative Sectional Propagation: explanations of a classifier's decisions. */
module dev.sectional.attribution {
    requires transitive dev.sectional.core;
    requires transitive dev.sectional.nn;

    exports dev.sectional.attribution;
    exports dev.sectional.attribution.image;
    exports dev.sectional.attribution.method;
    exports dev.sectional.attribution.internal.text to dev.sectional.cli, dev.sectional.evaluation;
}
