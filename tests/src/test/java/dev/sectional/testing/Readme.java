package dev.sectional.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The code blocks of every README of the repository. */
final class Readme {
    /** A block between fences: the page, the language behind the first fence, and the lines. */
    record Block(Path page, String language, List<String> lines) {
    }

    private Readme() {
    }

    /** Returns the folder of the repository. */
    static Path top() {
        Path top = Path.of("").toAbsolutePath();
        while (!Files.exists(top.resolve("sectional"))) {
            top = top.getParent();
        }
        return top;
    }

    /** Returns the blocks of one language on all pages. */
    static List<Block> blocks(String language) {
        try (Stream<Path> files = Files.find(top(), 4, (path, attributes) -> attributes.isRegularFile()
                && path.endsWith("README.md") && !path.toString().contains("/target/"))) {
            List<Block> blocks = new ArrayList<>();
            for (Path page : files.sorted().toList()) {
                addBlocks(page, blocks);
            }
            return blocks.stream().filter(block -> block.language.equals(language)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void addBlocks(Path page, List<Block> blocks) throws IOException {
        List<String> lines = null;
        for (String line : Files.readAllLines(page)) {
            if (line.startsWith("```")) {
                if (lines == null) {
                    lines = new ArrayList<>();
                    blocks.add(new Block(top().relativize(page), line.substring(3).strip(), lines));
                } else {
                    lines = null;
                }
            } else if (lines != null) {
                lines.add(line);
            }
        }
    }

    /** Returns the shell commands of all pages, each once: lines that go on are joined, {@code a && b} are two. */
    static List<String> commands() {
        List<String> commands = new ArrayList<>();
        for (Block block : blocks("sh")) {
            String joined = String.join("\n", block.lines).replaceAll(" *\\\\\n *", " ");
            for (String line : joined.split("\n")) {
                for (String command : line.replaceAll(" +#.*", "").split(" && ")) {
                    if (!command.isBlank() && !commands.contains(command.strip())) {
                        commands.add(command.strip());
                    }
                }
            }
        }
        return commands;
    }
}
