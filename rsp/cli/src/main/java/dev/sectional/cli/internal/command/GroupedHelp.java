package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DatasetOptions;
import dev.sectional.cli.internal.option.DeprecatedOptions;
import dev.sectional.cli.internal.option.EngineOptions;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.InputSizeOption;
import dev.sectional.cli.internal.option.MethodOptions;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.option.OutputOption;
import dev.sectional.cli.internal.option.PreprocessingOptions;
import dev.sectional.cli.internal.option.ProfileOption;
import dev.sectional.cli.internal.option.VerbosityOptions;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine;

/** Help texts whose options stand in groups with headings: by the class that holds them. */
final class GroupedHelp {
    private static final String RUNNING = "Running and messages";
    private static final String NETWORK = "Network";
    private static final Map<Class<?>, String> HEADINGS = Map.of(MethodOptions.class, "Methods and targets",
            FigureOptions.class, "Figures", DatasetOptions.class, "Images with ground truth",
            EngineOptions.class, RUNNING, VerbosityOptions.class, RUNNING);
    private static final Set<Class<?>> OF_NETWORK = Set.of(ModelOptions.class, PreprocessingOptions.class,
            InputSizeOption.class, OutputOption.class, FitOption.class, ProfileOption.class);
    private static final List<String> ORDER = List.of("Methods and targets", NETWORK, "Images with ground truth",
            "Figures", "Options", RUNNING);

    private GroupedHelp() {
    }

    /** Makes the help text of a command, and of each command below it, show its options in groups. */
    static void install(CommandLine line) {
        line.getCommandSpec().usageMessage().abbreviateSynopsis(true);
        line.getHelpSectionMap().put(CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST, GroupedHelp::options);
        line.getSubcommands().values().forEach(GroupedHelp::install);
    }

    private static String options(Help help) {
        Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
        ORDER.forEach(heading -> groups.put(heading, new ArrayList<>()));
        help.commandSpec().options().stream().filter(option -> !option.hidden() && !isDeprecated(option))
                .forEach(option -> groups.get(heading(option)).add(current(option)));
        groups.values().removeIf(List::isEmpty);
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, options) -> {
            Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
            layout.addOptions(options, help.createDefaultParamLabelRenderer());
            text.append(groups.size() > 1 ? String.format("%n%s:%n", heading) : "").append(layout);
        });
        return text.toString();
    }

    private static String heading(OptionSpec option) {
        Class<?> holder = option.userObject() instanceof Field field ? field.getDeclaringClass() : Object.class;
        return OF_NETWORK.contains(holder) ? NETWORK
                : HEADINGS.getOrDefault(holder, option.usageHelp() || option.versionHelp() ? RUNNING : "Options");
    }

    private static boolean isDeprecated(OptionSpec option) {
        return Stream.of(option.names()).allMatch(DeprecatedOptions::contains);
    }

    /** Returns an option without its deprecated names. */
    private static OptionSpec current(OptionSpec option) {
        String[] names = Stream.of(option.names()).filter(name -> !DeprecatedOptions.contains(name))
                .toArray(String[]::new);
        return names.length == option.names().length ? option : option.toBuilder().names(names).build();
    }
}
