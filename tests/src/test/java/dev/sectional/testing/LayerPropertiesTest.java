package dev.sectional.testing;

import dev.sectional.attribution.image.Heatmap;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.laws.Case;
import dev.sectional.laws.Cases;
import dev.sectional.laws.ConvolutionReference;
import dev.sectional.laws.HeatmapProperties;
import dev.sectional.laws.LayerProperties;
import dev.sectional.laws.TensorCases;
import dev.sectional.laws.Values;
import dev.sectional.nn.layer.Conv2d;
import java.util.Optional;
import java.util.function.BiFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Group;

/** The kit's properties of layers and of heatmaps. */
class LayerPropertiesTest {
    @Group
    class Convolutions extends LayerProperties {
        @Override
        protected Arbitrary<Case> layers() {
            return Cases.convolutions(Values.values());
        }

        @Override
        protected Optional<BiFunction<Engine, Case, double[]>> reference() {
            return Optional.of((engine, sample) -> {
                Conv2d conv = (Conv2d) sample.layer();
                double[] y = ConvolutionReference.of(sample).apply(
                        ConvolutionReference.doubles(sample.x().data()),
                        ConvolutionReference.doubles(conv.weights().data()));
                for (int i = 0; conv.bias() != null && i < y.length; i++) {
                    y[i] += conv.bias()[i % conv.bias().length];
                }
                return y;
            });
        }
    }

    @Group
    class OtherWeightedLayers extends LayerProperties {
        @Override
        protected Arbitrary<Case> layers() {
            return Arbitraries.oneOf(Cases.groupedConvolutions(), Cases.linears(), Cases.batchNorms(),
                    TensorCases.weightedLayers());
        }
    }

    @Group
    class LayersWithoutWeights extends LayerProperties {
        @Override
        protected Arbitrary<Case> layers() {
            return Arbitraries.oneOf(Cases.maxPoolings(), Cases.averages(), Cases.passing(), Cases.sums(),
                    Cases.concatenations(), TensorCases.choices(), TensorCases.normalizations(),
                    TensorCases.softmaxes());
        }
    }

    @Group
    class Heatmaps extends HeatmapProperties {
        @Override
        protected float[] scaled(Tensor relevance, double percentile) {
            return Heatmap.of(relevance, percentile).values();
        }
    }
}
