package dev.sectional.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.images.PictureFile;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.Networks;
import dev.sectional.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what a file of weights holds. */
@Command(name = "inspect", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        description = "Lists the tensors and metadata of a file of weights, and says which network they make.")
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "FILE", description = "Weights: .safetensors or the index of several, .pth, .h5, .keras, .npz, .npy or .onnx.")
    private Path file;

    @Option(names = "--json", description = "Print one JSON object in place of text.")
    private boolean json;

    @Mixin
    private EngineOptions engine;

    /** What network the tensors make, or why none. */
    private record Recognised(ModelCard card, int classes, String problem) {
    }

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        PictureFile.requireFile(file);
        try (WeightsFile weights = WeightsFile.open(file)) {
            Recognised network = recognise();
            if (json) {
                console.result(ResultLine.object(out -> json(out, weights, network)));
            } else {
                text(weights, network);
            }
        }
        return 0;
    }

    private Recognised recognise() {
        try (Engine opened = engine.open(); Network network = Networks.open(file, null, opened)) {
            return new Recognised(network.card(), network.classes(), null);
        } catch (InputException e) {
            return new Recognised(null, 0, e.getMessage());
        }
    }

    private void text(WeightsFile weights, Recognised network) {
        Map<String, WeightsFile.Stored> tensors = weights.tensors();
        long values = tensors.values().stream().mapToLong(tensor -> tensor.values().shape().size()).sum();
        console.result(file + ": " + weights.format() + ", " + tensors.size() + " tensors, " + values + " values");
        int width = tensors.keySet().stream().mapToInt(String::length).max().orElse(1);
        tensors.forEach((name, tensor) -> console.result(String.format("  %-" + width + "s  %-4s  %s", name, tensor.type(),
                sizes(tensor.values().shape()))));
        new TreeMap<>(weights.metadata()).forEach((key, value) -> console.result(key + " = " + value));
        console.result(network.card() == null ? "network: none that explain takes (" + network.problem() + ")"
                : "network: " + (network.card().architecture() + " " + network.card().layers()).strip() + ", input " + sizes(network.card().input())
                + ", " + network.classes() + " classes");
    }

    private void json(JsonGenerator out, WeightsFile weights, Recognised network) throws IOException {
        out.writeStringField("file", file.toString());
        out.writeStringField("format", weights.format());
        out.writeArrayFieldStart("tensors");
        for (Map.Entry<String, WeightsFile.Stored> tensor : weights.tensors().entrySet()) {
            out.writeStartObject();
            out.writeStringField("name", tensor.getKey());
            out.writeStringField("type", tensor.getValue().type().name());
            int[] dims = tensor.getValue().values().shape().dims();
            out.writeFieldName("shape");
            out.writeArray(dims, 0, dims.length);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeObjectFieldStart("metadata");
        for (Map.Entry<String, String> entry : new TreeMap<>(weights.metadata()).entrySet()) {
            out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
        if (network.card() == null) {
            out.writeNullField("network");
            out.writeStringField("problem", network.problem());
            return;
        }
        out.writeObjectFieldStart("network");
        out.writeStringField("architecture", network.card().architecture());
        out.writeStringField("layers", network.card().layers());
        out.writeFieldName("input");
        out.writeArray(network.card().input().dims(), 0, 3);
        out.writeNumberField("classes", network.classes());
        out.writeEndObject();
    }

    private static String sizes(Shape shape) {
        return Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }
}
