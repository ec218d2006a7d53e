package dev.sectional.benchmarks;


/** The jobs that take turns. */
enum Job {
    ONNX_RUNTIME, ONNX_RUNTIME_BATCH, PYTORCH, FORWARD, EXPLAIN_ONE, EPSILON_PLUS, GRAD_CAM, GRADIENT, EXPLAIN_TWO,
            BATCH, SCALAR, PEAK, PRODUCT
}
