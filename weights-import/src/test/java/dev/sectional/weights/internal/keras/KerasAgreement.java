package dev.sectional.weights.internal.keras;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Compares a Keras model with what Keras computed for it in float64: the {@code .npz} beside the model has the input
 * {@code x} (C, H, W), {@code logits}, {@code target} and the {@code gradient} of the target's logit.
 *
 * @param logits greatest difference, of the greatest logit
 * @param gradient greatest difference, of the gradient's greatest value
 */
record KerasAgreement(double logits, double gradient) {
    static KerasAgreement of(Path model, Engine engine) {
        String name = model.getFileName().toString();
        Path answers = model.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".npz");
        try (WeightsFile expected = WeightsFile.open(answers);
             Network network = ModelFiles.load(model, engine, LoadOptions.none())) {
            Tensor x = expected.source("x").tensor();
            Tape tape = network.forward(x);
            double logits = difference(expected.source("logits").tensor(), tape.logits());
            Tensor start = Tensor.zeros(Shape.of(network.classes()));
            start.data()[(int) expected.source("target").tensor().data()[0]] = 1;
            Tensor gradient = tape.gradient(start, Network.IMAGE_INDEX).toChannelsFirst();
            return new KerasAgreement(logits, difference(expected.source("gradient").tensor(), gradient));
        }
    }

    private static double difference(Tensor expected, Tensor actual) {
        if (expected.shape().size() != actual.shape().size()) {
            throw new AssertionError(actual.shape() + " where " + expected.shape() + " is expected");
        }
        double greatest = 0;
        double difference = 0;
        for (int i = 0; i < expected.shape().size(); i++) {
            greatest = Math.max(greatest, Math.abs(expected.data()[i]));
            difference = Math.max(difference, Math.abs((double) expected.data()[i] - actual.data()[i]));
        }
        return difference / Math.max(greatest, Double.MIN_NORMAL);
    }

    /** Returns the models of a folder that have answers beside them, in the order of their names. */
    static List<Path> models(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(keras|h5|hdf5)")).sorted().toList();
        }
    }

    /** Prints the agreement of every model of the folders that are the arguments. */
    public static void main(String[] folders) throws IOException {
        try (Engine engine = Engine.open()) {
            for (String folder : folders) {
                for (Path model : models(Path.of(folder))) {
                    String result;
                    try {
                        KerasAgreement agreement = of(model, engine);
                        result = String.format("%.1e  %.1e%s", agreement.logits, agreement.gradient,
                                agreement.logits > 1e-5 || agreement.gradient > 1e-4 ? "  ABOVE" : "");
                    } catch (RuntimeException | AssertionError e) {
                        result = "FAILED " + e.getMessage();
                    }
                    System.out.printf("%-45s %s%n", Path.of(folder).getFileName() + "/" + model.getFileName(), result);
                }
            }
        }
    }
}
