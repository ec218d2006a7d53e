package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.Verification;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.viewer.ResultRecord;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Prints the checks of {@code verify}, as tables or as one JSON object for each check, and adds up the verdicts. */
final class VerifyReport {
    private final Console console;
    private final boolean json;
    private final double tolerance;
    private String image;
    private String check;
    private Attribution explained;
    private boolean broken;
    private boolean vacuous;

    VerifyReport(Console console, boolean json, double tolerance) {
        this.console = console;
        this.json = json;
        this.tolerance = tolerance;
    }

    /** Begins the checks of one image. */
    void image(String name) {
        image = name;
        text(name);
    }

    /** Begins the checks of an explanation itself, from its start to the image. */
    void explanation(Attribution attribution) {
        header("explanation", String.format(Locale.ROOT, "%s, %s (%.3f)", attribution.method(), attribution.label(),
                attribution.probability()));
        explained = attribution;
    }

    /**
     * Begins other checks.
     *
     * @param kind of the checks in JSON
     * @param title of the table
     */
    void header(String kind, String title) {
        check = kind;
        explained = null;
        text(title);
        text(String.format("  %-14s %-18s %11s %11s %35s %11s %8s  %s", "", "", "", "",
                "----------- absorbed by ----------", "", "", ""));
        text(String.format("  %-14s %-18s %11s %11s %11s %11s %11s %11s %8s  %s", "layer", "rule",
                "at output", "at input", "bias", "stabiliser", "dead", "withheld", "residual",
                "verdict: conserves, scales"));
    }

    /** Reports the account of a layer, whose relevance is that of an explanation. */
    void account(LayerAccount sum) {
        boolean conserves = sum.residual() <= tolerance;
        row(sum.rule(), sum, conserves, null, sum.isVacuous(), verdict(sum.isVacuous(), conserves));
    }

    /** Reports a rule that got random relevance at a layer. */
    void check(String rule, Verification.Check each) {
        boolean conserves = each.conserves(tolerance);
        boolean scales = each.scales(tolerance);
        row(rule, each.account(), conserves, scales, each.isVacuous(), verdict(each.isVacuous(), conserves) + "  "
                + verdict(each.isVacuous(), scales));
    }

    private String verdict(boolean saysNothing, boolean holds) {
        broken |= !holds;
        vacuous |= saysNothing;
        return saysNothing ? "vacuous" : holds ? "holds" : "BROKEN";
    }

    private void row(String rule, LayerAccount sum, boolean conserves, Boolean scales, boolean isVacuous,
            String verdicts) {
        if (json) {
            console.result(ResultLine.object(out -> ResultLine.fields(out, fields(rule, sum, conserves, scales,
                    isVacuous))));
            return;
        }
        String cells = String.format(Locale.ROOT, "  %-14s %-18s %11.4g %11.4g %11.4g %11.4g %11.4g %11.4g %8.1e",
                sum.name(), rule, sum.outputSum(), sum.inputSum(), sum.absorbed().bias(), sum.absorbed().stabiliser(),
                sum.absorbed().deadPositions(), sum.absorbed().withheld(), sum.residual());
        console.result(cells + "  " + verdicts);
    }

    private Map<String, Object> fields(String rule, LayerAccount sum, boolean conserves, Boolean scales,
            boolean isVacuous) {
        Map<String, Object> fields = new LinkedHashMap<>(ResultRecord.start(image));
        fields.put("check", check);
        if (explained != null) {
            fields.put("method", explained.method());
            fields.put("target", explained.target());
            fields.put("label", explained.label());
        }
        fields.putAll(ResultRecord.layer(sum));
        fields.put("rule", rule);
        fields.put("tolerance", tolerance);
        fields.put("conserves", conserves);
        if (scales != null) {
            fields.put("scales", scales);
        }
        fields.put("vacuous", isVacuous);
        return fields;
    }

    private void text(String line) {
        if (!json) {
            console.result(line);
        }
    }

    /** Reports an image that cannot be verified. */
    void skipped(String name, String message) {
        console.error("skipped: " + message);
        if (json) {
            console.result(ResultLine.object(out -> ResultLine.fields(out, ResultRecord.error(name, message))));
        }
    }

    /** Tells whether a property does not hold. */
    boolean isBroken() {
        return broken;
    }

    /** Tells whether no relevance reached a layer, so that a check said nothing. */
    boolean isVacuous() {
        return vacuous;
    }
}
