package dev.sectional.weights.internal.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.weights.fixtures.PickleBytes;
import dev.sectional.weights.internal.common.FileBytes;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.PickleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that a pickle builds, and the limits of its operations: each at the limit and one beyond it. */
class TensorUnpicklerTest {
    private static Object read(PickleBytes pickle) {
        return new TensorUnpickler("x.pth").read(input(pickle.bytes()));
    }

    private static PickleInput input(byte[] bytes) {
        return new PickleInput(FileBytes.of(bytes), 0, bytes.length);
    }

    private static String refusal(PickleBytes pickle) {
        String message = assertThrows(InputException.class, () -> read(pickle)).getMessage();
        assertTrue(message.startsWith("cannot read x.pth: ") && message.lines().count() == 1, message);
        return message;
    }

    @Test
    void buildsContainersInTheirOrder() {
        Object dict = read(PickleBytes.of('}').text("b").number(1).op('s').text("a").number(2).op('s', '.'));
        assertEquals("{b=1, a=2}", dict.toString());
        assertEquals("{b=1, a=2}",
                read(PickleBytes.of('}', '(').text("b").number(1).text("a").number(2).op('u', '.')).toString());
        assertEquals("{b=1, a=2}",
                read(PickleBytes.of('(').text("b").number(1).text("a").number(2).op('d', '.')).toString());
        for (int operation : new int[] {'u', 'd'}) {
            PickleBytes odd = PickleBytes.of(operation == 'u' ? new int[] {'}', '('} : new int[] {'('});
            assertTrue(refusal(odd.text("b").number(1).text("a").op(operation, '.')).contains("key without a value"));
        }
        assertEquals(List.of(1L, 2L), whole(read(PickleBytes.of(']', '(').number(1).number(2).op('e', '.'))));
        assertEquals(List.of(1L, 2L), whole(read(PickleBytes.of(']').number(1).op('a').number(2).op('a', '.'))));
        assertEquals(Set.of(), read(PickleBytes.of(0x80, 4, '(').number(1).op(0x91, '.')));
        assertInstanceOf(Set.class, read(PickleBytes.of(0x80, 4, 0x8f, '(').number(1).op(0x90, '.')));
        assertTrue(refusal(PickleBytes.of(']', '(').number(1).op(0x90, '.')).contains("other than a set"));
    }

    private static List<Long> whole(Object list) {
        return ((List<?>) list).stream().map(each -> ((Number) each).longValue()).toList();
    }

    @Test
    void dictionariesAreBuiltFromPairsOrACopy() {
        PickleBytes pairs = PickleBytes.of().global("collections", "OrderedDict").op(']', ']').text("b").op('a')
                .number(1).op('a', 'a').text("a").number(2).op(0x86, 'a', 0x85, 'R', '.');
        assertEquals("{b=1, a=2}", read(pairs).toString());
        PickleBytes copy = PickleBytes.of().global("builtins", "dict").op('}').text("k").number(1).op('s', 0x85, 'R')
                .op('.');
        assertEquals("{k=1}", read(copy).toString());
        assertEquals(Map.of(), read(PickleBytes.of().global("__builtin__", "dict").op(')', 'R', '.')));
        PickleBytes triple = PickleBytes.of().global("collections", "OrderedDict").op(']').number(1).number(2).number(3)
                .op(0x87, 'a', 0x85, 'R', '.');
        assertTrue(refusal(triple).contains("other than pairs"));
        for (int container : new int[] {']', '}'}) {
            PickleBytes key = PickleBytes.of().global("collections", "OrderedDict").op(']', container).number(2)
                    .op(0x86, 'a', 0x85, 'R', '.');
            assertTrue(refusal(key).contains("other than pairs"));
            assertTrue(refusal(PickleBytes.of('}', container, 'N', 's', '.')).contains("container is used as a key"));
            assertTrue(refusal(PickleBytes.of('}', '(', container, 'N', 'u', '.')).contains("used as a key"));
            assertTrue(refusal(PickleBytes.of(0x80, 4, 0x8f, '(', container, 0x90, '.')).contains("used as a key"));
        }
        assertTrue(refusal(PickleBytes.of().global("collections", "OrderedDict").number(1).op(0x85, 'R', '.'))
                .contains("tuple or list"));
    }

    /** What a class outside the list builds is never filled. */
    @Test
    void objectsOfOtherClassesStayEmpty() {
        Object wanted = new PickleAllowList.Unknown("a.B");
        PickleBytes made = PickleBytes.of(0x80, 2).global("a", "B").op(')', 0x81);
        assertEquals(wanted, read(PickleBytes.of().bytes(made.bytes()).number(1).number(2).op('s', '.')));
        assertEquals(wanted, read(PickleBytes.of().bytes(made.bytes()).op('(').number(1).number(2).op('u', '.')));
        assertEquals(wanted, read(PickleBytes.of().bytes(made.bytes()).op('(').number(1).op('e', '.')));
        assertEquals(wanted, read(PickleBytes.of().bytes(made.bytes()).number(1).op('a', '.')), "a list of one");
        assertEquals(wanted, read(PickleBytes.of().bytes(made.bytes()).number(1).op('b', '.')), "state");
    }

    @Test
    void parametersAndSizesAreTheirFirstArgument() {
        for (String name : new String[] {"torch._utils,_rebuild_parameter",
            "torch._utils,_rebuild_parameter_with_state", "torch,Size"}) {
            String[] path = name.split(",");
            Object first = read(PickleBytes.of().global(path[0], path[1]).number(5).op('N', 0x86, 'R', '.'));
            assertEquals(5L, ((Number) first).longValue());
            assertTrue(refusal(PickleBytes.of().global(path[0], path[1]).op(')', 'R', '.'))
                    .contains("without arguments"));
        }
    }

    /** PyTorch stores the elements of {@code tensor.neg_view()} as they are, and that reading negates them. */
    @Test
    void aViewThatNegatesIsNoTensor() {
        long[] one = {1};
        for (String view : List.of("neg", "conj")) {
            Object found = read(PickleBytes.of().tensor("Float", "0", 1, 0, one, one, view).op('.'));
            String message = assertThrows(InputException.class, () -> PickleAllowList.required("x.pth", found))
                    .getMessage();
            assertTrue(message.contains("a view that negates or conjugates"), message);
        }
    }

    @Test
    void tensorsKeepTheirOffsetSizesAndStrides() {
        TensorRef tensor = (TensorRef) read(PickleBytes.of().tensor("Half", "7", 9, 2, new long[] {2, 3},
                new long[] {4, 1}).op('.'));
        assertEquals(new StorageRef(DType.F16, "7", 0, 9), tensor.storage());
        assertEquals(2, tensor.offset());
        assertArrayEquals(new long[] {2, 3}, tensor.size());
        assertArrayEquals(new long[] {4, 1}, tensor.stride());
        TensorRef scalar = (TensorRef) read(PickleBytes.of().tensor("cuda.Int", "7", 1, 0, new long[0], new long[0])
                .op('.'));
        assertEquals(DType.I32, scalar.storage().type());
    }

    @Test
    void tensorsOfOtherThingsAreRefused() {
        long[] one = {1};
        assertTrue(refusal(PickleBytes.of().tensor("Float", "0", 1, -1, one, one).op('.')).contains("whole number"));
        assertTrue(refusal(PickleBytes.of().tensor("Float", "0", 1, 0, new long[] {-1}, one).op('.'))
                .contains("whole number"));
        assertTrue(refusal(PickleBytes.of().tensor("Float", "0", 1, 0, one, new long[] {-1}).op('.'))
                .contains("whole number"));
        assertTrue(refusal(PickleBytes.of().tensor("Float", "0", -1, 0, one, one).op('.')).contains("whole number"));
        assertTrue(refusal(PickleBytes.of().tensor("Float", "0", 1, 0, one, new long[] {1, 1}).op('.'))
                .contains("1 dimensions and 2 strides"));
        PickleBytes none = PickleBytes.of().global("torch._utils", "_rebuild_tensor");
        for (PickleBytes arguments : new PickleBytes[] {PickleBytes.of(')'), PickleBytes.of().numbers(1, 0, 0, 0)}) {
            assertTrue(refusal(PickleBytes.of().bytes(none.bytes()).bytes(arguments.bytes()).op('R', '.'))
                    .contains("other than a storage"));
        }
        PickleBytes three = PickleBytes.of().bytes(none.bytes()).op('(').bytes(id("Float", "0", 1)).number(0).op(')')
                .op('t', 'R', '.');
        assertTrue(refusal(three).contains("other than a storage"));
        assertTrue(refusal(PickleBytes.of().global("torch", "FloatStorage").op(')', 'R', '.'))
                .contains("builds a storage"));
    }

    @Test
    void sizesAreWholeNumbersOfAnyWidth() {
        assertEquals(3, PickleAllowList.whole(3));
        assertEquals(1L << 40, PickleAllowList.whole(1L << 40));
        assertEquals(0, PickleAllowList.whole(0));
        for (Object other : new Object[] {-1, -1L, 1.0, "1", (short) 1, true}) {
            assertThrows(PickleException.class, () -> PickleAllowList.whole(other), other::toString);
        }
        TensorRef small = (TensorRef) read(PickleBytes.of().global("torch._utils", "_rebuild_tensor_v2").op('(')
                .bytes(id("Float", "0", 6)).op('K', 1, 'K', 2, 'K', 2, 0x86, 'K', 2, 'K', 1, 0x86, 't', 'R', '.'));
        assertEquals(1, small.offset());
        assertArrayEquals(new long[] {2, 2}, small.size());
        assertArrayEquals(new long[] {2, 1}, small.stride());
    }

    private static byte[] id(String type, String key, long count) {
        return PickleBytes.of('(').text("storage").global("torch", type + "Storage").text(key).text("cpu").number(count)
                .op('t', 'Q').bytes();
    }

    @Test
    void aStorageHasOneTypeAndLength() {
        TensorUnpickler unpickler = new TensorUnpickler("x.pth");
        unpickler.read(input(PickleBytes.of(']').bytes(id("Float", "a", 3)).op('a').bytes(id("Float", "a", 3)).op('a')
                .bytes(id("Byte", "b", 5)).op('a', '.').bytes()));
        assertEquals(Map.of("a", new StorageRef(DType.F32, "a", 0, 3), "b", new StorageRef(DType.U8, "b", 0, 5)),
                unpickler.storages());
        for (byte[] other : new byte[][] {id("Float", "a", 4), id("Int", "a", 3)}) {
            assertTrue(refusal(PickleBytes.of(']').bytes(id("Float", "a", 3)).op('a').bytes(other).op('a', '.'))
                    .contains("storage a has two types or lengths"));
        }
    }

    @Test
    void aPersistentIdIsAStorage() {
        for (PickleBytes id : new PickleBytes[] {PickleBytes.of().number(1), PickleBytes.of(')'),
            PickleBytes.of().text("storage").op(0x85),
            PickleBytes.of('(').text("module").global("torch", "FloatStorage").text("0").text("cpu").number(1).op('t'),
            PickleBytes.of('(').text("storage").text("torch.FloatStorage").text("0").text("cpu").number(1).op('t'),
            PickleBytes.of('(').text("storage").global("torch", "FloatStorage").text("0").text("cpu").op('t')}) {
            assertTrue(refusal(PickleBytes.of().bytes(id.bytes()).op('Q', '.')).contains("is not a storage"));
        }
    }

    /** Storages of complex and quantized numbers are skipped by their bytes. */
    @Test
    void otherStoragesHaveTheirLengthInBytes() {
        TensorUnpickler unpickler = new TensorUnpickler("x.pth");
        unpickler.read(input(PickleBytes.of(']').bytes(id("ComplexFloat", "a", 3)).op('a')
                .bytes(id("cuda.QInt32", "b", 5)).op('a').bytes(id("Strange", "c", 5)).op('a', '.').bytes()));
        assertEquals(Map.of("a", 24L, "b", 20L), unpickler.otherStorages());
        assertEquals(Map.of(), unpickler.storages());
        PickleBytes uncounted = PickleBytes.of('(').text("storage").global("torch", "ComplexFloatStorage").text("0")
                .text("cpu").op('t', 'Q', '.');
        assertEquals(new PickleAllowList.Unknown("torch.ComplexFloatStorage"), read(uncounted));
        assertTrue(refusal(PickleBytes.of().bytes(id("ComplexDouble", "a", Long.MAX_VALUE / 8)).op('.'))
                .contains("overflow"));
    }

    @Test
    void aMillionOperationsAreTheMost() {
        int pairs = (1 << 19) - 1;
        byte[] pop = "0N".repeat(pairs).getBytes();
        assertEquals(null, read(PickleBytes.of('N').bytes(pop).op('.')));   // 2^20 operations
        assertTrue(refusal(PickleBytes.of('N', 'N').bytes(pop).op('.')).contains("more than 1048576 parts"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"I", "L", "F"})
    void numbersHave400Digits(String operation) {
        String digits = "0".repeat(398) + "1";
        String end = operation.equals("F") ? "0\n." : operation.equals("L") ? "L\n." : "0\n.";
        assertInstanceOf(Number.class, read(PickleBytes.of().ascii(operation + digits + end)));
        assertTrue(refusal(PickleBytes.of().ascii(operation + digits + "0" + end)).contains("more than 400 digits"));
        assertTrue(refusal(PickleBytes.of().ascii(operation + digits)).contains("ends too early"));
    }

    /** Texts and bytes whose length has four and eight bytes. */
    @Test
    void countedOperandsAreRead() {
        assertEquals("ab", read(PickleBytes.of('X').i32(2).ascii("ab.")));
        assertEquals("ab", read(PickleBytes.of(0x80, 4, 0x8d).i64(2).ascii("ab.")));
        assertArrayEquals(new byte[] {'a', 'b'}, (byte[]) read(PickleBytes.of(0x80, 4, 0x8e).i64(2).ascii("ab.")));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void aCountedOperandLiesInsideThePickle(int field) throws IOException {
        byte[] bytes = new byte[2 + field + 3];
        bytes[2] = 3;
        PickleInput exact = new PickleInput(FileBytes.of(bytes), 2, bytes.length);
        exact.requireCounted(field);
        assertEquals(2, exact.position());
        PickleInput cut = new PickleInput(FileBytes.of(bytes), 2, bytes.length - 1);
        assertThrows(EOFException.class, () -> cut.requireCounted(field));
        bytes[2 + field - 1] = -1;
        assertThrows(EOFException.class, () -> exact.requireCounted(field));
        PickleInput shorter = new PickleInput(FileBytes.of(bytes), 2, 2 + field - 1);
        assertThrows(EOFException.class, () -> shorter.requireCounted(field));
        PickleInput end = new PickleInput(FileBytes.of(new byte[field - 1]), 0, field - 1);
        assertThrows(EOFException.class, () -> end.requireCounted(field), "the file ends within the length");
        new PickleInput(FileBytes.of(new byte[field]), 0, field).requireCounted(field);   // nothing is counted
    }

    @Test
    void theInputEndsWithAnException() throws IOException {
        PickleInput input = new PickleInput(FileBytes.of(new byte[] {1, -2, 3, 4}), 1, 4);
        assertEquals(254, input.read());
        byte[] two = new byte[4];
        assertEquals(2, input.read(two, 1, 2));
        assertArrayEquals(new byte[] {0, 3, 4, 0}, two);
        assertEquals(4, input.position());
        assertThrows(EOFException.class, input::read);
        assertThrows(EOFException.class, () -> input.read(two, 0, 1));
        PickleInput lines = new PickleInput(FileBytes.of("abc\nde".getBytes()), 0, 6);
        assertTrue(lines.lineWithin(3));
        assertFalse(lines.lineWithin(2));
        assertTrue(new PickleInput(FileBytes.of("abc".getBytes()), 1, 3).lineWithin(2), "the input ends before");
    }

    @Test
    void aCutPickleNamesTheByte() {
        assertTrue(refusal(PickleBytes.of('}').text("ab")).contains("ends too early, at byte 8"));
        assertTrue(refusal(PickleBytes.of('s', '.')).contains("before byte 1 "));
    }
}
