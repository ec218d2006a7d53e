package dev.sectional.weights.onnx;


/** What an edge of an ONNX graph carries: known before any image is, or computed from the image. */
sealed interface Value permits OnnxTensor, Computed {
}
