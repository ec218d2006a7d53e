package dev.sectional.weights.internal.common;

import dev.sectional.core.internal.json.Json;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Lists what a file leaves open in the metadata of a model card. */
public final class Assumptions {
    private static final String KEY = "sectional.assumed";

    private Assumptions() {
    }

    /**
     * Removes how outputs become probabilities, which is no assumption once it is stated.
     *
     * @return whether it was assumed
     */
    public static boolean removeProbabilities(Map<String, String> card) {
        try {
            List<String> all = Json.strings(card.getOrDefault(KEY, "[]"));
            List<String> others = all.stream().filter(each -> !Probabilities.isAssumption(each)).toList();
            if (others.size() < all.size()) {
                card.put(KEY, Json.array(others));
            }
            return others.size() < all.size();
        } catch (IllegalArgumentException notAList) {
            return false;   // the model card refuses it by name
        }
    }

    /** Adds sentences to those that metadata has. */
    public static void add(Map<String, String> card, Collection<String> sentences) {
        if (!sentences.isEmpty()) {
            // Not parsed: a list that is none stays so, which the model card reports.
            card.merge(KEY, Json.array(sentences), (before, more) -> before.equals("[]") || before.isEmpty() ? more
                    : before.substring(0, before.length() - 1) + ", " + more.substring(1));
        }
    }
}
