package embedder;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * Loads a network from the file that is named, or from this program's own resource without a name. Classifies a tensor,
 * explains the decision, and prints the results and the modules of this JVM.
 */
public final class Main {
    private Main() {
    }

    public static void main(String[] args) {
        try (Network network = args.length > 0 ? Models.load(Path.of(args[0]))
                : Models.load(Main.class.getResourceAsStream("/model.safetensors"))) {
            Tensor image = image(network);
            Attribution explained = Rsp.reference().explain(network, image, Target.top(1));
            System.out.println("provider " + network.engine().describe());
            System.out.println("logits " + bits(network.logits(image)));
            System.out.println("class " + explained.target());
            System.out.println("relevance " + bits(explained.relevance()) + " sum " + explained.relevance().sum());
        }
        TreeSet<String> modules = new TreeSet<>();
        ModuleLayer.boot().modules().forEach(module -> modules.add(module.getName()));
        System.out.println("modules " + String.join(" ", modules));
        System.out.println("threads " + threads());
    }

    static Tensor image(Network network) {
        Shape shape = network.inputShape();
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(0.37 * i);
        }
        return Tensor.of(shape, values);
    }

    private static String threads() {
        try {
            return String.valueOf(Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("sectional")).count());
        } catch (SecurityException denied) {
            return "denied";
        }
    }

    static String bits(Tensor tensor) {
        return tensor.shape() + " " + Integer.toHexString(Arrays.hashCode(tensor.data()));
    }
}
