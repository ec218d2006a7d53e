package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DeprecatedOptions;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.InputException;
import dev.sectional.core.io.MappedFile;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine;

/**
 * Finds and runs the command that the arguments name.
 *
 * <p>Exit status: 0 done; 1 a property does not hold ({@code verify}), or a fault of the program; 2 wrong input,
 * with one line on standard error; 3 done without some images; 141 the reader of the results went away.
 */
@Command(name = "sectional", versionProvider = Version.class, mixinStandardHelpOptions = true,
        description = "Explains the decisions of image classifiers with Relative Sectional Propagation.",
        synopsisSubcommandLabel = "COMMAND", footer = {"", "Examples:", "  sectional explain photo.jpg",
            "  sectional explain photo.jpg --weights vgg16.safetensors --target top3 --method grad-cam", "",
            "sectional help COMMAND lists the options of a command."})
public final class Commands {
    private static final int FAULT = 1;
    /** Exit status of wrong input, of input that cannot be read and of output that cannot be written. */
    public static final int WRONG_INPUT = 2;

    private Commands() {
    }

    /** Starts to compile vector code in the background if the command is one that explains images. */
    public static void warmUp(String[] args) {
        if (args.length > 1 && args[0].equals(ExplainCommand.NAME)) {
            BackgroundWarmUp.begin(args);
        }
    }

    /**
     * Runs one command.
     *
     * @param args the name of a command, its options and its arguments; none prints the help text
     * @param given receives results and messages
     * @return the exit status
     */
    public static int run(String[] args, Console given) {
        List<String> all = List.of(args);
        Console console = given.at(VerbosityOptions.level(all));
        DeprecatedOptions.messages(all).forEach(console::note);
        try {
            requireNoneEmpty(all);
            Callable<Integer> convert = ConvertCommand.plain(args, console);
            Callable<Integer> plain = convert != null ? convert : ExplainCommand.plain(args, console);
            if (plain != null) {
                return plain.call();
            }
            return line(args, console).execute(args.length == 0 ? new String[] {"--help"} : args);
        } catch (Exception e) {
            return failed(e, console);
        } catch (OutOfMemoryError e) {
            long megabytes = Runtime.getRuntime().maxMemory() >> 20;
            console.error("Java has too little memory (" + megabytes + " MB): make the images or the network's input"
                    + " smaller, or give it more with JAVA_OPTS=-Xmx" + ((megabytes >> 9) + 1) + "g");
            return WRONG_INPUT;
        } catch (InternalError e) {
            console.error(MappedFile.explained(e).getMessage());
            return WRONG_INPUT;
        }
    }

    /** Refuses empty arguments, as an unset variable of a shell gives: no option and no file has an empty value. */
    private static void requireNoneEmpty(List<String> args) {
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.isBlank()) {
                throw new InputException("argument " + (i + 1) + (i > 0 ? ", after " + args.get(i - 1) + "," : "")
                        + " is empty; give it a value or leave it out");
            }
            if (arg.startsWith("--") && arg.endsWith("=") && arg.indexOf('=') == arg.length() - 1) {
                throw new InputException(arg + " has no value; give one or leave the option out");
            }
        }
    }

    /** Returns every command. */
    static CommandLine all(Console console) {
        return line(new String[0], console);
    }

    private static CommandLine line(String[] args, Console console) {
        CommandLine line = new CommandLine(new Commands(), new Factory(console));
        commands(args).forEach(line::addSubcommand);
        line.addSubcommand(new CommandLine.HelpCommand());
        GroupedHelp.install(line);
        line.setOut(console.outWriter()).setErr(console.errWriter());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, given) -> {
            console.error(ParseErrors.message(e));
            console.trace(e);
            return WRONG_INPUT;
        });
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, console));
        return line;
    }

    /** Returns the named command alone, whose options are faster to read than those of all; without a name, all. */
    private static List<Class<?>> commands(String[] args) {
        List<Class<?>> all = List.of(ExplainCommand.class, ConvertCommand.class, FetchCommand.class,
                InspectCommand.class, VerifyCommand.class, EvaluateCommand.class, MethodsCommand.class,
                ViewCommand.class, CompletionCommand.class);
        for (Class<?> command : all) {
            if (args.length > 0 && command.getAnnotation(Command.class).name().equals(args[0])) {
                return List.of(command);
            }
        }
        return all;
    }

    private static int failed(Exception e, Console console) {
        if (e instanceof InputException) {
            console.error(e.getMessage());
            console.trace(e);
            return WRONG_INPUT;
        }
        console.error("this is a fault of the program, please report it with what --verbose prints: " + e);
        console.trace(e);
        return FAULT;
    }

    /** Passes the console to the constructor of each command. */
    private record Factory(Console console) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> kind) throws Exception {
            try {
                return kind.cast(kind.getDeclaredConstructor(Console.class).newInstance(console));
            } catch (NoSuchMethodException e) {
                return CommandLine.defaultFactory().create(kind);
            }
        }
    }
}
