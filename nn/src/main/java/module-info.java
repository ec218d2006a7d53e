/** Layers, networks, the activation tape and relevance rules. */
module dev.sectional.nn {
    requires transitive dev.sectional.core;

    exports dev.sectional.nn;
    exports dev.sectional.nn.image;
    exports dev.sectional.nn.layer;
    exports dev.sectional.nn.model;
    exports dev.sectional.nn.model.named to dev.sectional.weights;
    exports dev.sectional.nn.plan;
    exports dev.sectional.nn.rule;
    exports dev.sectional.nn.rule.rsp to dev.sectional.attribution;
}
