package dev.sectional.benchmarks;

import dev.sectional.core.Provider;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The forward pass of the scalar provider, in a process of its own that is asked for one run at a time: in one process,
 * what the JIT compiler learns from two providers would slow down both.
 */
final class ScalarProcess implements AutoCloseable {
    private final Process process;
    private final DataInputStream answers;

    ScalarProcess(Path folder, int threads, List<String> javaOptions) throws IOException {
        List<String> command = Child.command(ScalarProcess.class, javaOptions);
        command.addAll(List.of(folder.toString(), String.valueOf(threads)));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /** One run, and its logits. */
    float[] run() throws IOException {
        OutputStream questions = process.getOutputStream();
        questions.write('\n');
        questions.flush();
        float[] logits = new float[answers.readInt()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = answers.readFloat();
        }
        return logits;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }

    /** The process: a run for each byte that it reads, until there are no more. */
    public static void main(String[] args) throws IOException {
        try (Sectional scalar = new Sectional(Vgg16.weights(Path.of(args[0])), Vgg16.image(Vgg16.SIZE), Provider.SCALAR,
                Integer.parseInt(args[1]))) {
            DataOutputStream answers = new DataOutputStream(System.out);
            while (System.in.read() >= 0) {
                float[] logits = scalar.logits();
                answers.writeInt(logits.length);
                for (float logit : logits) {
                    answers.writeFloat(logit);
                }
                answers.flush();
            }
        }
    }
}
