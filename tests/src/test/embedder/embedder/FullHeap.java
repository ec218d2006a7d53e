package embedder;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Explains while the heap is so full that some explanations end in the middle; prints how many ended, and whether all
 * others, and those after it, have the right bits.
 */
public final class FullHeap {
    private static final int BLOCK = 1 << 10;
    /** Numbers of free blocks that are tried. */
    private static final int[] FREE = {0, 1, 2, 4, 8, 12, 16, 24, 32, 64, 128, 256};

    private FullHeap() {
    }

    public static void main(String[] args) {
        try (Network network = Models.load(Path.of(args[0]))) {
            Tensor image = Main.image(network);
            String expected = explained(network, image);
            int ended = 0;
            int wrong = 0;
            for (int free : FREE) {
                List<byte[]> ballast = full();
                for (int i = 0; i < free && !ballast.isEmpty(); i++) {
                    ballast.remove(ballast.size() - 1);
                }
                try {
                    wrong += explained(network, image).equals(expected) ? 0 : 1;
                } catch (InputException refused) {
                    ballast = null;
                    ended += refused.getMessage().contains("heap") ? 1 : 0;
                } catch (OutOfMemoryError full) {
                    ballast = null;   // no room even for the message
                } catch (InternalError linking) {
                    ballast = null;   // nor for the JDK to link a lambda
                    requireFullHeap(linking);
                }
            }
            System.out.println("ended " + (ended > 0 ? "some" : "none"));
            System.out.println("wrong " + wrong);
            System.out.println("after " + explained(network, image).equals(expected));
        }
    }

    private static void requireFullHeap(InternalError error) {
        if (!(error.getCause() instanceof OutOfMemoryError)) {
            throw error;
        }
    }

    private static String explained(Network network, Tensor image) {
        Attribution explained = Rsp.reference().explain(network, image, Target.top(1));
        return Main.bits(explained.relevance());
    }

    private static List<byte[]> full() {
        List<byte[]> ballast = new ArrayList<>(1 << 15);
        try {
            while (true) {
                ballast.add(new byte[BLOCK]);
            }
        } catch (OutOfMemoryError full) {
            return ballast;
        }
    }
}
