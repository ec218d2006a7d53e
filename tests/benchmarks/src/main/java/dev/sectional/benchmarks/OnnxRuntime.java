package dev.sectional.benchmarks;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** ONNX Runtime's forward pass, optimised as far as it goes. */
final class OnnxRuntime implements Contender, AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final String inputName;
    private final OnnxTensor input;

    /** Loads a model for one image, as the other constructor does for several. */
    OnnxRuntime(Path model, Tensor image, int threads) throws OrtException {
        this(model, List.of(image), threads);
    }

    /**
     * Loads a model with one input and one output.
     *
     * @param model an ONNX file; for several images it leaves their number open
     * @param images {@code (3, H, W)} each, all of one shape; a model whose input has the channels last gets them in
     *     that order
     */
    OnnxRuntime(Path model, List<Tensor> images, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Threads that spin after a run would take a core from the next measurement.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(model.toString(), options);
        }
        Map.Entry<String, NodeInfo> first = session.getInputInfo().entrySet().iterator().next();
        inputName = first.getKey();
        long[] wanted = ((TensorInfo) first.getValue().getInfo()).getShape();
        Shape shape = images.get(0).shape();
        int height = shape.dim(1);
        int width = shape.dim(2);
        boolean channelsLast = wanted[1] != 3 && wanted[3] == 3;
        FloatBuffer values = ByteBuffer.allocateDirect(images.size() * shape.size() * Float.BYTES)
                .order(ByteOrder.nativeOrder()).asFloatBuffer();
        images.forEach(image -> values.put(channelsLast ? image.toChannelsLast().data() : image.data()));
        values.flip();
        input = OnnxTensor.createTensor(environment, values, channelsLast ? new long[] {images.size(), height, width, 3}
                : new long[] {images.size(), 3, height, width});
    }

    @Override
    public String name() {
        return "ONNX Runtime " + environment.getVersion() + ", forward";
    }

    @Override
    public float[] run() throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(inputName, input))) {
            return ((float[][]) result.get(0).getValue())[0];
        }
    }

    @Override
    public void close() throws OrtException {
        input.close();
        session.close();
    }
}
