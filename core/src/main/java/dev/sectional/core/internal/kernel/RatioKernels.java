package dev.sectional.core.internal.kernel;

/**
 * The loops in which relevance rules divide. The rules for special values, sums and aliasing are those of
 * {@link Kernels}.
 */
public interface RatioKernels {
    /**
     * Divides relevance by stabilised sums, for each row {@code k < rows} and {@code c < count}, at
     * {@code i = start + k * count + c} and, of r, at {@code rStart + k * count + c}: with {@code d = z[i] + bias[c]}
     * and {@code e} of size epsilon and the sign of d, 0 counting as positive, {@code s[i] = scale * r[i] / (d + e)},
     * and 0 where r or the divisor is 0. Relevance of 0 absorbs nothing; otherwise {@code absorbed[2]} grows by
     * {@code scale * r[i]} where s is 0, or z and the bias are, and elsewhere {@code absorbed[0]} by
     * {@code s * bias[c]} and {@code absorbed[1]} by {@code s * e}.
     *
     * @param bias null for none
     * @param absorbed three sums; partial sums are float32, so that rows times count is at most a few thousand
     */
    default void stabilisedRatio(float[] r, int rStart, float[] z, float[] bias, float scale, float epsilon, float[] s,
                                 int start, int rows, int count, double[] absorbed) {
        ScalarRatio.rows(r, rStart, z, bias, scale, epsilon, s, start, rows, count, 0, absorbed);
    }

    /**
     * Divides by one of two divisors, for {@code i < count}: {@code s = r / max(z, |r| * floor)}, where z is
     * {@code zPositive} if {@code r > 0} and else {@code zNegative}. If r is 0 or NaN, or the divisor is not above
     * 0, s is 0. A z that is NaN counts as 0.
     *
     * @param floor least divisor as a multiple of |r|, at least 0; bounds |s| by 1 / floor
     */
    default void ratioBySign(float[] r, int rStart, float[] zPositive, int positiveStart, float[] zNegative,
                             int negativeStart, float floor, float[] s, int sStart, int count) {
        for (int i = 0; i < count; i++) {
            float value = r[rStart + i];
            float z = value > 0 ? zPositive[positiveStart + i] : zNegative[negativeStart + i];
            float least = Math.abs(value) * floor;
            z = z > least ? z : least;
            s[sStart + i] = value != 0 && z > 0 ? value / z : 0f;
        }
    }

    /**
     * Divides by the divisor of the value's sign, in place, for {@code i < count}: with {@code value = r[rStart + i]},
     * the divisor {@code z[zStart + i]} becomes {@code value / divisor} if the value is above 0 (or NaN) and the
     * divisor not 0, else 0; the divisor {@code z[zStart + negative + i]} the same if the value is below 0.
     *
     * @param count at most a few thousand: the returned sum is float32
     * @return the sum of the values whose ratio is 0
     */
    default float ratiosBySign(float[] r, int rStart, float[] z, int zStart, int negative, int count) {
        float dead = 0;
        for (int i = 0; i < count; i++) {
            float value = r[rStart + i];
            int positiveAt = zStart + i;
            int negativeAt = positiveAt + negative;
            float divisor = value < 0 ? z[negativeAt] : z[positiveAt];
            float ratio = divisor != 0 ? value / divisor : 0f;
            dead += ratio != 0 ? 0 : value;
            z[positiveAt] = value <= 0 ? 0f : ratio;
            z[negativeAt] = value < 0 ? ratio : 0f;
        }
        return dead;
    }

    /**
     * Returns whether some sum is weak and needed, for {@code i < count}: {@code r[start + i] != 0}, and not
     * {@code |z[start + i]| >= e > 0} with {@code e = least * strength[i]}.
     */
    default boolean anyWeak(float[] r, float[] z, int start, float least, float[] strength, int count) {
        for (int i = 0; i < count; i++) {
            float expected = least * strength[i];
            if (r[start + i] != 0 && !(Math.abs(z[start + i]) >= expected && expected > 0)) {
                return true;
            }
        }
        return false;
    }
}
