package dev.sectional.weights.internal.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.weights.fixtures.PickleBytes;
import dev.sectional.weights.internal.format.FormatDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles that would run something, fill the memory or never end. */
class HostilePickleTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"os,system", "posix,system", "nt,system", "builtins,eval", "__builtin__,exec", "builtins,getattr",
        "subprocess,Popen", "torch.storage,_load_from_bytes", "torch,load", "torch.jit,load", "exceptions,Exception",
        "builtins,ValueError", "builtins,bytearray", "array,array", "decimal,Decimal", "datetime,datetime",
        "operator,attrgetter", "copy_reg,_reconstructor", "java.lang,Runtime", "numpy.core.multiarray,_reconstruct",
        "torchvision.models.vgg,VGG", "argparse,Namespace", "torch._utils,_rebuild_qtensor",
                "torch,ComplexFloatStorage"})
    void refusesAnyOtherClassByItsName(String module, String name) throws IOException {
        String wanted = ": the pickle asks for " + module + "." + name
                + ", which is not a tensor or plain container and was not run";
        PickleBytes global = PickleBytes.of(0x80, 2).global(module, name).text("true").op(0x85, 'R', '.');
        PickleBytes stackGlobal = PickleBytes.of(0x80, 4).text(module).text(name).op(0x93).text("true")
                .op(0x85, 'R', '.');
        PickleBytes inst = PickleBytes.of('(').text("true").ascii("i" + module + "\n" + name + "\n.");
        PickleBytes obj = PickleBytes.of('(').global(module, name).text("true").op('o', '.');
        PickleBytes newObj = PickleBytes.of(0x80, 2).global(module, name).op(')', 0x81, '}', 'b', '.');
        for (PickleBytes pickle : new PickleBytes[] {global, stackGlobal, inst, obj, newObj}) {
            assertTrue(refusal(pickle.inZip(Map.of(), false)).contains(wanted));
            assertTrue(refusal(pickle.inZip(Map.of(), true)).contains(wanted));
            assertTrue(refusal(pickle.inStream(new byte[0])).contains(wanted));
            assertTrue(refusal(pickle.bytes()).contains(wanted));
        }
    }

    @Test
    void refusesAClassHiddenAmongTheStorageKeys() throws IOException {
        byte[] keys = PickleBytes.of(0x80, 2).global("os", "system").text("true").op(0x85, 'R', '.').bytes();
        assertTrue(refusal(PickleBytes.of('}', '.').inStream(keys)).contains("asks for os.system"));
    }

    @Test
    void showsNoControlCharactersOfAName() throws IOException {
        String message = refusal(PickleBytes.of().global("os\r\u001b[2J", "x".repeat(5000)).op('.').bytes());
        assertFalse(message.chars().anyMatch(Character::isISOControl));
        assertTrue(message.length() < 1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"B", "T", "X", "\u008b"})
    void doesNotBelieveALengthOfFourBytes(String opcode) throws IOException {
        for (int length : new int[] {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 1000}) {
            refuseQuickly(PickleBytes.of().ascii(opcode).i32(length));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x8d, 0x8e, 0x96})
    void doesNotBelieveALengthOfEightBytes(int opcode) throws IOException {
        for (long length : new long[] {Long.MAX_VALUE, -1, Long.MIN_VALUE, 1L << 31, 1000}) {
            refuseQuickly(PickleBytes.of(opcode).i64(length));
        }
    }

    @Test
    void endsOnPicklesMadeToLast() throws IOException {
        refuseQuickly(PickleBytes.of().ascii("L" + "9".repeat(3_000_000) + "L\n."));
        refuseQuickly(PickleBytes.of().ascii("F" + "9".repeat(3_000_000) + "\n."));
        refuseQuickly(PickleBytes.of().ascii("}".repeat(3_000_000) + "."));
        refuseQuickly(PickleBytes.of().ascii("(".repeat(3_000_000) + "."));
        refuseQuickly(PickleBytes.of().ascii("]" + "\u0094".repeat(3_000_000) + "."));
    }

    @Test
    void endsOnContainersThatHoldThemselves() throws IOException {
        refuseQuickly(PickleBytes.of(']', 'q', 0, 'h', 0, 'a', '.'));
        refuseQuickly(PickleBytes.of('}', 'q', 0, 'K', 1, 'h', 0, 's', '.'));
        refuseQuickly(PickleBytes.of('}', ']', 'q', 0, 'h', 0, 'a', 'N', 's', '.'));
        refuseQuickly(PickleBytes.of('}', 'q', 0).text("model").op('h', 0, 's', '.'));
        PickleBytes doubled = PickleBytes.of(']');
        for (int i = 0; i < 30; i++) {
            doubled.op('q', 0, ']', 'h', 0, 'a', 'h', 0, 'a');
        }
        refuseQuickly(doubled.op('.'));
    }

    @Test
    void endsOnEndlessCopies() throws IOException {
        PickleBytes pickle = PickleBytes.of(']', 'q', 0, '(');
        for (int i = 0; i < 1000; i++) {
            pickle.number(i).number(i).op(0x86);
        }
        pickle.op('e', '0').global("collections", "OrderedDict").op('q', 1, '0', ']');
        for (int i = 0; i < 100_000; i++) {
            pickle.op('h', 1, 'h', 0, 0x85, 'R', 'a');
        }
        refuseQuickly(pickle.op('.'));
    }

    @Test
    void allocatesNothingForShapesBeyondTheirStorage() throws IOException {
        long[][] sizes = {{1L << 31}, {1L << 62, 4}, {65536, 65536}, {3}, {2, 2}, {1, 1}, {2}, {2}, {1}};
        long[][] strides = {{0}, {0, 0}, {0, 0}, {0}, {1, 1}, {1, 1}, {Long.MAX_VALUE}, {2}, {1}};
        long[] offsets = {0, 0, 0, 0, 0, 2, 1, 1, Long.MAX_VALUE};
        for (int i = 0; i < sizes.length; i++) {
            PickleBytes tensor = PickleBytes.of().tensor("Float", "0", 2, offsets[i], sizes[i], strides[i]).op('.');
            byte[] file = tensor.inZip(Map.of("data/0", new byte[8]), false);
            assertTrue(refusal(file).contains(": tensor tensor: "));
        }
        PickleBytes huge = PickleBytes.of().tensor("Double", "0", Long.MAX_VALUE / 8, 0, new long[] {1}, new long[] {1})
                .op('.');
        assertTrue(refusal(huge.inZip(Map.of("data/0", new byte[8]), false)).contains("storage 0 has 8 bytes"));
        assertTrue(refusal(huge.inStream(PickleBytes.of(']').text("0").op('a', '.').i64(Long.MAX_VALUE / 8).bytes()))
                .contains("truncated"));
    }

    @Test
    void unpacksNoBomb() throws IOException {
        PickleBytes tensor = PickleBytes.of().tensor("Float", "0", 2, 0, new long[] {2}, new long[] {1}).op('.');
        byte[] file = tensor.inZip(Map.of("data/0", new byte[8]), true);
        for (int at = 0; at < file.length - 4; at++) {
            // The unpacked length in the directory's entry of data/0, which is the last one.
            if (file[at] == 'P' && file[at + 1] == 'K' && file[at + 2] == 1 && at > file.length - 100) {
                System.arraycopy(PickleBytes.of().i32(Integer.MAX_VALUE).bytes(), 0, file, at + 24, 4);
            }
        }
        assertTrue(refusal(file).contains("claims to unpack to 2147483647 bytes"));
    }

    private void refuseQuickly(PickleBytes pickle) {
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            refusal(pickle.inZip(Map.of(), true));
            refusal(pickle.inStream(new byte[0]));
        });
    }

    private String refusal(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("hostile.pth"), bytes);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(file).close()).getMessage();
        assertTrue(message.startsWith("cannot read " + file + ": "), message);
        assertEquals(1, message.lines().count());
        return message;
    }
}
