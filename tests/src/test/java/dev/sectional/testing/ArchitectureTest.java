package dev.sectional.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The directions between modules, and what the embedded ones may touch. */
class ArchitectureTest {
    private static final JavaClasses PRODUCT = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/testing/")).importPackages("dev.sectional");

    @Test
    void everyEmbeddedModuleIsLookedAt() {
        for (String name : new String[] {"core.Tensor", "nn.Network", "nn.rule.Rules", "attribution.method.Rsp", "images.Picture",
            "evaluation.Metric"}) {
            assertTrue(PRODUCT.contain("dev.sectional." + name), name);
        }
    }

    @Test
    void dependenciesPointOneWay() {
        noClasses().that().resideInAPackage("dev.sectional.core..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.nn..", "dev.sectional.attribution..", "dev.sectional.weights..", "dev.sectional.cli..").check(PRODUCT);
        noClasses().that().resideInAPackage("dev.sectional.nn..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.attribution..", "dev.sectional.weights..", "dev.sectional.cli..").check(PRODUCT);
        noClasses().that().resideInAPackage("dev.sectional.attribution..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.weights..", "dev.sectional.images..", "dev.sectional.evaluation..", "dev.sectional.cli..")
                .check(PRODUCT);
        noClasses().that().resideInAPackage("dev.sectional.weights..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.attribution..", "dev.sectional.cli..").allowEmptyShould(true).check(PRODUCT);
    }

    @Test
    void picturesKnowNoMethodAndTheEvaluationNoCommandLine() {
        noClasses().that().resideInAPackage("dev.sectional.images..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.attribution..", "dev.sectional.weights..", "dev.sectional.evaluation..", "dev.sectional.cli..")
                .check(PRODUCT);
        noClasses().that().resideInAPackage("dev.sectional.evaluation..").should().dependOnClassesThat()
                .resideInAnyPackage("dev.sectional.weights..", "dev.sectional.cli..").check(PRODUCT);
    }

    @Test
    void embeddedModulesNeedJavaBaseAlone() {
        String[] base = {"java.io..", "java.lang", "java.lang.annotation..", "java.lang.invoke..", "java.lang.ref..", "java.lang.runtime..",
            "java.math..", "java.nio..", "java.text..", "java.time..", "java.util..", "jdk.incubator.vector..", "dev.sectional.core..", "dev.sectional.nn..",
            "dev.sectional.attribution..", ""};
        classes().that().resideInAnyPackage("dev.sectional.core..", "dev.sectional.nn..", "dev.sectional.attribution..")
                .should().onlyDependOnClassesThat().resideInAnyPackage(base).check(PRODUCT);
        noClasses().that().resideInAnyPackage("dev.sectional.nn..", "dev.sectional.attribution..").should().dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..").check(PRODUCT);
        noClasses().that().resideInAnyPackage("dev.sectional.core..", "dev.sectional.nn..", "dev.sectional.attribution..")
                .should().dependOnClassesThat().resideInAnyPackage("java.util.logging..", "java.lang.reflect..", "sun.misc..").check(PRODUCT);
    }

    @Test
    void librariesDoNotPrint() {
        noClasses().that().resideInAnyPackage("dev.sectional.core..", "dev.sectional.nn..", "dev.sectional.attribution..", "dev.sectional.weights..",
                        "dev.sectional.images..", "dev.sectional.evaluation..")
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err").check(PRODUCT);
    }
}
