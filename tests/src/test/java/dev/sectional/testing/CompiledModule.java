package dev.sectional.testing;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * A compiled module of the product: its location on the class path (a folder of classes or a jar) and its descriptor.
 * {@code rsp/spark} has none, because Spark runs on the class path; its packages named {@code internal} count as not
 * exported and all others as exported.
 *
 * @param location the folder or jar that holds the classes
 * @param descriptor the compiled {@code module-info.class}, or its stand-in for a module without one
 */
record CompiledModule(Path location, ModuleDescriptor descriptor) {
    /** The first part of the name of every module and package of the product. */
    static final String PRODUCT = "dev.sectional.";
    private static final String SPARK = "dev.sectional.spark";

    /** Returns the module's name without the prefix that all of them share, such as {@code core}. */
    String shortName() {
        return descriptor.name().substring(PRODUCT.length());
    }

    /** Returns the packages that every other module may use. */
    Set<String> exported() {
        return descriptor.exports().stream().filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names of the modules that may use a package: empty where none may but its own. */
    Set<String> friendsOf(String packageName) {
        return descriptor.exports().stream().filter(export -> export.source().equals(packageName))
                .flatMap(export -> export.targets().stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Tells whether a class belongs to this module. */
    boolean contains(JavaClass type) {
        return descriptor.packages().contains(type.getPackageName());
    }

    /** Returns the modules of the product on the class path, by short name. */
    static Map<String, CompiledModule> onClassPath() {
        Map<String, CompiledModule> found = new TreeMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path location = Path.of(entry);
            descriptor(location).ifPresent(descriptor -> {
                CompiledModule module = new CompiledModule(location, descriptor);
                found.put(module.shortName(), module);
            });
        }
        return found;
    }

    /** Reads the classes of several modules. */
    static JavaClasses classes(Collection<CompiledModule> modules) {
        List<Location> locations = new ArrayList<>();
        for (CompiledModule module : modules) {
            locations.add(locationOf(module.location));
        }
        return new ClassFileImporter().importLocations(locations);
    }

    private static Optional<ModuleDescriptor> descriptor(Path location) {
        if (!Files.isDirectory(location) && !location.getFileName().toString().startsWith("sectional-")) {
            return Optional.empty();
        }
        if (isSpark(location)) {
            return Optional.of(withoutDescriptor(SPARK, location));
        }
        return ModuleFinder.of(location).findAll().stream().map(reference -> reference.descriptor())
                .filter(descriptor -> descriptor.name().startsWith(PRODUCT) && !descriptor.isAutomatic())
                .findAny();
    }

    private static boolean isSpark(Path location) {
        return Files.isDirectory(location) ? Files.exists(location.resolve("dev/sectional/spark/Explanations.class"))
                : location.getFileName().toString().startsWith("sectional-spark");
    }

    private static ModuleDescriptor withoutDescriptor(String name, Path location) {
        Set<String> packages = new TreeSet<>();
        new ClassFileImporter().importLocations(List.of(locationOf(location)))
                .forEach(type -> packages.add(type.getPackageName()));
        ModuleDescriptor.Builder builder = ModuleDescriptor.newModule(name).packages(packages);
        packages.stream().filter(each -> !each.contains(".internal")).forEach(builder::exports);
        return builder.build();
    }

    private static Location locationOf(Path path) {
        return Files.isDirectory(path) ? Location.of(path) : Location.of(jar(path));
    }

    private static JarFile jar(Path path) {
        try {
            return new JarFile(path.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(path.toString(), e);
        }
    }
}
