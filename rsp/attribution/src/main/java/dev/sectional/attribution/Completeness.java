package dev.sectional.attribution;

/**
 * The account of a method that promises completeness: relevance adds up to the change of the logit between the
 * method's baseline and the image (Sundararajan et al. 2017).
 *
 * @param relevanceSum sum of relevance at the image
 * @param logitChange the target's logit for the image less its logit for the baseline
 */
public record Completeness(double relevanceSum, double logitChange) {
    /** {@return {@code relevanceSum - logitChange}: 0 if the promise holds exactly} */
    public double gap() {
        return relevanceSum - logitChange;
    }
}
