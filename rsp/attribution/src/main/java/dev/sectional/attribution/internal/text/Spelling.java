package dev.sectional.attribution.internal.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** Finds the word that somebody may have meant. */
public final class Spelling {
    private static final int LETTERS_PER_MISTAKE = 3;
    private static final int SHORTEST_PART = 4;

    private Spelling() {
    }

    /**
     * Returns a phrase such as {@code "; did you mean 'rsp'?"}, or nothing if no word is near: at most a third of the
     * letters may be missing, added, changed or swapped with the next one. Of text with spaces or hyphens, one part may
     * be near instead.
     */
    public static String suggestion(String word, Collection<String> known) {
        return nearest(word, known, Stream::of)
                .or(() -> nearest(word, known, other -> word.length() < SHORTEST_PART ? Stream.empty()
                        : Stream.of(other.split("[ -]+"))))
                .map(other -> "; did you mean '" + other + "'?").orElse("");
    }

    private static Optional<String> nearest(String word, Collection<String> known,
            Function<String, Stream<String>> parts) {
        String lower = word.toLowerCase(Locale.ROOT);
        ToIntFunction<String> mistakes = other -> parts.apply(other)
                .filter(part -> Math.abs(part.length() - word.length()) <= mistakes(word))
                .mapToInt(part -> distance(lower, part.toLowerCase(Locale.ROOT))).min().orElse(Integer.MAX_VALUE);
        return known.stream().min(Comparator.comparingInt(mistakes))
                .filter(other -> mistakes.applyAsInt(other) <= mistakes(word));
    }

    private static int mistakes(String word) {
        return Math.max(1, word.length() / LETTERS_PER_MISTAKE);
    }

    /** Returns the number of letters inserted, deleted, changed or swapped with a neighbour (optimal alignment). */
    static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int changed = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(steps[i - 1][j - 1] + changed, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
                steps[i][j] = swapped ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
            }
        }
        return steps[a.length()][b.length()];
    }
}
