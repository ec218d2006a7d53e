package dev.sectional.benchmarks;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.pytorch.jni.JniUtils;
import dev.sectional.core.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** PyTorch's forward pass, operator by operator as its own Python programs run it, through DJL. */
final class PyTorch implements Contender, AutoCloseable {
    private static final Shape ONE = new Shape(1, 1);
    private static final Shape TWO = new Shape(2, 2);
    private static final Shape NONE = new Shape(0, 0);

    private final NDManager manager;
    private final Map<String, NDArray> parameters = new HashMap<>();
    private final Tensor image;

    /**
     * @param folder where PyTorch's library is unpacked to
     * @param threads of the whole process: DJL reads the number once
     */
    PyTorch(Path folder, Path weights, Tensor image, int threads) throws IOException {
        this.image = image;
        configure(folder, threads);
        manager = Engine.getEngine("PyTorch").newBaseManager();
        if (JniUtils.getNumThreads() != threads) {
            throw new IllegalStateException("PyTorch uses " + JniUtils.getNumThreads() + " threads, wanted " + threads);
        }
        Map<String, Long> offsets = Vgg16.offsets(weights);
        try (FileChannel channel = FileChannel.open(weights)) {
            for (Map.Entry<String, dev.sectional.core.Shape> each : Vgg16.parameters().entrySet()) {
                dev.sectional.core.Shape shape = each.getValue();
                ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, offsets.get(each.getKey()),
                        (long) shape.size() * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
                try (NDArray view = manager.create(mapped, new Shape(dims), DataType.FLOAT32)) {
                    parameters.put(each.getKey(), view.duplicate());   // into memory of PyTorch's own
                }
            }
        }
    }

    /** What DJL is to know before its classes are first used. It then downloads and reports nothing. */
    private static void configure(Path folder, int threads) {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("DJL_CACHE_DIR", folder.resolve("djl").toString());
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    }

    @Override
    public String name() {
        return "PyTorch " + Engine.getEngine("PyTorch").getVersion() + ", forward";
    }

    @Override
    public float[] run() {
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = scope.create(image.data(), new Shape(1, 3, Vgg16.SIZE, Vgg16.SIZE));
            int index = 0;
            for (String layer : Vgg16.LAYERS) {
                NDArray before = x;
                if (layer.equals("M")) {
                    x = Pool.maxPool2d(x, TWO, TWO, NONE, false);
                    index++;
                } else {
                    String name = "features." + index;
                    try (NDArray y = Conv2d.conv2d(x, parameters.get(name + ".weight"), parameters.get(name + ".bias"),
                            ONE, ONE)
                            .singletonOrThrow()) {
                        x = Activation.relu(y);
                    }
                    index += 2;
                }
                before.close();   // memory is reused at once, as it is in Python
            }
            x = x.reshape(1, -1);
            for (int i = 0; i <= 6; i += 3) {
                x = Linear.linear(x, parameters.get("classifier." + i + ".weight"),
                        parameters.get("classifier." + i + ".bias"))
                        .singletonOrThrow();
                x = i < 6 ? Activation.relu(x) : x;
            }
            return x.toFloatArray();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
