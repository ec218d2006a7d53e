package com.example;

import dev.sectional.laws.Absorption;
import dev.sectional.laws.Case;
import dev.sectional.laws.Cases;
import dev.sectional.laws.RuleProperties;
import dev.sectional.laws.Values;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Set;
import net.jqwik.api.Arbitrary;

class MyRuleTest extends RuleProperties {
    @Override protected Rule rule() { return Rules.zPlus(); }
    @Override protected Arbitrary<Case> cases() { return Cases.convolutions(Values.POSITIVE, Values.SPARSE); }
    @Override protected Set<Absorption> absorbs() {
        return Set.of(Absorption.BIAS, Absorption.STABILISER, Absorption.DEAD_POSITIONS);
    }
    @Override protected boolean keepsSign() { return true; }
}
