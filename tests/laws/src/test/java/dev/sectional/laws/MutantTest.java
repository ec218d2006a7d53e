package dev.sectional.laws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.EventType;

/** The kit finds each fault of {@link Mutants} and reports a small case. */
class MutantTest {
    /** Lengths of reports that show all values. */
    private static final int READABLE = 2500;
    /** A line for the layer, and its input and relevance or gradient with shapes and elements. */
    private static final Pattern CASE = Pattern.compile("(?m)^\\w.*\\n  x [0-9x]+ \\[.*\\n  r [0-9x]+ \\[");
    private static final Pattern NETWORK =
            Pattern.compile("NetworkPlan\\[side=\\d+, stem=\\d+, blocks=\\[[^,\\]]*\\], .*seed=-?\\d+\\]");

    /** What jqwik said about one property: the message of its failure and its report. */
    private record Verdict(String message, String report) {
    }

    static Stream<Arguments> mutants() {
        return Stream.of(
                Arguments.of(Mutants.WithholdsAll.class, "absorbsWhatItDeclares", "WITHHELD, which absorbs()"),
                Arguments.of(Mutants.HalvesAndDeclaresIt.class, "absorbsWhatItDeclares", "WITHHELD, which absorbs()"),
                Arguments.of(Mutants.MirrorsPositions.class, "staysInTheReceptiveField", "does not depend on element"),
                Arguments.of(Mutants.MirrorsPositions.class, "movesWithItsInput", "TRANSLATION of rule"),
                Arguments.of(Mutants.DiffersForMany.class, "propagatesAllAtOnceLikeOneByOne", "ALL_AT_ONCE of rule"),
                Arguments.of(Mutants.StaleBuffer.class, "repeatsItsResults", "REPEATABLE of rule"),
                Arguments.of(Mutants.ChangesItsInput.class, "leavesItsInputsAlone", "INPUTS_UNTOUCHED"),
                Arguments.of(Mutants.SquaresRelevance.class, "scalesWithRelevance", "HOMOGENEITY"),
                Arguments.of(Mutants.AddsAConstant.class, "noRelevanceGivesNone", "NOTHING_FROM_NOTHING"),
                Arguments.of(Mutants.GivesAllToTheLastChannel.class, "permutesChannels", "with reversed channels"),
                Arguments.of(Mutants.TurnsASign.class, "neverTurnsASign", "SIGN of rule"),
                Arguments.of(Mutants.WrongSignAtZero.class, "agreesWithItsReference", "REFERENCE of rule"),
                Arguments.of(Mutants.BiasTwice.class, "conserves", "CONSERVATION of rule"),
                Arguments.of(Mutants.PoolingTie.class, "agreesWithItsReference", "REFERENCE of rule"),
                Arguments.of(Mutants.TransposedWeights.class, "hasTheTransposedOperationAsGradient", "ADJOINT"),
                Arguments.of(Mutants.PaddingOffByOne.class, "hasTheTransposedOperationAsGradient", "ADJOINT"),
                Arguments.of(Mutants.HalfAGradient.class, "hasTheDerivativeAsGradient", "DERIVATIVE of layer"),
                Arguments.of(Mutants.LastOfEqualTargets.class, "theFirstOfEqualLogitsIsTheTop", "FIRST_OF_EQUALS"),
                Arguments.of(Mutants.ForgetsATenth.class, "eachLayerConservesAndScales", "LAYER_CONSERVATION"),
                Arguments.of(Mutants.ForgetsATenth.class, "theAccountAddsUp", "ACCOUNT of method"),
                Arguments.of(Mutants.PercentileOffByOne.class, "followsTheDefinition", "DEFINITION of the scale"));
    }

    private static Verdict run(Class<?> mutant, String property) {
        java.lang.reflect.Method method = Stream.<Class<?>>iterate(mutant, Class::getSuperclass).limit(4)
                .filter(type -> type != null && type != Object.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(each -> each.getName().equals(property)).findFirst().orElseThrow();
        EngineExecutionResults results = EngineTestKit.engine("jqwik")
                .configurationParameter("jqwik.reporting.usejunitplatform", "true")
                .configurationParameter("jqwik.failures.after.default", "RANDOM_SEED")
                .selectors(selectMethod(mutant, method)).execute();
        assertEquals(1, results.testEvents().started().count(), property + " ran");
        List<String> messages = new ArrayList<>();
        results.testEvents().failed().stream().forEach((Event event) -> event.getPayload(TestExecutionResult.class)
                .flatMap(TestExecutionResult::getThrowable).ifPresent(failure -> messages.add(failure.getMessage())));
        StringBuilder report = new StringBuilder();
        results.allEvents().stream().filter(event -> event.getType() == EventType.REPORTING_ENTRY_PUBLISHED)
                .forEach(event -> event.getPayload(ReportEntry.class).ifPresent(entry ->
                        entry.getKeyValuePairs().values().forEach(report::append)));
        return new Verdict(String.join("\n", messages), report.toString());
    }

    /** Returns whether a message has layer and values, or what builds the network again, of one block at most. */
    private static boolean isACase(Class<?> mutant, String message) {
        if (MethodProperties.class.isAssignableFrom(mutant)) {
            return message.contains("image: ") && NETWORK.matcher(message).find();
        }
        return HeatmapProperties.class.isAssignableFrom(mutant) || CASE.matcher(message).find();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isFoundWithAReadableCase(Class<?> mutant, String property, String expected) {
        Verdict verdict = run(mutant, property);
        assertTrue(verdict.message().contains(expected), () -> "found nothing, or another fault: " + verdict);
        assertTrue(verdict.message().contains("does not hold"), verdict.message());
        assertTrue(verdict.message().length() < READABLE, () -> "not shrunk: " + verdict.message());
        assertTrue(verdict.message().contains("seed "), () -> "no seed of the values: " + verdict.message());
        assertTrue(isACase(mutant, verdict.message()), () -> "no layer or network with its values: " + verdict);
        assertTrue(verdict.report().contains("random seed to reproduce"), () -> "no report: " + verdict.report());
    }
}
