package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.MatMul;
import java.util.ArrayList;
import java.util.List;

/**
 * Propagates relevance through a product of two values: element by element, as of a feature map and its gate; a
 * quotient; or a matrix product, as of attention. One input, the signal, takes all and the other is held constant, or
 * both take half (Achtibat et al. 2024, propositions 3.3 and 3.4). A value that was broadcast receives the sum.
 *
 * <p>With n inputs that take a share and {@code y = A B}: {@code s = r / (n y + e)}, {@code c_A = A (s B^T)} and
 * {@code c_B = B (A^T s)}, products with A and B element by element. In a product element by element each share is
 * {@code r / n}, without a stabiliser.
 *
 * <p>Property: {@code sum(c) = sum(r)}, for matrices less {@code s e}, which the stabiliser absorbs, and r where y
 * is 0.
 */
record ProductRule(String name, boolean first, boolean second, Stabiliser stabiliser) implements MergeRule {
    private static final Add SUM = new Add();

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof MatMul || layer instanceof Arithmetic arithmetic && switch (arithmetic.operation()) {
            case MULTIPLY -> true;
            case DIVIDE -> first && !second;
            default -> false;
        };
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Rules.requireFit(this, layer);
        if (layer instanceof MatMul product) {
            return matrices(engine, product, xs, r);
        }
        float share = first && second ? 0.5f : 1;
        Tensor part = r.copy();
        for (int i = 0; i < part.data().length; i++) {
            part.data()[i] *= share;
        }
        List<Tensor> summed = SUM.gradient(engine, xs, r, part);   // the gradient of a sum undoes broadcasting
        return new Propagated(List.of(first ? summed.get(0) : Tensor.zeros(xs.get(0).shape()),
                second ? summed.get(1) : Tensor.zeros(xs.get(1).shape())), AbsorbedRelevance.NONE);
    }

    private Propagated matrices(Engine engine, MatMul product, List<Tensor> xs, Tensor r) {
        Tensor y = product.forward(engine, xs);
        Tensor s = Tensor.zeros(r.shape());
        int shares = first && second ? 2 : 1;
        double stabilised = 0;
        double dead = 0;
        for (int i = 0; i < s.data().length; i++) {
            double z = (double) shares * y.data()[i];
            s.data()[i] = (float) stabiliser.divide(r.data()[i], z);
            if (z == 0) {
                dead += r.data()[i];
            } else {
                stabilised += s.data()[i] * stabiliser.signedEpsilon(z);
            }
        }
        List<Tensor> gradients = product.gradient(engine, xs, y, s);
        List<Tensor> relevances = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
            boolean takes = i == 0 ? first : second;
            relevances.add(takes ? TensorOps.of(engine).product(gradients.get(i), xs.get(i))
                    : Tensor.zeros(xs.get(i).shape()));
        }
        return new Propagated(relevances, new AbsorbedRelevance(0, stabilised, dead, 0));
    }
}
