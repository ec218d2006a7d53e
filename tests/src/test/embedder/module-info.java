/** Programs that embed Sectional: {@code HostsTest} compiles them and runs them in JVMs of their own. */
module embedder {
    requires dev.sectional.attribution;
}
