package dev.sectional.cli;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerSum;
import dev.sectional.attribution.Rsp;
import dev.sectional.attribution.Target;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.InputImage;
import dev.sectional.images.Reasons;
import dev.sectional.nn.Conv2d;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rules.Handed;
import dev.sectional.nn.rules.Rule;
import dev.sectional.nn.rules.Rules;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reports, layer by layer and rule by rule, whether relevance is conserved. */
@Command(name = "verify", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Main.Version.class,
        description = {"Checks that relevance is conserved: at each layer, what comes in is what goes out and what the rule's law says is "
            + "lost. The residual is the difference, over the sum of absolute relevance.", "Exit status 1 when a law is broken."})
final class VerifyCommand implements Callable<Integer> {
    private static final String SAMPLE = "face.png";
    /** The rules beside RSP's own, under the names of their reports. */
    private static final Map<String, Rule> FAMILY = family();
    private final Console console;

    @Parameters(arity = "0..1", paramLabel = "IMAGE", description = "Picture or .npy array; default: a photograph that comes with the program.")
    private Path image;

    @Mixin
    private ModelOptions model;

    @Mixin
    private StartOptions start;

    @Option(names = "--tolerance", paramLabel = "X", defaultValue = "1e-5", description = "Greatest residual that passes; default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Mixin
    private EngineOptions engine;

    private boolean broken;

    VerifyCommand(Console console) {
        this.console = console;
    }

    private static Map<String, Rule> family() {
        Map<String, Rule> rules = new LinkedHashMap<>();
        rules.put("z+", Rules.zPlus());
        rules.put("epsilon 1e-6", Rules.epsilon(1e-6));
        rules.put("gamma 0.25", Rules.gamma(0.25));
        rules.put("alpha 1, beta 0", Rules.alphaBeta(1));
        rules.put("alpha 2, beta 1", Rules.alphaBeta(2));
        rules.put("z^B", Rules.zBox());
        rules.put("flat", Rules.flat());
        rules.put("w^2", Rules.wSquare());
        rules.put("rsp after purging", Rules.purging(Rules.rsp()));
        return rules;
    }

    @Override
    public Integer call() {
        if (!(tolerance > 0)) {
            throw new InputException("--tolerance " + tolerance + ": give a number above 0");
        }
        try (Engine opened = engine.open(); Network network = model.open(opened)) {
            InputImage input = input(network);
            List<Target> targets = start.targets(network);
            Rsp method = start.method(network).keepingLayers(true);
            List<Attribution> attributions = method.explainAll(network, input.tensor(), targets);
            attributions.forEach(this::descent);
            family(network, input.tensor(), attributions.get(0));
            console.note((broken ? "a law is broken" : "all laws hold") + "; " + model.describe(network) + "; " + opened.describe());
        }
        return broken ? 1 : 0;
    }

    private InputImage input(Network network) {
        if (image != null) {
            return InputImage.read(image, network);
        }
        Path copy = null;
        try (InputStream in = VerifyCommand.class.getResourceAsStream(SAMPLE)) {
            copy = Files.createTempFile("sectional-", ".png");
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return InputImage.read(copy, network);
        } catch (IOException e) {
            throw new InputException("cannot put the sample into " + System.getProperty("java.io.tmpdir") + ": " + Reasons.of(e)
                    + "; make room there", e);
        } finally {
            if (copy != null) {
                copy.toFile().delete();
            }
        }
    }

    /** RSP itself, from its start to the image. */
    private void descent(Attribution attribution) {
        console.result(String.format(Locale.ROOT, "%s, %s (%.3f)", attribution.method(), attribution.label(), attribution.probability()));
        row("layer", "rule", "sum in", "sum out", "lost", "residual", "verdict");
        for (LayerSum sum : attribution.layers()) {
            row(sum.rule(), sum);
        }
    }

    /** The other rules, each given at every convolution the relevance that RSP brought there; the worst place of each. */
    private void family(Network network, Tensor input, Attribution attribution) {
        console.result("other rules, at the convolution where each misses most");
        row("layer", "rule", "sum in", "sum out", "lost", "residual", "verdict");
        Tape tape = network.forward(input);
        FAMILY.forEach((name, rule) -> row(name, worst(network, tape, attribution, rule)));
    }

    private static LayerSum worst(Network network, Tape tape, Attribution attribution, Rule rule) {
        List<LayerSum> sums = new ArrayList<>();
        Tensor above = attribution.start();
        for (LayerSum passed : attribution.layers()) {
            int index = network.indexOf(passed.name());
            Node named = network.nodes().get(index);
            if (named.layer() instanceof Conv2d) {
                Tensor r = above.toChannelsLast();
                Handed handed = rule.apply(network.engine(), named.layer(), tape.input(index), r);
                double absolutes = Math.max(r.sumOfAbsolutes(), handed.relevance().sumOfAbsolutes());
                sums.add(new LayerSum(named.name(), rule.name(), r.sum(), handed.relevance().sum(), handed.lost(), absolutes));
            }
            above = attribution.below().get(passed.name());
        }
        return sums.stream().max((a, b) -> Double.compare(a.residual(), b.residual())).orElseThrow();
    }

    private String verdict(double residual) {
        boolean holds = residual <= tolerance;
        broken |= !holds;
        return holds ? "holds" : "BROKEN";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private void row(String rule, LayerSum sum) {
        row(sum.name(), rule, number(sum.sumIn()), number(sum.sumOut()), number(sum.lost()),
                String.format(Locale.ROOT, "%.1e", sum.residual()), verdict(sum.residual()));
    }

    private void row(String... cells) {
        console.result(String.format("  %-12s %-20s %14s %14s %14s %10s  %s", (Object[]) cells));
    }
}
