/** Tensors, kernels and safetensors files, in plain Java or with the vector module when it is present. */
module dev.sectional.core {
    requires static jdk.incubator.vector;

    exports dev.sectional.core;
}
