package embedder;

import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A host of plugins: runs {@link Main} in a module layer and class loader of its own. */
public final class Plugins {
    private Plugins() {
    }

    /** @param args the file of the network, then the module path, part by part */
    public static void main(String[] args) throws ReflectiveOperationException {
        ModuleFinder found = ModuleFinder.of(Stream.of(args).skip(1).map(Path::of).toArray(Path[]::new));
        Configuration plugin = ModuleLayer.boot().configuration().resolve(found, ModuleFinder.of(),
                Set.of("embedder"));
        ModuleLayer.Controller layer = ModuleLayer.defineModulesWithOneLoader(plugin, List.of(ModuleLayer.boot()),
                ClassLoader.getPlatformClassLoader());
        Class<?> main = layer.layer().findLoader("embedder").loadClass("embedder.Main");
        layer.addExports(main.getModule(), "embedder", Plugins.class.getModule());
        if (!main.getModule().isNamed() || main == Main.class) {
            throw new IllegalStateException("the plugin is not in a layer of its own");
        }
        main.getMethod("main", String[].class).invoke(null, (Object) new String[] {args[0]});
    }
}
