package dev.sectional.laws;

import dev.sectional.core.Tensor;
import dev.sectional.nn.rule.Propagated;
import java.util.Arrays;
import java.util.List;

/** Comparisons of arrays with messages that name the property and the first element that differs. */
final class Difference {
    private Difference() {
    }

    /** Returns the elements of several tensors, one tensor after the other. */
    static float[] joined(List<Tensor> tensors) {
        float[] all = new float[tensors.stream().mapToInt(each -> each.data().length).sum()];
        int at = 0;
        for (Tensor each : tensors) {
            System.arraycopy(each.data(), 0, all, at, each.data().length);
            at += each.data().length;
        }
        return all;
    }

    /** Returns the relevance at all inputs, one input after the other. */
    static float[] joined(Propagated propagated) {
        return joined(propagated.relevances());
    }

    /** Fails if two arrays differ in a bit. */
    static void requireSameBits(String property, Object sample, float[] wanted, float[] got) {
        for (int i = 0; i < Math.max(wanted.length, got.length); i++) {
            if (i >= wanted.length || i >= got.length
                    || Float.floatToIntBits(wanted[i]) != Float.floatToIntBits(got[i])) {
                throw failure(property, "element " + i + " of " + Math.max(wanted.length, got.length) + " is "
                        + (i < got.length ? got[i] : "missing") + " and not "
                        + (i < wanted.length ? wanted[i] : "absent"), sample);
            }
        }
    }

    /** Fails if two numbers differ by more than a tolerance. */
    static void requireClose(String property, Object sample, String name, double wanted, double got, double tolerance) {
        if (!(Math.abs(wanted - got) <= tolerance)) {
            throw failure(property, name + " is " + got + ", wanted " + wanted + " within " + (float) tolerance,
                    sample);
        }
    }

    /** Returns the failure of a property. */
    static AssertionError failure(String property, String what, Object sample) {
        return new AssertionError(property + " does not hold: " + what + "\n" + sample);
    }

    /** Returns the sum of absolute values. */
    static double sumOfAbsolutes(double[] values) {
        return Arrays.stream(values).map(Math::abs).sum();
    }
}
