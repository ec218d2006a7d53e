package dev.sectional.images.figure;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.method.Methods;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Says what the values of a map mean: their unit, and what they sum to beside what their method promises. */
public final class Units {
    private static final String RSP = "rsp";
    private static final String EXCITATION = "excitation-backprop";
    private static final String GRADIENT_X_INPUT = "gradient-x-input";
    private static final String CONTRASTIVE = "contrastive-excitation-backprop";

    /** Where the unit of a method's relevance is another one for each class. */
    private static final String APART = "values of two classes do not compare";

    private Units() {
    }

    /**
     * {@return the unit of a method's relevance and the sums of its results, a sentence without a full stop}
     *
     * @param method its name, with settings after a colon
     * @param results of the method for one image, at least one
     */
    public static String of(String method, List<Attribution> results) {
        String name = method.split(":", 2)[0];
        Attribution first = results.get(0);
        if (!Methods.signed(name)) {
            return "unit: the logit per unit of the network's normalised input; no sum is promised";
        }
        if (first.completeness().isPresent()) {
            return "unit: the logit; relevance sums to " + each(results, Units::complete)
                    + " from the mean colour to the image";
        }
        if (first.layers().isEmpty()) {
            return name.equals(GRADIENT_X_INPUT) ? "unit: the logit, to first order; no sum is promised"
                    : "unit: the logit per position of the feature map; no sum is promised";
        }
        return "unit: " + switch (name) {
            case RSP -> method.contains("start=relative") ? "a start that sums to 2 for the class and to -1 against it"
                    : "the greatest value of the start map, so that " + APART;
            case EXCITATION, CONTRASTIVE -> "shares of 1";
            default -> "the logit";
        } + "; relevance sums to " + each(results, Units::conserved) + "; layers absorbed or added the difference";
    }

    /** Returns the units of several methods in words; names those whose values of two classes do not compare. */
    static String ofSeveral(List<MethodMaps> methods) {
        String apart = methods.stream().filter(each -> each.unit().contains(APART))
                .map(each -> each.method().split(":", 2)[0]).distinct().collect(Collectors.joining(", "));
        return "Each method has a unit of its own: compare patterns, not values"
                + (apart.isEmpty() ? "." : "; of " + apart + ", " + APART + " either.");
    }

    private static String complete(Attribution result) {
        Completeness sums = result.completeness().orElseThrow();
        return Parts.number(sums.relevanceSum()) + " where the logit rises by " + Parts.number(sums.logitChange());
    }

    private static String conserved(Attribution result) {
        return Parts.number(result.relevance().sum()) + " (" + Parts.number(result.start().sum()) + " at its start)";
    }

    private static String each(List<Attribution> results, Function<Attribution, String> sums) {
        return results.stream().map(result -> sums.apply(result)
                + (results.size() > 1 ? " for " + MethodMaps.name(result) : "")).collect(Collectors.joining(", "));
    }
}
