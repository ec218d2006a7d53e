package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import java.util.List;

/** A case placed into larger feature maps of zeros, at a distance of some steps of its windows from the corner. */
final class Moved {
    private final Case sample;
    private final Steps steps;
    /** Steps between the case and the border. */
    private final int margin;

    Moved(Case sample) {
        this.sample = sample;
        steps = sample.steps().orElseThrow();
        margin = 1 + (2 * steps.reach() + 1) / Math.min(steps.rows(), steps.columns());
    }

    /** Returns whether the property can be checked: feature maps of one size, and known steps. */
    static boolean applies(Case sample) {
        return sample.steps().isPresent() && sample.r().shape().rank() == 3
                && sample.xs().stream().allMatch(x -> x.shape().rank() == 3);
    }

    /** Returns the case at the margin, plus {@code more} steps. */
    Case at(int more) {
        List<Tensor> xs = sample.xs().stream().map(x -> placed(x, enlarged(x.shape()), (margin + more) * steps.rows(),
                (margin + more) * steps.columns())).toList();
        Tensor r = placed(sample.r(), output(xs), margin + more, margin + more);
        return new Case(sample.layer(), xs, r);
    }

    private Shape enlarged(Shape shape) {
        return Shape.of(shape.dim(0) + (2 * margin + 1) * steps.rows(),
                shape.dim(1) + (2 * margin + 1) * steps.columns(), shape.dim(2));
    }

    private Shape output(List<Tensor> xs) {
        Layer layer = sample.layer();
        return layer instanceof Merge merge ? merge.outputShape(xs.stream().map(Tensor::shape).toList())
                : layer.outputShape(xs.get(0).shape());
    }

    private static Tensor placed(Tensor values, Shape into, int top, int left) {
        Tensor canvas = Tensor.zeros(into);
        int channels = values.shape().dim(2);
        for (int row = 0; row < values.shape().dim(0); row++) {
            int width = values.shape().dim(1) * channels;
            System.arraycopy(values.data(), row * width, canvas.data(), ((top + row) * into.dim(1) + left) * channels,
                    width);
        }
        return canvas;
    }

    /** Returns the greatest difference between relevance here and relevance there, one step further. */
    double difference(Tensor here, Tensor there) {
        Shape shape = here.shape();
        double greatest = 0;
        for (int row = 0; row < shape.dim(0); row++) {
            for (int column = 0; column < shape.dim(1); column++) {
                for (int channel = 0; channel < shape.dim(2); channel++) {
                    boolean inside = row >= steps.rows() && column >= steps.columns();
                    double wanted = inside ? here.get(row - steps.rows(), column - steps.columns(), channel) : 0;
                    greatest = Math.max(greatest, Math.abs(wanted - there.get(row, column, channel)));
                }
            }
        }
        return greatest;
    }

    /** Returns the greatest difference between outputs of the windows inside the feature map, one position further. */
    double outputDifference(Tensor here, Tensor there) {
        Shape shape = here.shape();
        double greatest = 0;
        for (int row = margin; row < margin + sample.r().shape().dim(0); row++) {
            for (int column = margin; column < margin + sample.r().shape().dim(1); column++) {
                for (int channel = 0; channel < shape.dim(2); channel++) {
                    greatest = Math.max(greatest, Math.abs(here.get(row, column, channel)
                            - there.get(row + 1, column + 1, channel)));
                }
            }
        }
        return greatest;
    }
}
