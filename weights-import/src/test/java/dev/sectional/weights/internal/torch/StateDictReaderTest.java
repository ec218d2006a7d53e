package dev.sectional.weights.internal.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tensors of a checkpoint are the network's, and under which names. */
class StateDictReaderTest {
    private static final TensorRef TENSOR =
            new TensorRef(new StorageRef(DType.F32, "0", 0, 1), 0, new long[0], new long[0]);

    private static Map<Object, Object> map(Object... keysAndValues) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static Map<Object, Object> tensors(String... names) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (String name : names) {
            map.put(name, TENSOR);
        }
        return map;
    }

    private static List<String> names(String wanted, Object root) {
        return List.copyOf(new StateDictReader("x.pth", wanted).tensors(root).keySet());
    }

    private static String chosen(String wanted, Object root) {
        StateDictReader reader = new StateDictReader("x.pth", wanted);
        reader.tensors(root);
        return reader.chosen();
    }

    private static String refusal(String wanted, Object root) {
        String message = assertThrows(InputException.class, () -> names(wanted, root)).getMessage();
        assertTrue(message.startsWith("cannot read x.pth: ") && message.lines().count() == 1, message);
        return message;
    }

    @Test
    void aTensorAloneIsNamedTensor() {
        assertEquals(List.of("tensor"), names("", TENSOR));
    }

    @Test
    void namesFollowTheContainers() {
        Object root = map("a", List.of(TENSOR, 3, TENSOR), "b", new Object[] {"text", map(7, TENSOR, 8L, TENSOR)},
                "c", null, 2.5, TENSOR);
        assertEquals(List.of("a.0", "a.2", "b.1.7", "b.1.8"), names("", root), "keys that are no names are skipped");
        assertSame(TENSOR, new StateDictReader("x.pth", "").tensors(root).get("b.1.8"));
    }

    @Test
    void twoTensorsOfOneNameAreRefused() {
        assertTrue(refusal("", map("a.b", TENSOR, "a", map("b", TENSOR))).contains("two tensors are named a.b"));
        assertTrue(refusal("", map(1, TENSOR, "1", TENSOR)).contains("two tensors are named 1"));
    }

    @Test
    void nestingEndsAt32Containers() {
        Object inner = TENSOR;
        for (int depth = 0; depth < 32; depth++) {
            inner = List.of(inner);
        }
        assertEquals(List.of("0" + ".0".repeat(31)), names("", inner));
        assertTrue(refusal("", List.of(inner)).contains("nest too deep"));
    }

    @Test
    void namesEndAt1000Characters() {
        assertEquals(List.of("n".repeat(1000)), names("", tensors("n".repeat(1000))));
        assertTrue(refusal("", tensors("n".repeat(1001))).contains("nest too deep or hold too much"));
    }

    /** Containers that share one another hold more than the file does. */
    @Test
    void contentsEndAtAMillionValues() {
        List<Object> thousand = new java.util.ArrayList<>(java.util.Collections.nCopies(1023, "x"));
        Object most = List.of(java.util.Collections.nCopies(1023, thousand), TENSOR);   // 1023 * 1024 + 3 values
        assertEquals(List.of("1"), names("", most));
        thousand.add("x");
        thousand.add("x");
        assertTrue(refusal("", most).contains("hold too much"));
    }

    @Test
    void aCheckpointWithoutTensorsIsRefused() {
        assertTrue(refusal("", map("epoch", 3)).contains("it holds no tensors"));
        assertTrue(refusal("", map("state_dict", map())).contains("it holds no tensors"));
    }

    @Test
    void theInnermostStateDictIsTaken() {
        Object root = map("optimizer", tensors("exp_avg"), "model", map("state_dict", tensors("w"), "step", 1));
        assertEquals(List.of("w"), names("", root));
        assertEquals("", chosen("", root));
        assertEquals(List.of("model"), names("", tensors("model")), "a tensor of that name is no state dict");
    }

    @Test
    void ofSeveralStateDictsTheUsualOneIsTakenAndNamed() {
        Object root = map("ema", tensors("e"), "model", tensors("m"), "state_dict", tensors("s"));
        assertEquals(List.of("s"), names("", root));
        assertEquals("the weights of state_dict (--state-dict chooses model, ema)", chosen("", root));
        assertEquals(List.of("e"), names("ema", root));
        assertEquals("", chosen("ema", root));
        Object twice = map("net", map("model", tensors("a"), "ema", tensors("b")), "ema", tensors("c"));
        assertEquals("the weights of net (--state-dict chooses ema)", chosen("", twice), "the outermost choice");
    }

    @Test
    void anyKeyChoosesADictionary() {
        Object root = map("epoch", 1, "mine", map("module", tensors("w")), "state_dict", tensors("s"));
        assertEquals(List.of("w"), names("mine", root));
        String other = refusal("theirs", root);
        assertTrue(other.contains("no state dict under the key theirs; its dictionaries are mine, state_dict"), other);
        String none = refusal("theirs", tensors("w"));
        assertTrue(none.contains("it is a state dict itself, read without --state-dict"), none);
        assertTrue(refusal("theirs", List.of(TENSOR)).contains("read without --state-dict"));
        Map<Object, Object> many = new LinkedHashMap<>();
        for (int i = 0; i < 30; i++) {
            many.put("k" + i, map());
        }
        String first = refusal("theirs", many);
        assertTrue(first.endsWith("k19"), "the first twenty: " + first);
    }

    @ParameterizedTest
    @CsvSource({"model,criterion", "net,loss_fn", "backbone,train_acc", "network,ema_model", "encoder,val_metrics"})
    void theNetworkOfATrainingProgramIsTaken(String network, String beside) {
        Object root = tensors(network + ".a.weight", network + ".b", beside + ".c");
        assertEquals(List.of("a.weight", "b"), names("", root));
        assertEquals("the weights of " + network + ".*, not those of " + beside + ".* (--state-dict chooses one)",
                chosen("", root));
    }

    @Test
    void namesOfOtherKindsBesideANetworkStay() {
        List<String> mixed = List.of("model.a", "criterion.b", "head.c");
        assertEquals(mixed, names("", tensors(mixed.toArray(String[]::new))));
        assertEquals("", chosen("", tensors(mixed.toArray(String[]::new))));
        List<String> two = List.of("model.a", "net.b");
        assertEquals(two, names("", tensors(two.toArray(String[]::new))), "no single network");
        List<String> one = List.of("model.a", "model.b");
        assertEquals(one, names("", tensors(one.toArray(String[]::new))), "nothing beside it");
        List<String> plain = List.of("a", "loss.b");
        assertEquals(plain, names("", tensors(plain.toArray(String[]::new))), "no network");
    }

    @Test
    void aPrefixOfNamesIsChosenToo() {
        Object root = map("state_dict", tensors("teacher.w", "student.w", "student.b.c", "studentship.d"));
        assertEquals(List.of("w", "b.c"), names("student", root));
        assertEquals("", chosen("student", root));
        assertEquals(List.of("w"), names("teacher", root));
        assertEquals(List.of("w"), names("resnet", tensors("resnet.w")), "a prefix of every name");
        assertTrue(refusal("stud", root).contains("no state dict under the key stud"));
        Object noTensor = map("state_dict", map("student.w", 3, "x", TENSOR));
        assertTrue(refusal("student", noTensor).contains("no state dict under the key student"));
    }

    @Test
    void classesOutsideTheListAreRefusedWhereTheTensorsAre() {
        Object unknown = new PickleAllowList.Unknown("os.system");
        assertTrue(refusal("", unknown).contains("asks for os.system"));
        assertTrue(refusal("", map("w", TENSOR, "v", unknown)).contains("asks for os.system"));
        assertEquals(List.of("w"), names("", map("args", unknown, "state_dict", tensors("w"))));
    }

    @Test
    void rangesOfAStorageStayInside() {
        StorageRef whole = new StorageRef(DType.F32, "0", 0, 6);
        assertEquals(new StorageRef(DType.F32, "0", 2, 4), whole.view(2, 4));
        assertEquals(new StorageRef(DType.F32, "0", 6, 0), whole.view(6, 0));
        assertEquals(whole, whole.view(0, 6));
        assertEquals(new StorageRef(DType.F32, "0", 3, 1), whole.view(2, 4).view(1, 1));
        for (long[] view : new long[][] {{2, 5}, {7, 0}, {-1, 1}, {0, -1}, {0, 7}, {Long.MAX_VALUE, 1}}) {
            String message = assertThrows(RuntimeException.class, () -> whole.view(view[0], view[1]),
                    Arrays.toString(view)).getMessage();
            assertEquals("a view reaches beyond storage 0", message);
        }
        long most = Long.MAX_VALUE / 8;
        assertEquals(most, new StorageRef(DType.F64, "0", 0, most).count());
        for (long[] claim : new long[][] {{0, most + 1}, {1, most}, {-1, 0}, {0, -1}}) {
            assertTrue(assertThrows(RuntimeException.class, () -> new StorageRef(DType.F64, "0", claim[0], claim[1]))
                    .getMessage().startsWith("storage 0 claims " + claim[1]));
        }
        assertArrayEquals(new long[0], TENSOR.size());
    }
}
