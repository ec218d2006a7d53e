import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Checks a folder of artifacts by the published requirements of Maven Central, and by what Sectional promises of its
 * jars: {@code java CheckRelease.java FOLDER KEYS [final]}, in the root of the checkout. KEYS is the home of GnuPG with
 * the signing key; final refuses the placeholders that a rehearsal leaves.
 */
final class CheckRelease {
    private static final Set<String> PUBLISHED = Set.of("sectional-bom", "sectional-core", "sectional-nn",
            "sectional-attribution", "sectional-weights-import", "sectional-images", "sectional-evaluation",
            "sectional-laws");
    private static final Map<String, String> DIGESTS = Map.of("md5", "MD5", "sha1", "SHA-1");

    private static final Set<String> EMBEDDING = Set.of("sectional-core", "sectional-nn", "sectional-attribution");
    private static final Pattern LIMIT =
            Pattern.compile("<sectional\\.embedding\\.bytes>(\\d+)</sectional\\.embedding\\.bytes>");

    private final Path keys;
    private final boolean last;
    private final List<String> faults = new ArrayList<>();
    private int files;
    private long embedding;

    private CheckRelease(Path keys, boolean last) {
        this.keys = keys;
        this.last = last;
    }

    public static void main(String[] arguments) throws Exception {
        CheckRelease check = new CheckRelease(Path.of(arguments[1]), List.of(arguments).contains("final"));
        Path group = Path.of(arguments[0], "dev", "sectional");
        Set<String> found = new TreeSet<>();
        try (Stream<Path> artifacts = Files.list(group)) {
            for (Path artifact : artifacts.filter(Files::isDirectory).toList()) {
                found.add(artifact.getFileName().toString());
                try (Stream<Path> versions = Files.list(artifact)) {
                    for (Path version : versions.filter(Files::isDirectory).toList()) {
                        check.artifact(artifact.getFileName().toString(), version);
                    }
                }
            }
        }
        check.require(found.equals(new TreeSet<>(PUBLISHED)), group, "wanted the artifacts " + new TreeSet<>(PUBLISHED)
                + ", found " + found);
        Matcher limit = LIMIT.matcher(Files.readString(Path.of("pom.xml")));
        check.require(limit.find() && check.embedding <= Long.parseLong(limit.group(1)), group, "core, nn and"
                + " attribution have " + check.embedding + " bytes, more than sectional.embedding.bytes in pom.xml");
        System.out.println("core + nn + attribution: " + check.embedding + " bytes");
        check.faults.forEach(System.err::println);
        if (!check.faults.isEmpty()) {
            System.exit(1);
        }
        System.out.println(found.size() + " artifacts, " + check.files + " signed files: all requirements hold");
    }

    private void require(boolean holds, Path where, String what) {
        if (!holds) {
            faults.add(where.getFileName() + ": " + what);
        }
    }

    private void artifact(String name, Path folder) throws Exception {
        String version = folder.getFileName().toString();
        String base = name + "-" + version;
        require(!version.endsWith("-SNAPSHOT") && !version.contains("$"), folder, "is no release version");
        Path pom = folder.resolve(base + ".pom");
        require(Files.exists(pom), folder, "has no pom");
        String packaging = pom(pom, name, version);
        List<String> wanted = new ArrayList<>(List.of(".pom", "-cyclonedx.json", "-cyclonedx.xml"));
        if (!packaging.equals("pom")) {
            wanted.addAll(List.of(".jar", "-sources.jar", "-javadoc.jar"));
        }
        for (String each : wanted) {
            Path file = folder.resolve(base + each);
            require(Files.exists(file) && Files.size(file) > 0, file, "is missing or empty");
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.filter(file -> !file.toString().matches(".*\\.(md5|sha1|asc)")).toList()) {
                signed(file);
            }
        }
        if (!packaging.equals("pom")) {
            jar(folder.resolve(base + ".jar"), version);
            embedding += EMBEDDING.contains(name) ? Files.size(folder.resolve(base + ".jar")) : 0;
            holds(folder.resolve(base + "-sources.jar"), ".java");
            holds(folder.resolve(base + "-javadoc.jar"), "index.html");
        }
        require(Files.readString(folder.resolve(base + "-cyclonedx.json")).contains("\"bomFormat\" : \"CycloneDX\""),
                folder, "the bill of materials is not CycloneDX");
    }

    /** Checks what Central asks of a pom and returns its packaging. */
    private String pom(Path file, String name, String version) throws Exception {
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        Element root = document.getDocumentElement();
        require("dev.sectional".equals(text(root, "groupId")), file, "has no groupId of its own");
        require(name.equals(text(root, "artifactId")), file, "has another artifactId");
        require(version.equals(text(root, "version")), file, "has another version");
        for (String path : List.of("name", "description", "url", "licenses/license/name", "licenses/license/url",
                "developers/developer/name", "developers/developer/email", "scm/connection", "scm/developerConnection",
                "scm/url")) {
            String value = text(root, path);
            require(!value.isBlank(), file, "has no " + path);
            require(!value.contains("${"), file, path + " is not filled in: " + value);
            require(!last || !value.contains("laceholder") && !value.contains(".invalid"), file, path
                    + " is a placeholder: give -Drelease.url, .scm and .developer.id, .name, .email");
        }
        require(child(root, "parent") == null, file, "has a parent, which is not published");
        require(child(root, "repositories") == null && child(root, "pluginRepositories") == null, file,
                "names repositories");
        require(!Files.readString(file).contains("-SNAPSHOT"), file, "depends on a snapshot");
        String packaging = text(root, "packaging");
        return packaging.isBlank() ? "jar" : packaging;
    }

    private static Element child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                return element;
            }
        }
        return null;
    }

    private static String text(Element root, String path) {
        Element at = root;
        for (String name : path.split("/")) {
            at = child(at, name);
            if (at == null) {
                return "";
            }
        }
        return at.getTextContent().strip();
    }

    private void signed(Path file) throws Exception {
        files++;
        for (Map.Entry<String, String> digest : DIGESTS.entrySet()) {
            Path sum = file.resolveSibling(file.getFileName() + "." + digest.getKey());
            byte[] hash = MessageDigest.getInstance(digest.getValue()).digest(Files.readAllBytes(file));
            String wanted = String.format("%0" + 2 * hash.length + "x", new BigInteger(1, hash));
            require(Files.exists(sum) && Files.readString(sum).strip().startsWith(wanted), file, "has no right "
                    + digest.getKey());
        }
        Path signature = file.resolveSibling(file.getFileName() + ".asc");
        Process gpg = new ProcessBuilder("gpg", "--homedir", keys.toString(), "--verify", signature.toString(),
                file.toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        require(Files.exists(signature) && gpg.waitFor() == 0, file, "has no valid signature beside it");
    }

    private void jar(Path file, String version) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            require(version.equals(manifest.getValue("Implementation-Version")), file, "has no Implementation-Version");
            for (String header : List.of("Bundle-SymbolicName", "Bundle-Version", "Export-Package",
                    "Require-Capability")) {
                require(manifest.getValue(header) != null, file, "has no " + header + " for OSGi");
            }
            require(jar.getEntry("META-INF/jpms.args") == null, file, "holds META-INF/jpms.args");
            require(jar.getEntry("module-info.class") != null || manifest.getValue("Automatic-Module-Name") != null,
                    file, "names no module");
        }
    }

    private void holds(Path file, String ending) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            require(jar.stream().anyMatch(entry -> entry.getName().endsWith(ending)), file, "holds no " + ending);
        }
    }
}
