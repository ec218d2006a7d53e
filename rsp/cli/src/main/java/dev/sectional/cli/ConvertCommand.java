package dev.sectional.cli;

import dev.sectional.core.InputException;
import dev.sectional.images.PictureFile;
import dev.sectional.weights.Converter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Turns weights of another format into safetensors. */
@Command(name = "convert", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        description = "Converts weights to safetensors under torchvision's names.")
final class ConvertCommand implements Callable<Integer> {
    private static final String EXTENSION = ".safetensors";
    private final Console console;

    @Parameters(index = "0", paramLabel = "IN", description = "Weights: .pth, .h5, .keras, .npz, .onnx, .safetensors, or the .safetensors.index.json of several.")
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT.safetensors", description = "File to write; replaced if it is there.")
    private Path out;

    @Mixin
    private PictureOptions pictures;

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        PictureFile.requireFile(in);
        if (!out.toString().endsWith(EXTENSION)) {
            throw new InputException(out + ": the result is safetensors; give it a name that ends in " + EXTENSION);
        }
        Path folder = out.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder) || !Files.isWritable(folder) || Files.isDirectory(out)) {
            throw new InputException("cannot write " + out + ": " + (Files.isDirectory(out) ? "it is a folder" : folder
                    + (Files.isDirectory(folder) ? " cannot be written" : " is not a folder")) + "; name another place");
        }
        Converter.Summary summary;
        try (Progress progress = Progress.ofBytes(console, "convert", in.toFile().length())) {
            summary = Converter.convert(in, out, pictures.told(), progress::to);
        }
        console.result(String.format(Locale.ROOT, "%s: %s, %d tensors, %d values -> %s", in, summary.format(), summary.tensors(),
                summary.values(), out));
        return 0;
    }
}
