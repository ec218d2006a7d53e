package dev.sectional.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.lang.module.ModuleDescriptor.Requires;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks the structure of the product: directions between modules and packages, access to internal packages, and what
 * the three embedding modules may touch. The compiled module descriptors say which packages are exported and to whom.
 */
class ArchitectureTest {
    private static final Map<String, CompiledModule> MODULES = CompiledModule.onClassPath();
    private static final JavaClasses PRODUCT = CompiledModule.classes(MODULES.values());
    private static final String KERNELS = "dev.sectional.core.internal.kernel";
    /** Looks up methods of the vector module whose names changed, and {@code MemorySegment}, which Java 17 lacks. */
    private static final String NAMED_LOOKUP = "dev.sectional.core.internal.kernel.BufferVectorLookup";

    private static final Set<String> LOOKUPS = Set.of("java.lang.invoke.MethodHandles",
            "java.lang.invoke.MethodHandles$Lookup", "java.lang.ClassLoader");

    static Collection<String> modules() {
        return MODULES.keySet();
    }

    @Test
    void everyModuleIsChecked() {
        assertEquals(Set.of("core", "nn", "weights", "attribution", "images", "evaluation", "viewer", "spark",
                "cli"), modules());
        for (CompiledModule module : MODULES.values()) {
            assertTrue(PRODUCT.stream().filter(module::contains).count() > 5, module + " has classes");
        }
    }

    @Test
    void dependenciesBetweenModulesPointOneWay() {
        Map<String, Set<String>> allowed = Map.of(
                "core", Set.of(),
                "nn", Set.of("core"),
                "weights", Set.of("core", "nn"),
                "attribution", Set.of("core", "nn"),
                "images", Set.of("core", "nn", "attribution"),
                "evaluation", Set.of("core", "nn", "attribution", "images"),
                "viewer", Set.of("core", "nn", "attribution", "images"),
                "spark", Set.of("core", "nn", "weights", "attribution", "images", "evaluation"),
                "cli", Set.of("core", "nn", "weights", "attribution", "images", "evaluation", "viewer"));
        Set<String> wrong = new TreeSet<>();
        forEachDependencyBetweenModules((from, to, dependency) -> {
            if (!allowed.get(from.shortName()).contains(to.shortName())) {
                wrong.add(dependency.getDescription());
            }
        });
        assertNone(wrong);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void packagesOfAModuleFormNoCycle(String name) {
        CompiledModule module = MODULES.get(name);
        slices().assignedFrom(new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return module.contains(type) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "packages of " + name;
            }
        }).should().beFreeOfCycles().check(PRODUCT);
    }

    @Test
    void internalPackagesAreUsedByTheModulesThatTheirDescriptorNames() {
        Set<String> wrong = new TreeSet<>();
        forEachDependencyBetweenModules((from, to, dependency) -> {
            String used = dependency.getTargetClass().getPackageName();
            if (!to.exported().contains(used) && !to.friendsOf(used).contains(from.descriptor().name())) {
                wrong.add(dependency.getDescription());
            }
        });
        assertNone(wrong);
    }

    /** A qualified export is an exception to "internal": few modules get one. */
    @Test
    void fewInternalPackagesLetNamedModulesUseThem() {
        for (CompiledModule module : MODULES.values()) {
            for (String each : module.descriptor().packages()) {
                Set<String> allowed = allowedFriends(each);
                Set<String> friends = module.friendsOf(each);
                assertTrue(allowed.containsAll(friends), () -> each + " is exported to " + friends + ", allowed: "
                        + allowed);
            }
        }
    }

    private static Set<String> allowedFriends(String packageName) {
        if (packageName.equals("dev.sectional.core.internal.json")) {
            return Set.of("dev.sectional.nn", "dev.sectional.weights", "dev.sectional.evaluation",
                    "dev.sectional.viewer");
        }
        if (packageName.startsWith("dev.sectional.core.internal.")) {
            return Set.of("dev.sectional.nn", "dev.sectional.attribution");
        }
        if (packageName.equals("dev.sectional.attribution.internal.text")) {
            return Set.of("dev.sectional.cli", "dev.sectional.evaluation");
        }
        if (packageName.equals("dev.sectional.nn.model.named")) {
            return Set.of("dev.sectional.weights");
        }
        return packageName.equals("dev.sectional.nn.rule.rsp")
                ? Set.of("dev.sectional.attribution")
                : Set.of();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void exportedSignaturesMentionNoInternalType(String name) {
        CompiledModule module = MODULES.get(name);
        Set<String> exported = MODULES.values().stream().flatMap(each -> each.exported().stream())
                .collect(Collectors.toSet());
        Set<String> wrong = new TreeSet<>();
        PRODUCT.stream().filter(type -> module.exported().contains(type.getPackageName()) && ApiTypes.isVisible(type))
                .forEach(type -> ApiTypes.forEach(type, (where, mentioned) -> {
                    if (moduleOf(mentioned) != null && !exported.contains(mentioned.getPackageName())) {
                        wrong.add(where + " mentions " + mentioned.getName());
                    }
                }));
        assertNone(wrong);
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "nn", "attribution"})
    void embeddingModulesRequireJavaBaseAlone(String name) {
        CompiledModule module = MODULES.get(name);
        for (Requires required : module.descriptor().requires()) {
            boolean optionalVector = name.equals("core") && required.name().equals("jdk.incubator.vector")
                    && required.modifiers().contains(Requires.Modifier.STATIC);
            assertTrue(optionalVector || required.name().equals("java.base")
                    || required.name().startsWith(CompiledModule.PRODUCT), required.toString());
        }
        // The empty name is the package of primitive types.
        String[] base = {"java.io..", "java.lang", "java.lang.annotation..", "java.lang.invoke..", "java.lang.module..",
            "java.lang.ref..", "java.lang.runtime..", "java.math..", "java.nio..", "java.text..", "java.time..",
            "java.util..", "dev.sectional..", ""};
        DescribedPredicate<JavaClass> allowed = resideInAnyPackage(base)
                .and(DescribedPredicate.not(resideInAPackage("java.util.logging..")));
        classes().that(are(in(module))).and().resideOutsideOfPackage(KERNELS).should().onlyDependOnClassesThat(allowed)
                .check(PRODUCT);
        classes().that().resideInAPackage(KERNELS).should()
                .onlyDependOnClassesThat(allowed.or(resideInAPackage("jdk.incubator.vector"))).check(PRODUCT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "nn", "attribution"})
    void embeddingModulesDoNotReflect(String name) {
        Set<String> harmless = Set.of("getName", "getSimpleName", "isInstance", "cast", "desiredAssertionStatus",
                "hashCode",
                "equals", "toString");
        DescribedPredicate<JavaAccess<?>> reflection = DescribedPredicate.describe("look into classes at run time",
                access -> access.getTargetOwner().isEquivalentTo(Class.class)
                        && !harmless.contains(access.getTarget().getName())
                        || LOOKUPS.contains(access.getTargetOwner().getName())
                        && !access.getOriginOwner().getName().equals(NAMED_LOOKUP));
        noClasses().that(are(in(MODULES.get(name)))).should().accessTargetWhere(reflection).orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.reflect..", "sun.misc..", "jdk.internal..").check(PRODUCT);
    }

    @Test
    void librariesDoNotPrint() {
        noClasses().that(are(in(MODULES.get("cli")).negate().and(DescribedPredicate.not(in(MODULES.get("spark"))))))
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err").check(PRODUCT);
    }

    private static DescribedPredicate<JavaClass> in(CompiledModule module) {
        return DescribedPredicate.describe("in module " + module.shortName(), module::contains);
    }

    private interface ModuleDependency {
        void accept(CompiledModule from, CompiledModule to, Dependency dependency);
    }

    private static void forEachDependencyBetweenModules(ModuleDependency each) {
        for (JavaClass type : PRODUCT) {
            CompiledModule from = moduleOf(type);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                CompiledModule to = moduleOf(dependency.getTargetClass().getBaseComponentType());
                if (from != null && to != null && from != to) {
                    each.accept(from, to, dependency);
                }
            }
        }
    }

    private static CompiledModule moduleOf(JavaClass type) {
        return MODULES.values().stream().filter(module -> module.contains(type)).findAny().orElse(null);
    }

    private static void assertNone(Set<String> wrong) {
        assertTrue(wrong.isEmpty(), () -> wrong.size() + " found:\n" + String.join("\n", wrong));
    }
}
