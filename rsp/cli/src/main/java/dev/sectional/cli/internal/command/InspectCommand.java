package dev.sectional.cli.internal.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.InputSizeOption;
import dev.sectional.cli.internal.option.OutputOption;
import dev.sectional.cli.internal.option.UnusedOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.option.WeightsCache;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.OneLine;
import dev.sectional.cli.internal.output.PlanTable;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.plan.NetworkPlan;
import dev.sectional.viewer.ResultRecord;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.WeightsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the contents of a weights file. */
@Command(name = "inspect", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Lists the tensors and metadata of a weights file, and says which network they form.",
        footer = {"", "Examples:",
            "  sectional inspect net.onnx",
            "  sectional inspect vgg16",
            "  sectional inspect net.safetensors --plan --input-size 224"})
final class InspectCommand implements Callable<Integer> {
    private static final int CHUNK = 1 << 16;
    private final Console console;

    @Parameters(paramLabel = "FILE|NAME",
            description = "Weights: .safetensors or the index of several files, .pth, .h5, .keras, .npz, .npy or "
                    + ".onnx; or the name of a model that 'fetch' downloads, such as vgg16.")
    private Path file;

    @Option(names = {"-y", "--yes"}, description = "Download the weights of that name if no file has it and the cache "
            + "does not hold them, without a question.")
    private boolean yes;

    @Option(names = "--plan", description = "Print a table in place of the tensors: for each layer the algorithm that "
            + "the planner chooses, its multiply-adds and bytes, and the algorithms of relevance rules.")
    private boolean plan;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(names = "--arch", paramLabel = "NAME", description = "Architecture that the tensors must form; default: "
            + "recognised from names and shapes.")
    private String architecture = "";

    @Option(names = "--state-dict", paramLabel = "KEY", description = "State dict of a PyTorch checkpoint that has "
            + "several.")
    private String stateDict = "";

    @Mixin
    private InputSizeOption size;

    @Mixin
    private OutputOption output;

    @Mixin
    private EngineOptions engine;

    /** The network that the tensors form, or the reason why they form none. */
    private record Recognised(ModelCard card, int classes, List<String> layers, String problem) {
    }

    @Mixin
    private VerbosityOptions verbosity;

    @Spec
    private CommandSpec spec;

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!plan) {
            UnusedOptions.refuse(spec, EngineOptions.class, "only --plan depends on the engine");
        }
        file = WeightsCache.in(WeightsCache.usualFolder(), console).resolve("", file, yes);
        if (plan) {
            plan();
            return 0;
        }
        try (WeightsFile weights = WeightsFile.open(file)) {
            Recognised network = recognise();
            String broken = notFinite(weights);
            if (json) {
                console.result(ResultLine.object(out -> json(out, weights, network, broken)));
            } else {
                text(weights, network, broken);
            }
        }
        return 0;
    }

    private void plan() {
        try (Engine opened = engine.open(); Network network = ModelFiles.load(file, opened, options())) {
            NetworkPlan planned = network.plan(network.inputShape());
            if (json) {
                console.result(ResultLine.object(out -> {
                    out.writeNumberField("schema", ResultRecord.SCHEMA);
                    out.writeStringField("file", file.toString());
                    out.writeStringField("engine", opened.describe());
                    out.writeObjectFieldStart("plan");
                    PlanTable.json(out, planned);
                    out.writeEndObject();
                }));
            } else {
                console.result(file + ": image " + sizes(planned.image()) + ", " + opened.describe());
                PlanTable.lines(planned).forEach(console::result);
            }
        }
    }

    private LoadOptions options() {
        LoadOptions.Builder options = LoadOptions.builder().architecture(architecture).stateDict(stateDict);
        size.addTo(options);
        output.addTo(options);
        return options.build();
    }

    private Recognised recognise() {
        LoadOptions options = options();
        try (Engine opened = engine.open(); Network network = ModelFiles.load(file, opened, options)) {
            return new Recognised(network.card(), network.classes(), layers(network), null);
        } catch (InputException e) {
            return new Recognised(null, 0, List.of(), e.getMessage());
        }
    }

    private static List<String> layers(Network network) {
        Map<String, Long> biases = new HashMap<>();
        for (Node node : network.nodes()) {
            if (node.layer() instanceof WeightedLayer layer && layer.bias() != null) {
                biases.put(node.name(), (long) layer.bias().length);
            }
        }
        return PlanTable.summary(network.plan(network.inputShape()), biases);
    }

    /** Returns the position of the first infinite or NaN element in words, or null if all are finite. */
    private static String notFinite(WeightsFile weights) {
        float[] values = new float[CHUNK];
        for (String name : weights.names()) {
            TensorSource source = weights.source(name);
            int size = source.shape().size();
            for (int from = 0; from < size; from += CHUNK) {
                int count = Math.min(CHUNK, size - from);
                source.read(from, values, 0, count);
                for (int i = 0; i < count; i++) {
                    if (!Float.isFinite(values[i])) {
                        return "tensor " + OneLine.of(name) + " holds " + values[i] + " at element " + (from + i);
                    }
                }
            }
        }
        return null;
    }

    private void text(WeightsFile weights, Recognised network, String broken) {
        List<String> names = weights.names();
        long values = names.stream().mapToLong(name -> weights.source(name).shape().size()).sum();
        console.result(file + ": " + weights.format() + ", " + names.size() + " tensors, " + values + " elements");
        int width = names.stream().mapToInt(name -> OneLine.of(name).length()).max().orElse(1);
        names.forEach(name -> console.result(String.format("  %-" + width + "s  %-4s  %s", OneLine.of(name),
                weights.type(name),
                sizes(weights.source(name).shape()))));
        new TreeMap<>(weights.metadata()).forEach((key, value) -> console.result(OneLine.of(key) + " = "
                + OneLine.of(value)));
        if (broken != null) {
            console.result("not finite: " + broken + "; explain refuses this file");
        }
        if (network.card() == null) {
            console.result("network: none that explain supports (" + network.problem() + ")");
            return;
        }
        network.layers().forEach(console::result);
        ModelCard card = network.card();
        console.result("network: " + (card.architecture() + " " + card.layers()).strip() + ", input "
                + sizes(card.input()) + ", "
                + network.classes() + " classes, " + card.output().name().toLowerCase(Locale.ROOT));
        console.result("images: " + card.channels() + ", 0..1, mean " + numbers(card.mean()) + ", std "
                + numbers(card.std())
                + " (red, green, blue)");
        card.assumed().forEach(setting -> console.result("assumed: " + setting));
    }

    private static String numbers(List<Float> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void json(JsonGenerator out, WeightsFile weights, Recognised network, String broken) throws IOException {
        out.writeNumberField("schema", ResultRecord.SCHEMA);
        out.writeStringField("file", file.toString());
        out.writeStringField("format", weights.format());
        out.writeArrayFieldStart("tensors");
        for (String name : weights.names()) {
            out.writeStartObject();
            out.writeStringField("name", name);
            out.writeStringField("type", weights.type(name).name());
            int[] dims = weights.source(name).shape().dims();
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
        out.writeStringField("not_finite", broken);
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
        out.writeStringField("output", network.card().output().name().toLowerCase(Locale.ROOT));
        out.writeStringField("channels", network.card().channels().name());
        ResultLine.field(out, "mean", network.card().mean());
        ResultLine.field(out, "std", network.card().std());
        ResultLine.field(out, "assumed", network.card().assumed());
        out.writeEndObject();
    }

    private static String sizes(Shape shape) {
        return Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }
}
