/** A program that embeds Sectional: {@code ModulePathTest} compiles it and runs it in JVMs of its own. */
module embedder {
    requires dev.sectional.attribution;
}
