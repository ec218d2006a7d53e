package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.run.ImageEvaluator;
import dev.sectional.images.Image;
import dev.sectional.images.InputImage;
import dev.sectional.images.Seen;
import dev.sectional.nn.Network;
import dev.sectional.viewer.ImagePreparation;
import dev.sectional.viewer.Report;
import dev.sectional.viewer.ViewedModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The maps of the first images of an evaluation, as the page that {@code explain --report} writes. */
final class EvaluationMaps {
    private static final int MOST_IMAGES = 8;
    private static final int MOST_CLASSES = 2;
    /** Values of relevance on the page, 4 bytes each, which hardly compress. */
    private static final long MOST_VALUES = 4_000_000;

    private EvaluationMaps() {
    }

    /**
     * Returns how images were brought to the network's size, for the page's captions.
     *
     * @param fit name of the way
     * @param icc what was done with colour profiles
     */
    static ImagePreparation preparation(String fit, String icc) {
        return new ImagePreparation() {
            @Override
            public InputImage prepare(Path file, Image image, Network network) {
                throw new UnsupportedOperationException("images come prepared");
            }

            @Override
            public String fit() {
                return fit;
            }

            @Override
            public String icc() {
                return icc;
            }

            @Override
            public String describe(InputImage image) {
                return fit + " to " + image.tensor().shape().dim(2) + "x" + image.tensor().shape().dim(1);
            }
        };
    }

    /**
     * Explains the first images again: up to two classes of each, and as many images as a page of 16 MB of relevance
     * holds, at least one and at most eight.
     *
     * @param images number of images of the run, from the first
     * @param explainers those that need no network are left out
     * @return the page; empty if none of the images has a class that the network knows
     */
    static String page(ViewedModel model, Dataset dataset, int images, ImageEvaluator evaluator,
            List<Explainer> explainers) {
        List<String> methods = explainers.stream().filter(Explainer::needsNetwork).map(Explainer::name).toList();
        Report report = new Report(model);
        long values = 0;
        int shown = 0;
        for (int i = 0; i < images && shown < MOST_IMAGES && (shown == 0 || values < MOST_VALUES); i++) {
            try {
                Sample sample = dataset.sample(i);
                ImageEvaluator.Prepared prepared = evaluator.prepare(sample);
                List<Target> targets = prepared.targets().stream().distinct().limit(MOST_CLASSES).map(Target::of)
                        .toList();
                long more = (long) prepared.input().data().length * methods.size() * targets.size();
                if (targets.isEmpty() || shown > 0 && values + more > MOST_VALUES) {
                    continue;
                }
                Map<String, List<Attribution>> explained = new LinkedHashMap<>();
                for (String method : methods) {
                    explained.put(method, Methods.named(method).explainAll(model.network(), prepared.input(), targets));
                }
                report.add(image(prepared, dataset.id(i), model.network()), explained);
                values += more;
                shown++;
            } catch (RuntimeException e) {
                continue;   // The run has reported this image.
            }
        }
        return shown == 0 ? "" : html(report);
    }

    private static InputImage image(ImageEvaluator.Prepared prepared, String name, Network network) {
        Path file = Path.of(name);
        if (prepared.sample().isArray()) {
            return InputImage.ofArray(file, prepared.input(), network);
        }
        Image seen = prepared.sample().image();
        return new InputImage(file, prepared.input(), seen, Seen.whole(seen));
    }

    private static String html(Report report) {
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        try {
            report.write(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Writing to memory does not fail.
        }
        return page.toString(StandardCharsets.UTF_8);
    }
}
