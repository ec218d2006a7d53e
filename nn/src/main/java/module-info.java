/** Layers, networks, the activation tape and relevance rules. */
module dev.sectional.nn {
    requires transitive dev.sectional.core;

    exports dev.sectional.nn;
    exports dev.sectional.nn.rules;
}
