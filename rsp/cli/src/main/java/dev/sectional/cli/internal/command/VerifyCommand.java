package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
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
import java.util.Locale;
import java.util.Map;
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
            "Exit status 1 if a property does not hold, or a check is vacuous."},
        footer = {"", "Examples:",
            "  sectional verify photo.jpg --weights net.safetensors --method epsilon-plus"})
final class VerifyCommand implements Callable<Integer> {
    private static final String SAMPLE = "chelsea.png";
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

    private boolean broken;
    private boolean vacuous;

    @Mixin
    private VerbosityOptions verbosity;

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
            for (Map.Entry<String, Supplier<Tensor>> input : inputs(network).entrySet()) {
                console.result(input.getKey());
                Tensor tensor = input.getValue().get();
                method.explainAll(network, tensor, targets).forEach(this::descent);
                layers(network, method, tensor);
                family(network, tensor);
            }
            String verdict = vacuous ? "no relevance reaches a layer, so its check is vacuous; try other images"
                    : "all properties hold";
            console.note((broken ? "a property does not hold" : verdict) + "; " + model.describe(network) + "; "
                    + opened.describe());
        }
        return broken || vacuous ? 1 : 0;
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

    /** Reports the explanation itself, from its start to the image. */
    private void descent(Attribution attribution) {
        console.result(String.format(Locale.ROOT, "%s, %s (%.3f)", attribution.method(), attribution.label(),
                attribution.probability()));
        header();
        attribution.layers().forEach(sum -> row(sum.rule(), sum,
                verdict(sum.isVacuous(), sum.residual() <= tolerance)));
    }

    /** Reports the rules of the method, with random relevance at each layer. */
    private void layers(Network network, PropagationMethod method, Tensor input) {
        console.result(method.name() + ", random relevance at each layer");
        header();
        Verification.of(network, method, input, seed).forEach(check -> row(check.account().rule(), check));
    }

    /**
     * Reports, for every rule, the layer with the greatest residual among those that it supports; a vacuous one only if
     * all are.
     */
    private void family(Network network, Tensor input) {
        console.result("every rule with random relevance at each layer that it supports; the layer with the greatest "
                + "residual");
        header();
        FAMILY.forEach((name, rule) -> Verification.of(network, rule, input, seed).stream()
                .max(Comparator.comparing((Verification.Check check) -> !check.isVacuous())
                        .thenComparing(check -> Math.max(check.account().residual(), check.scaling())))
                .ifPresent(worst -> row(name, worst)));
    }

    private String verdict(boolean saysNothing, boolean holds) {
        broken |= !holds;
        vacuous |= saysNothing;
        return saysNothing ? "vacuous" : holds ? "holds" : "BROKEN";
    }

    private void row(String rule, Verification.Check check) {
        row(rule, check.account(), verdict(check.isVacuous(), check.conserves(tolerance)),
                verdict(check.isVacuous(), check.scales(tolerance)));
    }

    private void row(String rule, LayerAccount sum, String... verdicts) {
        String cells = String.format(Locale.ROOT, "  %-14s %-18s %11.4g %11.4g %11.4g %11.4g %11.4g %11.4g %8.1e",
                sum.name(), rule, sum.outputSum(), sum.inputSum(), sum.absorbed().bias(), sum.absorbed().stabiliser(),
                sum.absorbed().deadPositions(), sum.absorbed().withheld(), sum.residual());
        console.result(cells + "  " + String.join("  ", verdicts));
    }

    private void header() {
        console.result(String.format("  %-14s %-18s %11s %11s %35s %11s %8s  %s", "", "", "", "",
                "----------- absorbed by ----------", "", "", ""));
        console.result(String.format("  %-14s %-18s %11s %11s %11s %11s %11s %11s %8s  %s", "layer", "rule",
                "at output", "at input", "bias", "stabiliser", "dead", "withheld", "residual",
                "verdict: conserves, scales"));
    }
}
