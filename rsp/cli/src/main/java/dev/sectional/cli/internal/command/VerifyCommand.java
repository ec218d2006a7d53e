package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.Verification;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ImageList;
import dev.sectional.cli.internal.option.ImageSource;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.Network;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks the properties of relevance for each layer and each rule. */
@Command(name = "verify", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Version.class,
        description = {"Checks conservation: at each layer, the relevance at the output equals the relevance at the "
            + "input plus what biases, the stabiliser and dead positions absorb and the rule withholds. The residual "
            + "is the difference, relative to the sum of absolute relevance. With random relevance at each layer it "
            + "also checks that rule(a r) = a rule(r).",
            "A check is vacuous if no relevance reaches the layer: then it says nothing, as in a network whose "
            + "activations are all 0.",
            "Exit status 1 if a property does not hold, or a check is vacuous; 3 if all that were checked hold, but "
            + "some images could not be read."},
        footer = {"", "Examples:",
            "  sectional verify photo.jpg --weights net.safetensors --method epsilon-plus"})
final class VerifyCommand implements Callable<Integer> {
    private static final String SAMPLE = "chelsea.png";
    private static final int INCOMPLETE = 3;
    private static final FitOption SQUASHED = new FitOption();
    /** All rules by the names in the report. */
    private static final Map<String, Rule> FAMILY = family();
    private final Console console;

    @Parameters(arity = "0..*", paramLabel = "IMAGE",
            description = "Images, folders of images, - for an image on standard input, or .npy arrays; default: a "
                    + "built-in photograph.")
    private List<Path> images = new ArrayList<>();

    @Option(names = "--random", paramLabel = "N", description = "Use N random tensors instead of images.")
    private Integer randomImages;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of random tensors and random relevance; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private ModelOptions model;

    @Mixin
    private MethodOptions start;

    @Option(names = "--tolerance", paramLabel = "X", defaultValue = "1e-5",
            description = "Greatest residual that passes; default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Mixin
    private EngineOptions engine;

    @Option(names = "--json", description = "Print one JSON object for each check instead of tables.")
    private boolean json;

    @Mixin
    private VerbosityOptions verbosity;

    private VerifyReport report;

    VerifyCommand(Console console) {
        this.console = console;
    }

    private static Map<String, Rule> family() {
        Map<String, Rule> rules = new LinkedHashMap<>();
        rules.put("lrp-0", Rules.zero());
        rules.put("epsilon 1e-6", Rules.epsilon(1e-6));
        rules.put("epsilon, no bias", Rules.epsilon(1e-6).withoutBias());
        rules.put("gamma 0.25", Rules.gamma(0.25));
        rules.put("z+", Rules.zPlus());
        rules.put("z+, no bias", Rules.zPlus().withoutBias());
        rules.put("alpha 2, beta 1", Rules.alphaBeta(2));
        rules.put("alpha 2, no bias", Rules.alphaBeta(2).withoutBias());
        rules.put("alpha 2, apart", Rules.alphaBetaApart(2));
        rules.put("contrast", Rules.contrast());
        rules.put("z^B", Rules.zBox());
        rules.put("flat", Rules.flat());
        rules.put("w^2", Rules.wSquare());
        rules.put("rap", Rules.rap());
        rules.put("rap start", Rules.rapStart());
        rules.put("rsp", Rsp.rule());
        rules.put("rsp, purging", Rules.purging(Rsp.rule()));
        rules.put("pass", Rules.pass());
        rules.put("winner", Rules.winner());
        rules.put("proportional", Rules.proportional(1e-6));
        rules.put("positive shares", Rules.positiveShares());
        return rules;
    }

    @Override
    public Integer call() {
        if (!(tolerance > 0)) {
            throw new InputException("--tolerance " + tolerance + ": give a number above 0");
        }
        if (randomImages != null && (randomImages < 1 || !images.isEmpty())) {
            throw new InputException("--random " + randomImages + ": give a number of at least 1, and no images");
        }
        try (Engine opened = engine.open(); Network network = model.open(opened, console)) {
            PropagationMethod method = start.propagation();
            List<Target> targets = start.targets(network);
            model.printAssumptions(network, console);
            report = new VerifyReport(console, json, tolerance);
            Map<String, Supplier<Tensor>> inputs = inputs(network);
            int skipped = 0;
            for (Map.Entry<String, Supplier<Tensor>> input : inputs.entrySet()) {
                Tensor tensor;
                try {
                    tensor = input.getValue().get();
                } catch (InputException e) {
                    if (inputs.size() == 1) {
                        throw e;
                    }
                    skipped++;
                    report.skipped(input.getKey(), e.getMessage());
                    continue;
                }
                report.image(input.getKey());
                verify(network, method, targets, tensor);
            }
            String verdict = report.isVacuous()
                    ? "no relevance reaches a layer, so its check is vacuous; try other images"
                    : skipped == inputs.size() ? "nothing was verified" : "all properties hold";
            console.note((report.isBroken() ? "a property does not hold" : verdict)
                    + (skipped == 0 ? "" : ", " + skipped + " skipped") + "; " + model.describe(network) + "; "
                    + opened.describe());
            return report.isBroken() || report.isVacuous() ? 1 : skipped > 0 ? INCOMPLETE : 0;
        }
    }

    /** Returns what is verified, each by its name; images are read when their turn comes. */
    private Map<String, Supplier<Tensor>> inputs(Network network) {
        Map<String, Supplier<Tensor>> inputs = new LinkedHashMap<>();
        Random random = new Random(seed);
        for (int i = 1; randomImages != null && i <= randomImages; i++) {
            inputs.put("random tensor " + i, () -> Verification.random(network.inputShape(), random));
        }
        for (ImageSource image : ImageList.of(images, System.in)) {
            inputs.put(image.file().toString(), () -> image.read(network, SQUASHED).tensor());
        }
        if (inputs.isEmpty()) {
            inputs.put("sample " + SAMPLE, () -> sample(network));
        }
        return inputs;
    }

    private static Tensor sample(Network network) {
        Path copy = null;
        try (InputStream in = VerifyCommand.class.getResourceAsStream("/dev/sectional/cli/" + SAMPLE)) {
            copy = Files.createTempFile("sectional-", ".png");
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return InputImage.read(copy, network).tensor();
        } catch (IOException e) {
            throw new InputException("cannot copy the sample to " + System.getProperty("java.io.tmpdir") + ": "
                    + Reasons.of(e) + "; make room there", e);
        } finally {
            if (copy != null) {
                copy.toFile().delete();
            }
        }
    }

    private void verify(Network network, PropagationMethod method, List<Target> targets, Tensor input) {
        for (Attribution attribution : method.explainAll(network, input, targets)) {
            report.explanation(attribution);
            attribution.layers().forEach(report::account);
        }
        report.header("method", method.name() + ", random relevance at each layer");
        Verification.of(network, method, input, seed).forEach(each -> report.check(each.account().rule(), each));
        report.header("rule", "every rule with random relevance at each layer that it supports; the layer with the "
                + "greatest residual");
        FAMILY.forEach((name, rule) -> worst(network, rule, input).ifPresent(worst -> report.check(name, worst)));
    }

    /** Returns the layer with the greatest residual among those that a rule supports; a vacuous one only if all are. */
    private Optional<Verification.Check> worst(Network network, Rule rule, Tensor input) {
        return Verification.of(network, rule, input, seed).stream()
                .max(Comparator.comparing((Verification.Check check) -> !check.isVacuous())
                        .thenComparing(check -> Math.max(check.account().residual(), check.scaling())));
    }
}
