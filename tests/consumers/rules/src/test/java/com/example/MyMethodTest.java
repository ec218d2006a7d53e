package com.example;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.laws.MethodProperties;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rules;

class MyMethodTest extends MethodProperties {
    @Override protected Method method() { return Lrp.of(Composite.uniform("mine", Rules.zPlus())); }
}
