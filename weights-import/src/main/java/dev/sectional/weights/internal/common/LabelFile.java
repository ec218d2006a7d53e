package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of classes out of a text file in UTF-8, with or without a byte order mark:
 *
 * <ul>
 *   <li>one name per line
 *   <li>lines of a WordNet number and a name, as {@code n01440764 tench}
 *   <li>lines of an index and a name with a comma between them, from 0 on, after a heading or not
 *   <li>a JSON array of names
 *   <li>a JSON object from each index to a name, or to an array whose last text is the name
 * </ul>
 */
public final class LabelFile {
    private static final String BYTE_ORDER_MARK = "\ufeff";
    private static final Pattern SYNSET = Pattern.compile("n\\d{8}[\\s,]+(.+)");
    private static final Pattern INDEXED = Pattern.compile("\"?(\\d+)\"?\\s*,\\s*(.+)");

    /** Well above a list of a million names. */
    private static final long MOST_BYTES = 64L << 20;

    private LabelFile() {
    }

    /**
     * Reads the names in the order of the classes.
     *
     * @throws InputException if the file cannot be read, a JSON file has another form or leaves out a class, or
     *     WordNet's numbers are not in order
     */
    public static List<String> read(Path file) {
        String text;
        try {
            requireText(file);
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InputException("cannot read labels " + file + ": " + Printable.reason(e)
                    + "; give a text file in UTF-8 with one label a line", e);
        }
        String plain = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        String start = plain.stripLeading();
        try {
            if (start.startsWith("[")) {
                return Json.strings(plain);
            }
            if (start.startsWith("{")) {
                return ofMap(file, Json.object(plain));
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("labels " + file + ": begins like JSON, but is neither an array of names nor an"
                    + " object from indices to names (" + e.getMessage() + ")", e);
        }
        return ofLines(file, plain);
    }

    /** Refuses what cannot be a list of names: a pipe, which nobody may write to, a device, a huge file. */
    private static void requireText(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InputException("cannot read labels " + file + ": it is a folder, a pipe or a device; give a text"
                    + " file with one label a line");
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new InputException("cannot read labels " + file + ": it has " + (Files.size(file) >> 20)
                    + " MB; give a text file with one label a line");
        }
    }

    private static List<String> ofMap(Path file, Map<String, Object> map) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < map.size(); i++) {
            Object value = map.get(String.valueOf(i));
            Object name = value instanceof List<?> list && !list.isEmpty() ? list.get(list.size() - 1) : value;
            if (!(name instanceof String label)) {
                throw new InputException("labels " + file + ": the object of " + map.size() + " entries has no name for"
                        + " class " + i + "; give a name, or an array that ends in it, for each index from 0");
            }
            names.add(label);
        }
        return names;
    }

    /** Refuses WordNet numbers in another order than that of networks, such as the development kit's. */
    private static void requireOrder(Path file, List<String> lines) {
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i - 1).compareTo(lines.get(i)) > 0) {
                throw new InputException("labels " + file + ": line " + (i + 1) + ", '" + Printable.plain(lines.get(i))
                        + "', is out of order; networks have their classes in the order of WordNet's numbers: sort the"
                        + " lines, or give the names alone in the order of the network's classes");
            }
        }
    }

    private static List<String> ofLines(Path file, String text) {
        List<String> lines = new ArrayList<>(text.lines().map(String::strip).toList());
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        if (!lines.isEmpty() && lines.stream().allMatch(line -> SYNSET.matcher(line).matches())) {
            requireOrder(file, lines);
            return lines.stream().map(line -> {
                Matcher matcher = SYNSET.matcher(line);
                matcher.matches();
                return matcher.group(1);
            }).toList();
        }
        for (int heading = 0; heading < Math.min(2, lines.size()); heading++) {
            List<String> names = indexed(lines.subList(heading, lines.size()));
            if (!names.isEmpty()) {
                return names;
            }
        }
        return lines;
    }

    /** Returns the names if each line begins with its own index; else none. */
    private static List<String> indexed(List<String> lines) {
        List<String> names = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = INDEXED.matcher(line);
            if (!matcher.matches() || !matcher.group(1).equals(String.valueOf(names.size()))) {
                return List.of();
            }
            String name = matcher.group(2).strip();
            boolean quoted = name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"");
            names.add(quoted ? name.substring(1, name.length() - 1).replace("\"\"", "\"") : name);
        }
        return names;
    }
}
