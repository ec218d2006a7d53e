/**
 * Tensors, operations on them and safetensors files, computed in plain Java or with the vector module where it is
 * present. Kernels are not exported to any module; the other internal packages are exported to the modules named here
 * alone.
 */
module dev.sectional.core {
    requires static jdk.incubator.vector;

    exports dev.sectional.core;
    exports dev.sectional.core.io;
    exports dev.sectional.core.ops;
    exports dev.sectional.core.internal.conv to dev.sectional.nn;
    exports dev.sectional.core.internal.exec to dev.sectional.nn, dev.sectional.attribution;
    exports dev.sectional.core.internal.linear to dev.sectional.nn;
    exports dev.sectional.core.internal.runtime to dev.sectional.nn, dev.sectional.attribution;
    exports dev.sectional.core.internal.json to dev.sectional.nn, dev.sectional.weights, dev.sectional.evaluation,
            dev.sectional.viewer;
}
