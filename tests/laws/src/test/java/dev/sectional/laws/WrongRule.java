package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.List;

/** Rules with one fault each, made from z+ without biases, which the kit must find. */
enum WrongRule implements Rule {
    WITHHOLDS_ALL {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            return new Propagated(Tensor.zeros(x.shape()), AbsorbedRelevance.withheld(r.sum()));
        }
    },
    HALVES_AND_DECLARES_IT {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            Tensor c = right.relevance().copy();
            scale(c, 0.5f);
            return new Propagated(c, AbsorbedRelevance.withheld(r.sum() - c.sum()));
        }
    },
    MIRRORS_POSITIONS {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            Tensor c = Tensor.zeros(x.shape());
            int channels = x.shape().dim(2);
            int positions = x.data().length / channels;
            for (int i = 0; i < c.data().length; i++) {
                int mirrored = positions - 1 - i / channels;
                c.data()[mirrored * channels + i % channels] = right.relevance().data()[i];
            }
            return new Propagated(c, right.absorbed());
        }
    },
    DIFFERS_FOR_MANY {
        @Override
        public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
            Propagated first = propagate(engine, layer, x, rs.get(0));
            return rs.stream().map(r -> first).toList();
        }
    },
    STALE_BUFFER {
        private float[] buffer = new float[0];

        /** Adds to what an earlier call of the same size left. */
        @Override
        synchronized Propagated change(Propagated right, Tensor x, Tensor r) {
            float[] c = right.relevance().data();
            if (buffer.length != c.length) {
                buffer = new float[c.length];
            }
            for (int i = 0; i < c.length; i++) {
                buffer[i] = c[i] == 0 ? buffer[i] : c[i];
            }
            return new Propagated(Tensor.of(x.shape(), buffer.clone()), right.absorbed());
        }
    },
    CHANGES_ITS_INPUT {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            scale(r, 0);
            return right;
        }
    },
    SQUARES_RELEVANCE {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            double sum = Math.abs(r.sum());
            scale(right.relevance(), (float) sum);
            return new Propagated(right.relevance(), right.absorbed().times(sum));
        }
    },
    ADDS_A_CONSTANT {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            Tensor c = right.relevance().copy();
            c.data()[0] += 1;
            return new Propagated(c, right.absorbed().plus(AbsorbedRelevance.deadPositions(-1)));
        }
    },
    GIVES_ALL_TO_THE_LAST_CHANNEL {
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            Tensor c = Tensor.zeros(x.shape());
            int channels = x.shape().dim(2);
            for (int i = 0; i < c.data().length; i++) {
                c.data()[i - i % channels + channels - 1] += right.relevance().data()[i];
            }
            return new Propagated(c, right.absorbed());
        }
    },
    TURNS_A_SIGN {
        /** Moves as much from one element to the next as both have together. */
        @Override
        Propagated change(Propagated right, Tensor x, Tensor r) {
            Tensor c = right.relevance().copy();
            if (c.data().length > 1) {
                float sum = c.data()[0] + c.data()[1];
                c.data()[0] -= 2 * sum;
                c.data()[1] += 2 * sum;
            }
            return new Propagated(c, right.absorbed());
        }
    };

    private static final Rule RIGHT = Rules.zPlus().withoutBias();

    private static void scale(Tensor values, float factor) {
        for (int i = 0; i < values.data().length; i++) {
            values.data()[i] *= factor;
        }
    }

    /** Returns the wrong result for the right one. */
    Propagated change(Propagated right, Tensor x, Tensor r) {
        return right;
    }

    @Override
    public boolean fits(Layer layer) {
        return RIGHT.fits(layer);
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return change(RIGHT.propagate(engine, layer, x, r), x, r);
    }
}
