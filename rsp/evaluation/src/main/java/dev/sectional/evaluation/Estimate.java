package dev.sectional.evaluation;

import java.util.List;

/**
 * The value of a figure with all that a reader needs to judge it.
 *
 * @param value the value; NaN if the figure is defined for no case
 * @param unit unit of the value
 * @param better direction of good values
 * @param cases number of cases where the figure is defined
 * @param low lower end of the 95 % bootstrap interval over images; NaN for counts and for fewer than two images
 * @param high upper end of the interval; NaN for counts and for fewer than two images
 */
public record Estimate(double value, String unit, Figure.Better better, int cases, double low, double high) {
    /** {@return whether there is an interval} */
    public boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /** {@return whether the figure is a number of cases} */
    public boolean isCount() {
        return unit.equals(Figure.CASES);
    }

    /**
     * {@return the index of the best value if its interval overlaps no other one; -1 if there is no such value, for
     * figures without a direction, and if a value has no interval}
     *
     * @param estimates values of one figure, one for each method; null for a method without the figure
     */
    public static int clearBest(List<Estimate> estimates) {
        int best = -1;
        for (int i = 0; i < estimates.size(); i++) {
            if (isDefined(estimates.get(i)) && (best < 0 || estimates.get(i).beats(estimates.get(best)))) {
                best = i;
            }
        }
        if (best < 0) {
            return -1;
        }
        int others = 0;
        for (int i = 0; i < estimates.size(); i++) {
            if (i != best && isDefined(estimates.get(i))) {
                others++;
                if (!estimates.get(best).isApartFrom(estimates.get(i))) {
                    return -1;
                }
            }
        }
        return others == 0 ? -1 : best;
    }

    private static boolean isDefined(Estimate estimate) {
        return estimate != null && !Double.isNaN(estimate.value());
    }

    private boolean beats(Estimate other) {
        return better == Figure.Better.LOWER ? value < other.value : value > other.value;
    }

    private boolean isApartFrom(Estimate other) {
        return switch (better) {
            case HIGHER -> low > other.high;
            case LOWER -> high < other.low;
            case NEITHER -> false;
        };
    }
}
