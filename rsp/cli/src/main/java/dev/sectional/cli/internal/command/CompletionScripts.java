package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DeprecatedOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine;

/** Writes scripts with which shells complete commands, options and their values, without deprecated names. */
final class CompletionScripts {
    private static final String PROGRAM = "sectional";

    /** Around the cases of the commands, which set options, values and paths. */
    private static final String BASH_HEAD = """
            # Completes sectional in bash, and in zsh by its emulation of bash's completion.
            if [ -n "${ZSH_VERSION-}" ]; then
              autoload -U +X compinit && compinit
              autoload -U +X bashcompinit && bashcompinit
            fi
            _complete_sectional() {
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options= values= paths=
              local IFS=$'\\n'
              COMPREPLY=()
              # Bash makes three words of --fit=crop, and of rsp:purge=true.
              if [ "$word" = = ]; then
                word=
              elif [ "$before" = = ]; then
                before=${COMP_WORDS[COMP_CWORD-2]}
              fi
              if [ "$word" = : ] || [ "$before" = : ]; then
                return
              fi
            """;
    private static final String BASH_TAIL = """
              if [ -z "$given" ] && [ "${word#-}" != "$word" ]; then
                values=$options paths=
              fi
              COMPREPLY=($(IFS=' '; compgen -W "$values" -- "$word"))
              if [ -n "$paths" ]; then
                COMPREPLY+=($(compgen "$paths" -- "$word"))
                type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
              fi
              return 0
            }
            complete -F _complete_sectional sectional ./sectional""";

    private final CommandLine all;

    /** @param all every command */
    CompletionScripts(CommandLine all) {
        this.all = all;
    }

    /** Returns the script for bash and zsh. */
    String bash() {
        StringBuilder script = new StringBuilder(BASH_HEAD);
        script.append("  local given= command=${COMP_WORDS[1]}\n  if [ \"$COMP_CWORD\" -le 1 ]; then\n")
                .append("    command= values='").append(String.join(" ", all.getSubcommands().keySet()))
                .append("' options='")
                .append(String.join(" ", names(all))).append("'\n  fi\n  case $command in\n");
        all.getSubcommands().forEach((name, command) -> {
            script.append("    ").append(name).append(")\n      options='").append(String.join(" ", names(command)))
                    .append("'\n      case $before in\n");
            options(command).filter(option -> option.arity().max() > 0).forEach(option -> script.append("        ")
                    .append(names(option).collect(Collectors.joining("|")))
                    .append(") given=1 ").append(bash(values(command, option))).append(" ;;\n"));
            script.append("        *) ").append(command.getCommandSpec().positionalParameters().stream().findFirst()
                    .map(argument -> bash(values(command, argument))).orElse(":")).append(" ;;\n      esac ;;\n");
        });
        return script.append("  esac\n").append(BASH_TAIL).toString();
    }

    private static String bash(CompletionValues values) {
        String paths = switch (values.paths()) {
            case NONE -> "";
            case FILES -> " paths=-f";
            case FOLDERS -> " paths=-d";
        };
        return "values='" + String.join(" ", values.words()) + "'" + paths;
    }

    /** Returns the script for fish. */
    List<String> fish() {
        List<String> lines = new ArrayList<>();
        lines.add("complete -c " + PROGRAM + " -n __fish_use_subcommand -f");
        for (Map.Entry<String, CommandLine> each : all.getSubcommands().entrySet()) {
            CommandLine command = each.getValue();
            lines.add("complete -c " + PROGRAM + " -n __fish_use_subcommand -f -a " + each.getKey() + " -d "
                    + summary(command.getCommandSpec().usageMessage().description()));
            String when = "complete -c " + PROGRAM + " -n '__fish_seen_subcommand_from " + each.getKey() + "'";
            List<PositionalParamSpec> arguments = command.getCommandSpec().positionalParameters();
            lines.add(when + (arguments.isEmpty() ? " -f" : fish(values(command, arguments.get(0)), "-f", "")));
            options(command).forEach(option -> lines.add(when + names(option)
                    .map(name -> name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1))
                    .collect(Collectors.joining())
                    + (option.arity().max() > 0 ? fish(values(command, option), "-x", "-r") : "")
                    + " -d " + summary(option.description())));
        }
        return lines;
    }

    /**
     * Returns the values as fish takes them.
     *
     * @param alone switch for values that are no files
     * @param files switch for values that may be files
     */
    private static String fish(CompletionValues values, String alone, String files) {
        String words = String.join(" ", values.words());
        return switch (values.paths()) {
            case NONE -> " " + alone + (words.isEmpty() ? "" : " -a '" + words + "'");
            case FILES -> " " + (files + (words.isEmpty() ? "" : " -a '" + words + "'")).strip();
            case FOLDERS -> " " + alone + " -a '(__fish_complete_directories)'";
        };
    }

    private static CompletionValues values(CommandLine command, ArgSpec argument) {
        return CompletionValues.of(command, argument instanceof OptionSpec option ? DeprecatedOptions.current(option)
                : "", argument);
    }

    private static Stream<OptionSpec> options(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !DeprecatedOptions.contains(DeprecatedOptions.current(option)));
    }

    private static Stream<String> names(OptionSpec option) {
        return Stream.of(option.names()).filter(name -> !DeprecatedOptions.contains(name));
    }

    private static List<String> names(CommandLine command) {
        return options(command).map(DeprecatedOptions::current).toList();
    }

    /** Returns the first sentence of a text as a word of fish. */
    private static String summary(String... text) {
        String first = String.join(" ", text).replaceFirst(";? default: .*", "").split("(?<=[.]) ", 2)[0];
        return "'" + first.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
