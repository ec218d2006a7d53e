package dev.sectional.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DTypeTest {
    private static final int PATTERNS = 1 << 16;

    @Test
    void everyPatternSurvivesARoundTrip() {
        for (int bits = 0; bits < PATTERNS; bits++) {
            short pattern = (short) bits;
            String name = Integer.toHexString(bits);
            assertEquals(pattern, DType.floatToHalf(DType.halfToFloat(pattern)), "half " + name);
            assertEquals(pattern, DType.floatToBfloat16(DType.bfloat16ToFloat(pattern)), "bfloat16 " + name);
        }
    }

    @Test
    void halvesHaveTheValueOfTheirFields() {
        for (int bits = 0; bits < PATTERNS; bits++) {
            int exponent = bits >> 10 & 31;
            int fraction = bits & 1023;
            double magnitude = magnitude(exponent, fraction);
            float expected = (float) (bits >= 0x8000 ? -magnitude : magnitude);
            assertEquals(expected, DType.halfToFloat((short) bits), Integer.toHexString(bits));
        }
    }

    private static double magnitude(int exponent, int fraction) {
        if (exponent == 31) {
            return fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0 ? fraction * Math.pow(2, -24) : (1024 + fraction) * Math.pow(2, exponent - 25);
    }

    /** Between two neighbours, values below the middle round down, values above it up, and the middle to even. */
    @Test
    void roundsToTheNearestAndTiesToEven() {
        for (int bits = 0; bits < 0x7C00; bits++) {
            float low = DType.halfToFloat((short) bits);
            float high = bits == 0x7BFF ? 65536 : DType.halfToFloat((short) (bits + 1));
            float middle = low + (high - low) / 2;
            checkMiddle(bits, DType.floatToHalf(middle), DType.floatToHalf(Math.nextDown(middle)),
                    DType.floatToHalf(Math.nextUp(middle)), DType.floatToHalf(-middle));
        }
        for (int bits = 0; bits < 0x7F80; bits++) {
            float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            checkMiddle(bits, DType.floatToBfloat16(middle), DType.floatToBfloat16(Math.nextDown(middle)),
                    DType.floatToBfloat16(Math.nextUp(middle)), DType.floatToBfloat16(-middle));
        }
    }

    private static void checkMiddle(int low, short middle, short below, short above, short negated) {
        assertEquals((short) (low + (low & 1)), middle, "middle above " + Integer.toHexString(low));
        assertEquals((short) low, below, "below the middle above " + Integer.toHexString(low));
        assertEquals((short) (low + 1), above, "above the middle above " + Integer.toHexString(low));
        assertEquals((short) (middle | 0x8000), negated, "negative middle below " + Integer.toHexString(low));
    }

    @Test
    void everyNaNStaysNaNAndOverflowIsInfinite() {
        for (int fraction = 1; fraction < 1 << 23; fraction = fraction * 2 + 1) {
            float nan = Float.intBitsToFloat(0x7F800000 | fraction);
            float lowest = Float.intBitsToFloat(0x7F800000 | fraction & -fraction);
            for (float value : new float[] {nan, -nan, lowest}) {
                String name = Integer.toHexString(fraction);
                assertTrue(Float.isNaN(DType.halfToFloat(DType.floatToHalf(value))), name);
                assertTrue(Float.isNaN(DType.bfloat16ToFloat(DType.floatToBfloat16(value))), name);
            }
        }
        assertEquals(Float.POSITIVE_INFINITY, DType.halfToFloat(DType.floatToHalf(Float.MAX_VALUE)));
        assertEquals(Float.NEGATIVE_INFINITY, DType.bfloat16ToFloat(DType.floatToBfloat16(-Float.MAX_VALUE)));
    }
}
