package dev.sectional.testing;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.internal.kernel.Kernels;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * An engine whose kernels fail if they compute a NaN. With buffers full of NaN and finite inputs, that reveals every
 * kernel call that multiplies an element which nobody wrote, even where the result is never stored.
 */
final class FreshOperands {
    private FreshOperands() {
    }

    /** Opens an engine of one thread with the configured provider. */
    static Engine open() {
        Engine engine = Engine.open(Provider.configured(), 1);
        Kernels kernels = engine.unwrap(Kernels.class);
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                Object result = method.invoke(kernels, arguments);
                check(kernels, method, arguments);
                return result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        try {
            Field field = Engine.class.getDeclaredField("kernels");
            field.setAccessible(true);
            field.set(engine, Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class},
                    handler));
            return engine;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Checks what a call wrote. Positions of arguments are those of the methods of {@link Kernels}. */
    private static void check(Kernels kernels, Method method, Object[] arguments) {
        int nr = kernels.nr();
        switch (method.getName()) {
            case "gemmMicroKernel" -> check(method, arguments, 13, 15, kernels.mr(), (int) arguments[7]);
            case "gemmShortMicroKernel" -> check(method, arguments, 12, 14, kernels.shortMr(), nr);
            case "depthwise" -> check(method, arguments, 8, 10, (int) arguments[11], (int) arguments[12]);
            case "depthwiseFilterGradient" ->
                check(method, arguments, 9, 11, (int) arguments[8], (int) arguments[12]);
            case "addBiasAndClamp" -> check(method, arguments, 4, 6, (int) arguments[7], (int) arguments[8]);
            case "gemmTransAMicroKernel" -> check(method, arguments, 6, 8, kernels.mr(), nr);
            case "winogradInput" -> check(method, arguments, 6, 8, 36, (int) arguments[4]);
            case "winogradFilter" ->
                check(method, arguments, 7, 9, 6 * ((int) arguments[1] - (int) arguments[0]), (int) arguments[5]);
            case "winogradOutputGradient" -> check(method, arguments, 7, 9, 36, (int) arguments[4]);
            case "winogradFilterGradient" -> check(method, arguments, 5, 7, 9, (int) arguments[3]);
            case "winogradOutput" -> {
                for (int i = 0; i < 4; i++) {
                    int start = (int) arguments[9] + i * (int) arguments[10];
                    check(method, (float[]) arguments[8], start, (int) arguments[11], 4, (int) arguments[3]);
                }
            }
            case "stabilisedRatio" ->
                check(method, (float[]) arguments[6], (int) arguments[7], (int) arguments[9], (int) arguments[8],
                        (int) arguments[9]);
            case "add", "multiply", "max" ->
                check(method, (float[]) arguments[2], (int) arguments[3], 0, 1, (int) arguments[4]);
            case "combineWithAbs" ->
                check(method, (float[]) arguments[4], (int) arguments[5], 0, 1, (int) arguments[6]);
            case "dot" -> {
                check(method, (float[]) arguments[0], (int) arguments[1], 0, 1, (int) arguments[4]);
                check(method, (float[]) arguments[2], (int) arguments[3], 0, 1, (int) arguments[4]);
            }
            default -> {
            }
        }
    }

    private static void check(Method method, Object[] arguments, int array, int step, int rows, int count) {
        check(method, (float[]) arguments[array], (int) arguments[array + 1], (int) arguments[step], rows, count);
    }

    private static void check(Method method, float[] values, int start, int step, int rows, int count) {
        for (int row = 0; row < rows; row++) {
            for (int i = start + row * step; i < start + row * step + count; i++) {
                if (Float.isNaN(values[i])) {
                    throw new AssertionError(method.getName() + " computes NaN in row " + row + " at "
                            + (i - start - row * step) + " of " + count);
                }
            }
        }
    }
}
