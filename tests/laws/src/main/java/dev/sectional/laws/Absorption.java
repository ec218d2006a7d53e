package dev.sectional.laws;

import dev.sectional.nn.rule.AbsorbedRelevance;

/** The ways in which a rule may keep relevance from the inputs, the components of {@link AbsorbedRelevance}. */
public enum Absorption {
    /** Absorbed by biases. */
    BIAS,
    /** Absorbed by stabilised denominators. */
    STABILISER,
    /** Absorbed at positions where no input contributes. */
    DEAD_POSITIONS,
    /** Kept back by the rule's design. */
    WITHHELD;

    /** Returns this component. */
    double of(AbsorbedRelevance absorbed) {
        return switch (this) {
            case BIAS -> absorbed.bias();
            case STABILISER -> absorbed.stabiliser();
            case DEAD_POSITIONS -> absorbed.deadPositions();
            case WITHHELD -> absorbed.withheld();
        };
    }
}
