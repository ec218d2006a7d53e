package dev.sectional.laws;

/**
 * The properties of a relevance rule. In the formulas x is the layer's input, y its output, r relevance at the output,
 * {@code c = rule(r)} relevance at the input; sums run over all elements.
 */
public enum RuleProperty {
    /** {@code sum(c) = sum(r) - absorbed}, where absorbed is the total that the rule declares. */
    CONSERVATION,
    /** {@code rule(a r) = a rule(r)} for a > 0. */
    HOMOGENEITY,
    /** {@code propagateAll(r1, r2, ...)} has the bits of {@code propagate(r1), propagate(r2), ...}. */
    ALL_AT_ONCE,
    /** Every element of c is a finite number. */
    FINITE,
    /** The rule changes neither x nor r. */
    INPUTS_UNTOUCHED,
    /** {@code rule(0) = 0}. */
    NOTHING_FROM_NOTHING,
    /** c has the same bits for any number of threads. */
    THREADS,
    /** c has the same bits in each call, and no later call changes it. */
    REPEATABLE,
    /** If r is nonzero at one output alone, c is nonzero only in that output's receptive field. */
    LOCALITY,
    /** If x and r move inside zeros by one step of the windows, c moves with them and does not change. */
    TRANSLATION,
    /** A component of the absorbed relevance is nonzero only if {@link RuleProperties#absorbs} names it. */
    DECLARED_ABSORPTION,
    /** If the channels of x, r and the weights are permuted, those of c are permuted in the same way. */
    CHANNEL_PERMUTATION,
    /** If r has one sign, c has no element of the other one; for rules that {@link RuleProperties#keepsSign}. */
    SIGN,
    /** {@code sum|c - reference(r)|} is small beside the relevance; for rules with a reference. */
    REFERENCE
}
