package dev.sectional.evaluation.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.evaluation.metric.PointingGame;
import dev.sectional.evaluation.report.MethodResult;
import dev.sectional.evaluation.report.Outcomes;
import dev.sectional.evaluation.report.Report;
import dev.sectional.nn.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every image of a run is evaluated, skipped or failed, whatever its data and the methods do. */
class EvaluationTest {
    private static final int IMAGES = 6;

    @TempDir
    Path folder;
    private final List<String> told = new ArrayList<>();
    private final List<String> noted = new ArrayList<>();
    private final List<Metric> metrics = List.of(new PointingGame(1, null));
    private Explainer odd = new Odd();
    private Outcomes outcomes;

    @Test
    void everyImageEndsInOneOutcome() {
        List<MethodResult> results = run(new Faulty());

        assertEquals(Map.of("scene-2", "scene-2 is gone", "scene-4", Evaluation.NO_CLASS), outcomes.skipped());
        assertEquals(List.of("scene-1", "scene-3"), outcomes.failedImages().keySet().stream().sorted().toList());
        assertEquals(2, outcomes.evaluated());
        assertEquals("6 images: 2 evaluated, 2 skipped, 2 failed", outcomes.text());
        assertFalse(outcomes.complete());
        assertTrue(outcomes.failed().get("odd").get("scene-1").contains("out of range: 7"), outcomes.failed()
                .toString());
        assertTrue(outcomes.failed().get("center").get("scene-3").contains("IllegalStateException: fault"));
        for (MethodResult result : results) {
            assertEquals(outcomes.evaluated(result.name()), result.images(), result.name());
            assertEquals(IMAGES, result.images() + outcomes.skipped().size() + outcomes.failures(result.name()));
        }
        assertEquals(3, results.get(0).images(), "center did not fail on image 1");
        assertEquals(1, told.stream().filter(line -> line.startsWith("odd")).count(), told.toString());
        String text = String.join("\n", new Report(Map.of(), new Faulty().classes(), results, outcomes).text());
        assertTrue(text.contains("odd failed on 2 images; its figures are over the other 2")
                && text.contains(outcomes.text()), text);
    }

    @Test
    void aSkippedImageIsNamedOnceInEachRun() {
        List<String> skipped = List.of("scene-2 is gone", "scene-4: " + Evaluation.NO_CLASS);
        run(new Faulty());
        assertEquals(skipped, told.stream().filter(line -> !line.contains(",")).toList());
        told.clear();

        run(new Faulty());   // the results of scene-4 are stored

        assertEquals(skipped, told.stream().filter(line -> !line.contains(",")).sorted().toList());
    }

    @Test
    void aResumedRunHasTheSameOutcomesAndRetriesFailures() {
        List<MethodResult> first = run(new Faulty());
        Outcomes before = outcomes;
        List<MethodResult> second = run(new Faulty());
        assertEquals(before, outcomes);
        assertEquals(first, second);

        odd = Explainers.named("center", -1).get(0);   // the fault of the method is repaired
        run(new Faulty());

        assertEquals(3, outcomes.evaluated());
    }

    @Test
    void anErrorOfOneMeasurementIsOneFailure() {
        Metric broken = new Metric() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public Map<String, Double> measure(Case evaluated) {
                if (evaluated.sample().id().equals("scene-5")) {
                    throw new NullPointerException("measure");
                }
                return Map.of("x", 1.0);
            }

            @Override
            public List<Figure> figures(List<Row> rows, List<String> classes) {
                return List.of(Figure.cases("x"));
            }
        };
        Dataset dataset = new SyntheticShapes(IMAGES, 1);
        Evaluation evaluation = new Evaluation(dataset, IMAGES, evaluator(dataset, List.of(broken)),
                Explainers.named("center", -1), List.of(broken), folder);
        evaluation.run(new Watcher());

        Outcomes ended = evaluation.outcomes();
        assertEquals(1, ended.failures("center"));
        String reason = ended.failed().get("center").get("scene-5");
        assertTrue(reason.startsWith("java.lang.NullPointerException: measure at ")
                && reason.contains("EvaluationTest"),
                reason);
    }

    @Test
    void aSampleImageThatCannotBeWrittenStopsTheRun() throws IOException {
        Files.writeString(folder.resolve("samples"), "a file where the folder should be");

        InputException e = assertThrows(InputException.class, () -> run(new SyntheticShapes(IMAGES, 1)));

        assertTrue(e.getMessage().contains("samples"), e.getMessage());
        Files.delete(folder.resolve("samples"));
        run(new SyntheticShapes(IMAGES, 1));
        assertEquals(IMAGES, outcomes.images());
        assertTrue(Files.exists(folder.resolve("samples/0.center.png")), "the sample was written by the next run");
    }

    /** They were cut without a word. */
    @Test
    void boxesBeyondImagesAreNamedOnceAndCounted() {
        run(new Faulty());
        assertEquals(List.of("scene-0: 2 of its boxes or outlines reach beyond the 64 x 64 pixels of the image and are"
                + " cut there; check that annotations and images belong together",
                "4 boxes or outlines of 2 images reach beyond them"), noted);
    }

    private List<MethodResult> run(Dataset dataset) {
        List<Explainer> explainers = List.of(Explainers.named("center", -1).get(0), odd);
        Evaluation evaluation = new Evaluation(dataset, IMAGES, evaluator(dataset, metrics),
                odd instanceof Odd ? explainers : explainers.subList(0, 1), metrics, folder);
        List<MethodResult> results = evaluation.run(new Watcher());
        outcomes = evaluation.outcomes();
        return results;
    }

    private static ImageEvaluator evaluator(Dataset dataset, List<Metric> metrics) {
        return new ImageEvaluator(null, ClassMap.none(dataset.classes().size()), Preprocessing.SQUASH, metrics);
    }

    private final class Watcher implements Evaluation.Watcher {
        @Override
        public void at(int done) {
            // only the messages are of interest
        }

        @Override
        public void skipped(String message) {
            told.add(message);
        }

        @Override
        public void failed(String message) {
            told.add(message);
        }

        @Override
        public void noted(String message) {
            noted.add(message);
        }
    }

    /** A method with a fault on one image. */
    private static final class Odd implements Explainer {
        private final Explainer center = Explainers.named("center", -1).get(0);

        @Override
        public String name() {
            return "odd";
        }

        @Override
        public List<Tensor> explain(Network network, Tensor image, List<Integer> targets) {
            return center.explain(network, image, targets);
        }

        @Override
        public double[] point(Case evaluated) {
            if (evaluated.sample().id().equals("scene-1")) {
                throw new ArrayIndexOutOfBoundsException(7);
            }
            return center.point(evaluated);
        }

        @Override
        public boolean needsNetwork() {
            return false;
        }
    }

    /**
     * Images of which 0 and 1 have boxes beyond them, 2 is missing, 3 reveals a fault of the program and 4 has no
     * annotation.
     */
    private static final class Faulty implements Dataset {
        private final SyntheticShapes shapes = new SyntheticShapes(IMAGES, 1);

        @Override
        public String name() {
            return "faulty";
        }

        @Override
        public List<String> classes() {
            return shapes.classes();
        }

        @Override
        public int size() {
            return IMAGES;
        }

        @Override
        public String id(int index) {
            return shapes.id(index);
        }

        @Override
        public Sample sample(int index) {
            Sample sample = shapes.sample(index);
            if (index == 2) {
                throw new InputException("scene-2 is gone");
            }
            if (index == 3) {
                throw new IllegalStateException("fault");
            }
            if (index == 0 || index == 1) {
                return new Sample(sample.id(), sample.width(), sample.height(), sample.truths(), sample.source(),
                        null, 2);
            }
            return index != 4 ? sample
                    : new Sample(sample.id(), sample.width(), sample.height(), List.of(), sample.source());
        }

        @Override
        public String digest(int index) {
            return shapes.digest(index);
        }
    }
}
