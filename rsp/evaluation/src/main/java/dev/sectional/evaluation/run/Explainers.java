package dev.sectional.evaluation.run;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Saliency;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Creates explainers by name: the methods of the library, and the baseline {@code center}, which ignores the image. */
public final class Explainers {
    /** The baseline that points at the centre of every image. */
    public static final String CENTER = "center";
    /**
     * Standard deviation of the Gaussian with which TorchRay smooths gradients, as a share of the image's longer side.
     */
    public static final double GRADIENT_SMOOTHING = 0.02;
    /**
     * Methods whose result is a gradient. The sign of a gradient is no evidence for a class: as in TorchRay, its
     * absolute value counts.
     */
    private static final Set<String> GRADIENTS = Set.of("gradient", "smooth-grad", "guided-backprop", "deconvnet");

    private Explainers() {
    }

    /** {@return the names of all methods, and {@code center}} */
    public static List<String> all() {
        return Stream.concat(Methods.all().stream().map(Methods.Entry::name), Stream.of(CENTER)).toList();
    }

    /**
     * Creates methods from a list of names, separated by commas; {@code all} stands for all. Settings follow a name, as
     * in {@code integrated-gradients:steps=50}.
     *
     * @param list names with commas between them, or {@code all}
     * @param smoothing standard deviation for every method, as a share of the image's longer side; negative for each
     *     method's default
     * @return the methods in the order of the list
     * @throws InputException if a name or setting is unknown
     */
    public static List<Explainer> named(String list, double smoothing) {
        List<String> names = new ArrayList<>();
        for (String part : list.split(",")) {
            if (part.contains("=") && !part.contains(":") && !names.isEmpty()) {
                // another setting of the same method
                names.set(names.size() - 1, names.get(names.size() - 1) + "," + part.strip());
            } else if (part.strip().equals("all")) {
                names.addAll(all());
            } else if (!part.isBlank()) {
                names.add(part.strip());
            }
        }
        if (names.isEmpty()) {
            throw new InputException("no method is named: use all, or names separated by commas, such as rsp,grad-cam");
        }
        return names.stream().distinct().map(name -> named(name, smoothing, name.equals(CENTER))).toList();
    }

    private static Explainer named(String name, double smoothing, boolean center) {
        if (center) {
            return new Center();
        }
        String plain = name.split(":", 2)[0];
        if (!all().contains(plain)) {
            throw new InputException("method '" + plain + "' is unknown: use all, or some of "
                    + String.join(", ", all()) + Spelling.suggestion(plain, all()));
        }
        Method method = Methods.named(name);
        boolean gradient = GRADIENTS.contains(method.name());
        double usual = gradient ? GRADIENT_SMOOTHING : 0;
        return new Of(name, method, gradient, smoothing >= 0 ? smoothing : usual);
    }

    /** A method of the library. */
    private record Of(String name, Method method, boolean gradient, double smoothing) implements Explainer {
        @Override
        public List<Tensor> explain(Network network, Tensor image, List<Integer> targets) {
            List<Attribution> attributions = method.explainAll(network, image, targets.stream().map(Target::of)
                    .toList());
            return attributions.stream().map(Attribution::relevance).toList();
        }

        @Override
        public Saliency saliency(Tensor relevance) {
            return gradient ? Saliency.greatestAbsolute(relevance) : Saliency.sum(relevance);
        }

        @Override
        public boolean signed() {
            return !gradient;
        }
    }

    /** Points at the centre of the image; its map decreases linearly from there. */
    private record Center() implements Explainer {
        @Override
        public String name() {
            return CENTER;
        }

        @Override
        public List<Tensor> explain(Network network, Tensor image, List<Integer> targets) {
            int height = image.shape().dim(1);
            int width = image.shape().dim(2);
            Tensor cone = Tensor.zeros(Shape.of(1, height, width));
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double dx = (x + 0.5) / width - 0.5;
                    double dy = (y + 0.5) / height - 0.5;
                    cone.data()[y * width + x] = (float) (1 - Math.sqrt(2 * (dx * dx + dy * dy)));
                }
            }
            return targets.stream().map(target -> cone).toList();
        }

        /** {@return half of the width and height, which may lie between pixels, as TorchRay does} */
        @Override
        public double[] point(Case evaluated) {
            return new double[] {evaluated.sample().width() / 2.0, evaluated.sample().height() / 2.0};
        }

        @Override
        public boolean needsNetwork() {
            return false;
        }
    }
}
