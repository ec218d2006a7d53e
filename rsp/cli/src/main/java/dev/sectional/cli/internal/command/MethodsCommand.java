package dev.sectional.cli.internal.command;

import dev.sectional.attribution.method.Methods;
import dev.sectional.cli.internal.option.VerbosityOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.viewer.ResultRecord;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the methods. */
@Command(name = "methods", mixinStandardHelpOptions = true, sortOptions = false, versionProvider = Version.class,
        description = "Lists the methods that --method accepts: settings and their defaults, what the method shows, "
                + "and its source. 'sectional explain IMAGE --method all' draws them side by side.")
final class MethodsCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--json", description = "Print one JSON object per line instead of text.")
    private boolean json;

    @Mixin
    private VerbosityOptions verbosity;

    MethodsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Methods.all().forEach(entry -> console.result(json ? line(entry) : text(entry)));
        return 0;
    }

    private static String text(Methods.Entry entry) {
        String name = entry.settings().isEmpty() ? entry.name() : entry.name() + ":" + entry.settings();
        return String.format("%s%n    %s (%s)", name, entry.summary(), entry.source());
    }

    private static String line(Methods.Entry entry) {
        return ResultLine.object(out -> {
            out.writeNumberField("schema", ResultRecord.SCHEMA);
            out.writeStringField("name", entry.name());
            out.writeStringField("settings", entry.settings());
            out.writeStringField("summary", entry.summary());
            out.writeStringField("source", entry.source());
        });
    }
}
