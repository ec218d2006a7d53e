package dev.sectional.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands for Java processes beside this one: the same Java, the same classes. */
final class Child {
    /** From this Java on, native libraries are to be announced. */
    private static final int ANNOUNCES_NATIVE = 22;

    private Child() {
    }

    /** A command, to which options of the program can be added. */
    static List<String> command(Class<?> main, List<String> javaOptions) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(),
                "-XX:+UseParallelGC", "-Xmx2g", "--add-modules=jdk.incubator.vector"));
        if (Runtime.version().feature() >= ANNOUNCES_NATIVE) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }
}
