package dev.sectional.testing;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.core.ops.FilterLayout;
import dev.sectional.core.ops.TensorOps;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two relevance rules written with the public tensor operations alone agree with the float64 reference of the method.
 */
class TensorOpsGoldenTest {
    private static final double LIMIT = 1e-5;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void rulesAgreeWithTheReference(int number) {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Safetensors golden = Golden.open(String.format("conv_%02d", number))) {
            TensorOps ops = TensorOps.of(engine);
            long[] kernel = golden.longs("geometry");
            ConvolutionGeometry geometry = ConvolutionGeometry.of((int) kernel[0], (int) kernel[0], (int) kernel[1],
                    (int) kernel[2]);
            Tensor r = golden.tensor("r").toChannelsLast();
            Golden.requireClose("rsp", golden.doubles("rsp"), rsp(ops, golden.tensor("x").toChannelsLast(), r, geometry)
                    .toChannelsFirst(), LIMIT);
            Tensor filters = FilterLayout.fromOihw(golden.tensor("w"));
            Tensor signed = golden.tensor("signed_x").toChannelsLast();
            Golden.requireClose("z^B", golden.doubles("z_box"), zBox(ops, signed, filters, r, geometry)
                    .toChannelsFirst(), LIMIT);
        }
    }

    /** The convolution rule of RSP for a kernel of any size. */
    private static Tensor rsp(TensorOps ops, Tensor x, Tensor r, ConvolutionGeometry geometry) {
        Tensor positive = share(ops, x, ops.positivePart(r), geometry);
        Tensor negative = share(ops, x, ops.scaled(-1, ops.negativePart(r)), geometry);
        Tensor c = ops.sum(positive, ops.scaled(-1, negative));
        if (geometry.kernelArea() == 1) {
            return c;
        }
        int nonzeros = 0;
        for (float element : c.data()) {
            nonzeros += element != 0 ? 1 : 0;
        }
        float shift = (float) (ops.sum(r) / nonzeros);
        for (int i = 0; i < c.data().length; i++) {
            c.data()[i] = c.data()[i] != 0 ? 2 * c.data()[i] - shift : 0;
        }
        return c;
    }

    private static Tensor share(TensorOps ops, Tensor x, Tensor q, ConvolutionGeometry geometry) {
        Tensor filters = ops.convolutionFilterGradient(x, q, geometry);
        Tensor s = ops.ratio(q, ops.convolution(x, filters, geometry));
        return ops.product(x, ops.convolutionInputGradient(s, filters, geometry, x.shape()));
    }

    /** The z^B rule with the least and the greatest element of x as bounds. */
    private static Tensor zBox(TensorOps ops, Tensor x, Tensor filters, Tensor r, ConvolutionGeometry geometry) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float element : x.data()) {
            low = Math.min(low, element);
            high = Math.max(high, element);
        }
        Tensor[] inputs = {x, constant(x, -low), constant(x, -high)};
        Tensor[] weights = {filters, ops.positivePart(filters), ops.negativePart(filters)};
        Tensor z = Tensor.zeros(r.shape());
        for (int i = 0; i < inputs.length; i++) {
            z = ops.sum(z, ops.convolution(inputs[i], weights[i], geometry));
        }
        Tensor s = ops.ratio(r, z);
        Tensor c = Tensor.zeros(x.shape());
        for (int i = 0; i < inputs.length; i++) {
            c = ops.sum(c, ops.product(inputs[i], ops.convolutionInputGradient(s, weights[i], geometry, x.shape())));
        }
        return c;
    }

    private static Tensor constant(Tensor like, float element) {
        Tensor constant = Tensor.zeros(like.shape());
        Arrays.fill(constant.data(), element);
        return constant;
    }
}
