package dev.sectional.benchmarks;


/** What can be compared, by the names of the command line. */
enum EngineName {
    sectional, onnxruntime, pytorch
}
