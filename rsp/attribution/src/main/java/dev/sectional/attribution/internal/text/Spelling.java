package dev.sectional.attribution.internal.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the word that somebody may have meant. */
public final class Spelling {
    private static final int LETTERS_PER_MISTAKE = 3;

    private Spelling() {
    }

    /**
     * Returns a phrase such as {@code "; did you mean 'rsp'?"}, or nothing if no word is near: at most a third of the
     * letters may be missing, added, changed or swapped with the next one.
     */
    public static String suggestion(String word, Collection<String> known) {
        String lower = word.toLowerCase(Locale.ROOT);
        return known.stream().filter(other -> Math.abs(other.length() - word.length()) <= mistakes(word))
                .min(Comparator.comparingInt(other -> distance(lower, other.toLowerCase(Locale.ROOT))))
                .filter(other -> distance(lower, other.toLowerCase(Locale.ROOT)) <= mistakes(word))
                .map(other -> "; did you mean '" + other + "'?").orElse("");
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
