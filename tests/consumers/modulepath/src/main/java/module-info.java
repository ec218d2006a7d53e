/** A program on the module path. */
module com.example.modulepath {
    requires dev.sectional.attribution;
}
