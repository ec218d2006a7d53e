/** The command line. */
module dev.sectional.cli {
    requires dev.sectional.core;
    requires dev.sectional.nn;
    requires dev.sectional.weights;
    requires dev.sectional.attribution;
    requires dev.sectional.images;
    requires dev.sectional.evaluation;
    requires dev.sectional.viewer;
    requires info.picocli;
    requires me.tongfei.progressbar;
    requires com.fasterxml.jackson.core;

    exports dev.sectional.cli;

    opens dev.sectional.cli.internal.command to info.picocli;
    opens dev.sectional.cli.internal.option to info.picocli;
}
