package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Integers of variable length, names of nodes, and computing with constants. */
class OnnxPartsTest {
    private static void refused(String said, Executable reading) {
        String message = assertThrows(IllegalArgumentException.class, reading).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static ByteBuffer varints(long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(10 * numbers.length);
        for (long number : numbers) {
            long rest = number;
            while ((rest & ~0x7FL) != 0) {
                bytes.put((byte) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            bytes.put((byte) rest);
        }
        return bytes.flip();
    }

    /** More than two steps of the index, with numbers of one to ten bytes. */
    @Test
    void integersAreReadFromAnywhere() {
        long[] numbers = new long[2500];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i % 7 == 0 ? -i : (long) i << i % 50;
        }
        VarintArray array = new VarintArray(numbers.length, varints(numbers));
        assertArrayEquals(numbers, array.read(0, numbers.length));
        for (int from : new int[] {0, 1, 1022, 1023, 1024, 1025, 2047, 2048, 2499}) {
            int count = Math.min(3, numbers.length - from);
            assertArrayEquals(Arrays.copyOfRange(numbers, from, from + count), array.read(from, count));
        }
        assertEquals(0, array.read(2500, 0).length);
        assertThrows(IndexOutOfBoundsException.class, () -> array.read(2499, 2));
        assertEquals(0, new VarintArray(0, varints()).read(0, 0).length);
        long[] step = new long[1024];
        assertArrayEquals(step, new VarintArray(1024, varints(step)).read(0, 1024));
    }

    @Test
    void countsAndEndsOfIntegersAreChecked() {
        refused("has 3 elements", () -> new VarintArray(2, varints(1, 2, 3)));
        refused("has 2 elements", () -> new VarintArray(3, varints(300, 2)));
        refused("has only 2 bytes of elements", () -> new VarintArray(3, varints(1, 2)));
        refused("has 1 elements", () -> new VarintArray(1, ByteBuffer.wrap(new byte[] {1, -1})));
        refused("has 2048 elements", () -> new VarintArray(1, varints(new long[2048])));
        byte[] endless = new byte[12];
        Arrays.fill(endless, (byte) -1);
        endless[10] = 1;
        refused("has an element without its end", () -> new VarintArray(1, ByteBuffer.wrap(endless)));
        assertEquals(-1, new VarintArray(1, varints(-1)).read(0, 1)[0], "ten bytes");
    }

    private static List<String> names(String... nodes) {
        List<NodeProto> protos = Stream.of(nodes).map(name -> NodeProto.newBuilder().setName(name).addOutput("out")
                .build()).toList();
        NodeNames names = new NodeNames(protos);
        assertNull(names.of(NodeProto.newBuilder().setName("other").build()));
        assertTrue(protos.stream().allMatch(each -> names.isKnown(names.of(each))));
        assertFalse(names.isKnown("other"));
        return protos.stream().map(names::of).toList();
    }

    @Test
    void nodesAreNamedAfterTheirModules() {
        assertEquals(List.of("layer1.0.conv1", "layer1.0.add", "layer1.0.bn1"),
                names("/layer1/layer1.0/conv1/Conv", "/layer1/layer1.0/Add", "/layer1/layer1.0/bn1/Batch"));
        assertEquals(List.of("conv.conv", "conv.relu"), names("/conv/Conv", "/conv/Relu"));
        assertEquals(List.of("add", "add_1", "add_2"), names("/Add", "/Add", "/Add"));
        assertEquals(List.of("out", "plain", "/", "/a/"), names("", "plain", "/", "/a/"));
        assertEquals(List.of("out", "out_1"), names("", ""));
        assertEquals(List.of(Network.IMAGE + "_1"), names(Network.IMAGE));
        assertEquals(List.of("ab.a.b"), names("/ab/a/b/Conv"), "a part that only begins like the one before");
        String most = "/" + "m".repeat(194) + "/Conv";
        assertEquals(List.of("m".repeat(194)), names(most));
        assertEquals(List.of(("/" + "m".repeat(195) + "/Conv").substring(0, 200)),
                names("/" + "m".repeat(195) + "/Conv"), "a name that long is cut");
        assertEquals(List.of("n".repeat(200), "n".repeat(200) + "_1"), names("n".repeat(200), "n".repeat(201)));
    }

    private static ConstantArray counted(int... dims) {
        return ConstantArray.of(DType.F32, dims, i -> i);
    }

    private static void assertArray(int[] dims, double[] values, ConstantArray array) {
        assertArrayEquals(dims, array.dims());
        assertArrayEquals(values, array.values());
        assertEquals(dims.length, array.rank());
        assertEquals(values.length, array.size());
    }

    @Test
    void constantsAreTransposedAndBroadcast() {
        assertArray(new int[] {3, 1, 2}, new double[] {0, 3, 1, 4, 2, 5},
                counted(2, 1, 3).transposed(new int[] {2, 1, 0}));
        assertArrayEquals(new int[] {3, 0, 1}, counted(2, 1, 3).strides());
        assertArray(new int[] {2, 2, 3}, new double[] {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1},
                counted(2, 1).broadcast(new int[] {2, 2, 3}));
        ConstantArray same = counted(2, 3);
        assertSame(same, same.broadcast(new int[] {2, 3}));
        refused("shape 2x3 does not fit shape 3x3", () -> same.broadcast(new int[] {3, 3}));
        assertArray(new int[] {2, 2}, new double[] {5, 3, 2, 0}, same.view(new int[] {2, 2}, new int[] {-3, -2}, 5));
        assertArray(new int[] {2, 2}, new double[] {2, 0, 5, 3}, same.along(1, 2, i -> 2 - 2 * i));
        assertArray(new int[] {3, 2, 2}, new double[] {4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7},
                counted(2, 2, 2).along(0, 3, i -> (i + 1) % 2));
        assertArray(new int[] {2, 0}, new double[0], same.along(1, 0, i -> 0));
    }

    @Test
    void shapesAreBroadcastFromTheirEnds() {
        assertArrayEquals(new int[] {4, 2, 3}, ConstantArray.broadcast(new int[] {2, 1}, new int[] {4, 1, 3}));
        assertArrayEquals(new int[] {4, 2, 3}, ConstantArray.broadcast(new int[] {4, 1, 3}, new int[] {2, 1}));
        assertArrayEquals(new int[] {0}, ConstantArray.broadcast(new int[] {1}, new int[] {0}));
        refused("do not fit each other", () -> ConstantArray.broadcast(new int[] {2}, new int[] {3}));
    }

    @Test
    void constantsKeepExactIntegers() {
        ConstantValue whole = new ConstantArray(DType.I64, new int[] {2}, new double[] {1L << 40, -3}).toConstant();
        assertArrayEquals(new long[] {1L << 40, -3}, whole.integers());
        assertEquals(DType.I64, whole.type());
        assertTrue(ConstantArray.of(whole).isInteger());
        assertArrayEquals(new double[] {1L << 40, -3}, ConstantArray.of(whole).values());
        ConstantValue real = new ConstantArray(DType.F64, new int[] {1}, new double[] {0.1}).toConstant();
        assertEquals(DType.F32, real.type());
        assertNull(real.integers());
        assertFalse(ConstantArray.of(real).isInteger());
        int most = ConstantValue.MOST_INTEGERS;
        ConstantValue made = ConstantValue.ofIntegers(Shape.of(2), 3, -4);
        assertArrayEquals(new float[] {3, -4}, made.values().tensor().data());
        assertEquals(most, ConstantValue.ofIntegers(Shape.of(most), new long[most]).integers().length);
        refused("makes 4097 integers", () -> ConstantValue.ofIntegers(Shape.of(most + 1), new long[most + 1]));
        assertEquals(most, ConstantArray.of(DType.I32, new int[] {most}, i -> i).toConstant().integers().length);
        assertNull(ConstantArray.of(DType.I32, new int[] {most + 1}, i -> i).toConstant().integers());
    }

    @Test
    void longTensorsOfIntegersStayBelow2To24() {
        Tensor values = Tensor.of(Shape.of(2), (1 << 24) - 1, -3);
        ConstantValue constant = new ConstantValue(DType.I32, values, null);
        assertArrayEquals(new double[] {(1 << 24) - 1, -3}, ConstantArray.of(constant).values());
        values.data()[1] = -(1 << 24);
        refused("integers beyond 2^24", () -> ConstantArray.of(constant));
        assertEquals(-(1 << 24), ConstantArray.of(new ConstantValue(DType.F32, values, null)).values()[1]);
    }
}
