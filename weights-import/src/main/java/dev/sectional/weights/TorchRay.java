package dev.sectional.weights;

import java.util.Map;

/**
 * What TorchRay's VGG16 for Pascal VOC and COCO want: their linear layers are stored as convolutions, which is how they are
 * told. Images keep the scale 0..255 and lose only a mean, every class has a probability of its own, and poolings keep a
 * window that leaves the map.
 */
final class TorchRay {
    static final Map<String, String> IMAGES = Map.of("sectional.mean", mean("123.68", "116.779", "103.939"),
            "sectional.std", mean("1", "1", "1"), "sectional.output", "sigmoid", "sectional.pooling", "ceil");

    private TorchRay() {}

    /** Whether the tensors are under TorchRay's names and in its layout. */
    static boolean stored(Map<String, WeightsFile.Stored> tensors) {
        return tensors.keySet().stream().filter(name -> name.endsWith("classifier.4.weight")).anyMatch(name -> {
            WeightsFile.Stored first = tensors.get(name.replace("classifier.4.weight", "classifier.0.weight"));
            return first != null && first.values().shape().rank() == 4 && tensors.get(name).values().shape().rank() == 4;
        });
    }

    /** Numbers on the scale 0..255, on the scale 0..1: red, green, blue. */
    static String mean(String red, String green, String blue) {
        StringBuilder means = new StringBuilder();
        for (String each : new String[] {red, green, blue}) {
            means.append(means.isEmpty() ? "" : ",").append((float) (Double.parseDouble(each) / 255));
        }
        return means.toString();
    }
}
