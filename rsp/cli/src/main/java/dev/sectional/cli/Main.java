package dev.sectional.cli;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.io.MappedFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine;

/**
 * The command line. Exit status: 0 done, 2 the user's input is wrong (one line on standard error), 1 our own fault.
 */
@Command(name = "sectional", versionProvider = Main.Version.class, mixinStandardHelpOptions = true,
        description = "Explains the decisions of image classifiers by Relative Sectional Propagation.",
        synopsisSubcommandLabel = "COMMAND", footer = {"", "sectional COMMAND --help tells the options of a command."})
public final class Main {
    private static final int OURS = 1;
    private static final int THEIRS = 2;

    private Main() {
    }

    /** Runs one command; its exit status becomes that of the JVM. */
    public static void main(String[] args) {
        if (args.length > 1 && args[0].equals(ExplainCommand.NAME)) {
            WarmUp.begin(args);
        }
        PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err);
        String terminal = System.getProperty("sectional.terminal", "");
        PrintStream bar = terminal.equals("both") ? out : terminal.equals("err") ? err : null;
        int status = run(args, new Console(out, err, bar));
        out.flush();
        err.flush();
        if (status != 0) {   // else the end of this thread, the last one that keeps Java running, is enough; exit looks for a logger first
            System.exit(status);
        }
    }

    /** Labels and file names may hold any letter, whatever the platform's own encoding is. */
    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** Runs one command and returns its exit status. */
    static int run(String[] args, Console console) {
        try {
            Callable<Integer> convert = ConvertCommand.plain(args, console);
            Callable<Integer> plain = convert != null ? convert : ExplainCommand.plain(args, console);
            return plain != null ? plain.call() : line(args, console).execute(args.length == 0 ? new String[] {"--help"} : args);
        } catch (Exception e) {
            return failed(e, console);
        } catch (OutOfMemoryError e) {
            console.note("this Java has too little memory (" + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB): give it more with JAVA_OPTS=-Xmx4g");
            return THEIRS;
        } catch (InternalError e) {
            console.note(MappedFile.explained(e).getMessage());
            return THEIRS;
        }
    }

    private static CommandLine line(String[] args, Console console) {
        CommandLine line = new CommandLine(new Main(), new Commands(console));
        commands(args).forEach(line::addSubcommand);
        line.setOut(console.outWriter()).setErr(console.errWriter());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, given) -> {
            console.note(e.getMessage() + "; see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return THEIRS;
        });
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, console));
        return line;
    }

    /** The command that is asked for: to read the options of all of them takes longer than many a command. Without one, all. */
    private static List<Class<?>> commands(String[] args) {
        List<Class<?>> all = List.of(ExplainCommand.class, ConvertCommand.class, FetchCommand.class, InspectCommand.class, VerifyCommand.class,
                EvaluateCommand.class, MethodsCommand.class);
        for (Class<?> command : all) {
            if (args.length > 0 && command.getAnnotation(Command.class).name().equals(args[0])) {
                return List.of(command);
            }
        }
        return all;
    }

    private static int failed(Exception e, Console console) {
        if (e instanceof InputException) {
            console.note(e.getMessage());
            return THEIRS;
        }
        console.note("this is a fault of the program, please report it: " + e);
        e.printStackTrace(console.err());
        return OURS;
    }

    /** Product, Java, and what calculates. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            try (Engine engine = Engine.open()) {
                String version = Main.class.getPackage().getImplementationVersion();
                return new String[] {
                    "sectional " + (version == null ? "(unpackaged)" : version),
                    "java " + Runtime.version() + ", " + System.getProperty("java.vendor"),
                    "provider " + engine.describe()
                };
            }
        }
    }

    /** Gives each command the console. */
    private record Commands(Console console) implements CommandLine.IFactory {
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
