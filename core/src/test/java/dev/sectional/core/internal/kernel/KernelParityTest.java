package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.internal.exec.Execution;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every kernel of the provider under test against loops in plain Java: bit by bit where it works element by
 * element, within the rounding of float32 where it adds. The scalar provider is held against the same loops, so
 * providers agree with each other. Maven runs this for plain Java and for SIMD at each width of vectors that the
 * processor has.
 */
class KernelParityTest {
    /** Enough for the JIT compiler's last tier: compiled vectors and interpreted ones are different code. */
    private static final int ROUNDS = 2000;

    private final Kernels kernels = Execution.of(Engine.open(Provider.configured(), 1)).kernels();

    private static Map<String, ParityCase> cases() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.putAll(ElementwiseCases.all());
        cases.putAll(MatrixCases.all());
        cases.putAll(WinogradCases.all());
        cases.putAll(SparseCases.all());
        cases.putAll(DepthwiseCases.all());
        cases.putAll(FunctionCases.all());
        return cases;
    }

    @TestFactory
    Stream<DynamicTest> agreesWithPlainLoops() {
        return cases().entrySet().stream().map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
            for (int round = 0; round < ROUNDS; round++) {
                each.getValue().check(new ParityTrial(kernels, round));
            }
        }));
    }

    /** Called on everything that a kernel method did. */
    private interface Observer {
        Object after(Method method, Object[] arguments, float[][] before, Object result);
    }

    /** The kernels, and the rows of buffers that they give, with an observer of their calls. */
    private static <T> T observed(Class<T> type, T target, Observer observer) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            Object[] given = arguments == null ? new Object[0] : arguments;
            float[][] before = Arrays.stream(given).map(each -> each instanceof float[] array ? array.clone() : null)
                    .toArray(float[][]::new);
            try {
                Object result = method.invoke(target, given);
                Object seen = result instanceof BufferRows rows ? observed(BufferRows.class, rows, observer) : result;
                return observer.after(method, given, before, seen);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName()
                + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName)
                        .collect(Collectors.joining(",", "(", ")"));
    }

    /** Methods by name, and the cases that call them. */
    private Map<String, Set<String>> coverage() {
        Map<String, Set<String>> coverage = new TreeMap<>();
        cases().forEach((title, test) -> {
            Kernels recorded = observed(Kernels.class, kernels, (method, arguments, before, result) -> {
                coverage.computeIfAbsent(name(method), each -> new TreeSet<>()).add(title);
                return result;
            });
            for (int round = 0; round < ParityTrial.cycle(kernels); round++) {
                test.check(new ParityTrial(recorded, round));
            }
        });
        return coverage;
    }

    @Test
    void coversEveryMethod() {
        Set<String> methods = new TreeSet<>();
        for (Class<?> type : new Class<?>[] {Kernels.class, SparseKernels.class, DepthwiseKernels.class,
                FunctionKernels.class, RatioKernels.class, BufferRows.class}) {
            for (Method method : type.getDeclaredMethods()) {
                boolean ofBuffers = type == BufferRows.class || method.getReturnType() == BufferRows.class;
                if (!Modifier.isStatic(method.getModifiers()) && !method.isSynthetic()
                        && (kernels.readsBuffers() || !ofBuffers)) {
                    methods.add(name(method));
                }
            }
        }
        assertEquals(methods, coverage().keySet(),
                "methods of the kernel interfaces, and those that a parity case calls");
    }

    /** The suite itself: a wrong result of any method, in one element, fails some case. */
    @TestFactory
    Stream<DynamicTest> noticesWrongResults() {
        return coverage().entrySet().stream().map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
            Kernels broken = observed(Kernels.class, kernels, (method, arguments, before, result) ->
                    name(method).equals(each.getKey()) ? corrupted(arguments, before, result) : result);
            assertTrue(each.getValue().stream().anyMatch(title -> notices(cases().get(title), broken)),
                    each.getValue() + " notice nothing");
        }));
    }

    private boolean notices(ParityCase test, Kernels broken) {
        for (int round = 0; round < ParityTrial.cycle(kernels); round++) {
            try {
                ParityTrial trial = new ParityTrial(kernels, round);
                test.check(new ParityTrial(broken, round, trial));
            } catch (AssertionError | RuntimeException noticed) {
                return true;
            }
        }
        return false;
    }

    /**
     * Changes the greatest element that the kernel wrote to each array, the last of its float64 sums, and what it
     * returned.
     */
    private static Object corrupted(Object[] arguments, float[][] before, Object result) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof double[] sums) {
                sums[sums.length - 1] *= 1.001;
            }
            if (arguments[i] instanceof float[] after) {
                int greatest = -1;
                for (int at = 0; at < after.length; at++) {
                    boolean written = Float.isFinite(after[at])
                            && Float.floatToIntBits(after[at]) != Float.floatToIntBits(before[i][at]);
                    if (written && (greatest < 0 || Math.abs(after[at]) > Math.abs(after[greatest]))) {
                        greatest = at;
                    }
                }
                if (greatest >= 0) {
                    after[greatest] = after[greatest] == 0 ? 1 : after[greatest] * 1.001f;
                }
            }
        }
        if (result instanceof Boolean flag) {
            return !flag;
        }
        if (result instanceof Integer number) {
            return number + 1;
        }
        if (result instanceof Float number) {
            return number * 1.001f;
        }
        return result instanceof String text ? text + "!" : null;
    }
}
