package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.PreprocessingOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.option.WeightsCache;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.Progress;
import dev.sectional.core.InputException;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts weights of any format to safetensors. */
@Command(name = "convert", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Converts weights to safetensors that Models.load reads: under torchvision's names, or with the"
                + " graph.",
        footer = {"", "Examples:",
            "  sectional convert resnet50.pth resnet50.safetensors",
            "  sectional convert net.onnx net.safetensors --half --mean 0.5 --std 0.5 --labels names.txt"})
final class ConvertCommand implements Callable<Integer> {
    private static final String EXTENSION = ".safetensors";
    private final Console console;

    @Parameters(index = "0", paramLabel = "IN",
            description = "Weights: .pth, .h5, .keras, .npz, .onnx or .safetensors, the .safetensors.index.json of "
                    + "several files, or the name of a model that 'fetch' downloads, such as vgg16.")
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT.safetensors", description = "File to write; replaced if it exists.")
    private Path out;

    @Option(names = {"-y", "--yes"}, description = "Download the weights that IN names if no file has that name and "
            + "the cache does not hold them, without a question.")
    private boolean yes;

    @Option(names = "--half", description = "Store weights as float16, which halves the file; biases and the tensors "
            + "of norms keep float32.")
    private boolean half;

    @Option(names = "--labels", paramLabel = "FILE",
            description = "Write these class names into the file, one per line of FILE.")
    private Path labels;

    @Option(names = {"--arch", "--model"}, paramLabel = "NAME",
            description = "Architecture that the weights must have; "
            + "it is written into the file.")
    private String architecture = "";

    @Option(names = "--state-dict", paramLabel = "KEY", description = "State dict of a PyTorch checkpoint that has "
            + "several.")
    private String stateDict = "";

    @Option(names = "--source", paramLabel = "TEXT", description = "Write the origin of the weights into the file.")
    private String source;

    @Mixin
    private PreprocessingOptions images = new PreprocessingOptions();

    @Mixin
    private VerbosityOptions verbosity;

    ConvertCommand(Console console) {
        this.console = console;
    }

    /**
     * Returns the command if its arguments are two file names. Parsing them with picocli takes as long as
     * converting half a gigabyte.
     *
     * @return null for another command, and if an argument may be an option or a file of options
     */
    static ConvertCommand plain(String[] args, Console console) {
        if (args.length != 3 || !args[0].equals("convert") || !isName(args[1]) || !isName(args[2])) {
            return null;
        }
        ConvertCommand plain = new ConvertCommand(console);
        plain.in = Path.of(args[1]);
        plain.out = Path.of(args[2]);
        return plain;
    }

    /** Tells whether an argument can be neither an option nor a file of options. */
    static boolean isName(String arg) {
        return !arg.startsWith("-") && !arg.startsWith("@");
    }

    @Override
    public Integer call() {
        if (!out.toString().endsWith(EXTENSION)) {
            throw new InputException(out + ": the output is a safetensors file; give it a name that ends in "
                    + EXTENSION);
        }
        Path folder = out.toAbsolutePath().getParent();
        if (Files.isDirectory(out)) {
            throw new InputException("cannot write " + out + ": it is a folder; name a file");
        }
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new InputException("cannot write " + out + ": " + folder
                    + (Files.isDirectory(folder) ? " is not writable" : " is not a folder") + "; name another folder");
        }
        in = WeightsCache.in(WeightsCache.usualFolder(), console).resolve("", in, yes);
        Converter.Summary summary;
        try (Progress progress = Progress.ofBytes(console, "convert", in.toFile().length())) {
            LoadOptions options = options();
            summary = half ? Converter.convertToHalf(in, out, options, progress::to)
                    : Converter.convert(in, out, options, progress::to);
        }
        console.result(in + ": " + summary.format() + ", " + summary.tensors() + " tensors, " + summary.elements()
                + " elements -> " + out);
        ModelOptions.printAssumptions(in, summary.assumed(), console);
        if (!summary.problem().isEmpty()) {
            console.note(out + " holds the tensors, but no network that explain supports: " + summary.problem());
        }
        return 0;
    }

    private LoadOptions options() {
        LoadOptions.Builder options = images.toLoadOptions().architecture(architecture).stateDict(stateDict);
        if (labels != null) {
            options.labels(labels);
        }
        return source == null ? options.build() : options.source(source).build();
    }
}
