package dev.sectional.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.sectional.core.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** ONNX Runtime's forward pass, optimised as far as it goes. */
final class OnnxRuntime implements Contender, AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final OnnxTensor input;

    OnnxRuntime(Path weights, Tensor image, int threads) throws OrtException, IOException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            session = environment.createSession(OnnxModel.write(weights).toString(), options);
        }
        FloatBuffer values = ByteBuffer.allocateDirect(image.shape().size() * Float.BYTES)
                .order(ByteOrder.nativeOrder()).asFloatBuffer();
        values.put(image.data()).flip();
        input = OnnxTensor.createTensor(environment, values, new long[] {1, 3, Vgg16.SIZE, Vgg16.SIZE});
    }

    @Override
    public String name() {
        return "ONNX Runtime " + environment.getVersion() + ", forward";
    }

    @Override
    public float[] run() throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(OnnxModel.INPUT, input))) {
            return ((float[][]) result.get(0).getValue())[0];
        }
    }

    @Override
    public void close() throws OrtException {
        input.close();
        session.close();
    }
}
