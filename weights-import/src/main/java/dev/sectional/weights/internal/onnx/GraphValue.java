package dev.sectional.weights.internal.onnx;




/** What an edge of an ONNX graph carries: known before any image is, or computed from the image. */
sealed interface GraphValue permits ConstantValue, DynamicValue {
}
