package dev.sectional.weights.internal.onnx;

/** The value of an edge of an ONNX graph: constant at import, or computed from the image. */
sealed interface GraphValue permits ConstantValue, DynamicValue {
}
