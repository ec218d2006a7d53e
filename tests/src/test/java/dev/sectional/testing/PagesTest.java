package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever the pages and scripts name exists: tests, parts of {@code .ci/nightly}, files and headings behind links. */
class PagesTest {
    private static final Path TOP = Readme.top();
    private static final Set<String> NOT_SEARCHED = Set.of("target", ".git", "node_modules");
    private static final Pattern TEST_ANNOTATION = Pattern.compile(
            "@(Test|TestFactory|ParameterizedTest|RepeatedTest|Property|Group)\\b");
    /** A test class, a class and its method, or a method of the class named before it. */
    private static final Pattern NAMED = Pattern.compile("([A-Z]\\w*Test)?(?:\\.([a-z]\\w{7,}))?");
    private static final Pattern DISABLED = Pattern.compile("(?m)^ *@Disabled\\b");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^()\\s]+)\\)");
    private static final Pattern SELECTED = Pattern.compile("-Dtest=([\\w,!*]+)");
    private static final Map<String, String> TESTS = new HashMap<>();
    private static final List<Path> PAGES = new ArrayList<>();

    @BeforeAll
    static void readTestsAndPages() throws IOException {
        Files.walkFileTree(TOP, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_SEARCHED.contains(folder.getFileName().toString()) ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (name.endsWith(".md")) {
                    PAGES.add(file);
                } else if (name.endsWith(".java") && file.toString().contains("/src/test/java/")) {
                    TESTS.put(name.substring(0, name.length() - 5), Files.readString(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertTrue(TESTS.size() > 200 && PAGES.size() > 15, TESTS.size() + " tests, " + PAGES.size() + " pages");
    }

    @Test
    void everyTestOnAPageExists() throws IOException {
        Set<String> missing = new TreeSet<>();
        int named = 0;
        for (Path page : PAGES) {
            for (String line : Files.readAllLines(page)) {
                named += addMissingTests(TOP.relativize(page), line, missing);
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(named > 60, named + " tests are named");
    }

    private static int addMissingTests(Path page, String line, Set<String> missing) {
        int named = 0;
        String type = null;
        for (Matcher code = CODE.matcher(line); code.find();) {
            Matcher name = NAMED.matcher(code.group(1));
            if (name.matches() && (name.group(1) != null || type != null)) {
                type = name.group(1) != null ? name.group(1) : type;
                named++;
                if (!isTest(type, name.group(2))) {
                    missing.add(page + ": " + code.group(1));
                }
            }
        }
        return named;
    }

    /** Returns whether a class, or one that it extends, contains a test, and the method if one is given. */
    private static boolean isTest(String type, String method) {
        String source = TESTS.get(type);
        if (source == null || DISABLED.matcher(source).find()) {
            return false;
        }
        if (TEST_ANNOTATION.matcher(source).find() && (method == null
                || Pattern.compile("(?m)^    [\\w<>\\[\\], ]+ " + method + "\\(").matcher(source).find())) {
            return true;
        }
        Matcher parent = Pattern.compile("class " + type + " extends (\\w+)").matcher(source);
        return parent.find() && isTest(parent.group(1), method);
    }

    @Test
    void everyTestThatAScriptSelectsExists() throws IOException {
        Set<String> missing = new TreeSet<>();
        for (String script : List.of(".ci/run", ".ci/nightly")) {
            for (Matcher selected = SELECTED.matcher(Files.readString(TOP.resolve(script))); selected.find();) {
                for (String name : selected.group(1).split(",")) {
                    String type = name.replace("!", "").replace("*", "");
                    if (!type.equals("NoTest") && TESTS.keySet().stream().noneMatch(name.endsWith("*")
                            ? known -> known.startsWith(type) : known -> isTest(type, null))) {
                        missing.add(script + ": " + name);
                    }
                }
            }
        }
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyPartOfTheNightlyScriptExists() throws IOException {
        String script = Files.readString(TOP.resolve(".ci/nightly"));
        Set<String> missing = new TreeSet<>();
        int named = 0;
        for (Path page : PAGES) {
            for (Matcher part = Pattern.compile("\\.ci/nightly ([a-z0-9]+)").matcher(Files.readString(page));
                    part.find();) {
                named++;
                if (!Pattern.compile("(?m)^" + part.group(1) + "(_series)?\\(\\)").matcher(script).find()) {
                    missing.add(TOP.relativize(page) + ": " + part.group());
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(named > 5, named + " parts are named");
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        Set<String> broken = new TreeSet<>();
        for (Path page : PAGES) {
            for (Matcher link = LINK.matcher(Files.readString(page)); link.find();) {
                String target = link.group(1);
                if (!target.contains("://") && !target.startsWith("mailto:") && !leadsSomewhere(page, target)) {
                    broken.add(TOP.relativize(page) + ": " + target);
                }
            }
        }
        assertEquals(Set.of(), broken);
    }

    private static boolean leadsSomewhere(Path page, String target) throws IOException {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path path = file.isEmpty() ? page : page.resolveSibling(file);
        return Files.exists(path) && (hash < 0 || Files.readAllLines(path).stream()
                .anyMatch(line -> line.startsWith("#") && anchor(line).equals(target.substring(hash + 1))));
    }

    /** Returns the anchor that GitHub gives a heading. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
    }
}
