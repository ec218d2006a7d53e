package dev.sectional.viewer;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Debian's Chromium without a window, on the page of a small network. Nothing is downloaded. */
final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final ChromeDriver driver;
    private final ChromeDriverService service;

    private Browser(Path downloads) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1400,1100", "--force-prefers-reduced-motion");
        options.setExperimentalOption("prefs", Map.of("download.default_directory", downloads.toString()));
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.WARNING);
        options.setCapability("goog:loggingPrefs", logs);
        service = new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).usingAnyFreePort()
                .withLogOutput(java.io.OutputStream.nullOutputStream()).build();
        driver = new ChromeDriver(service, options);
    }

    /**
     * Opens a browser. The test is skipped without Chromium, unless the property {@code sectional.browser} is
     * {@code required}, and with the scalar kernels, which the page does not see.
     *
     * @param downloads folder for exported files
     */
    static Browser open(Path downloads) {
        assumeFalse("scalar".equals(System.getProperty("sectional.provider")), "the page is tested with SIMD alone");
        boolean there = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
        String missing = CHROMIUM + " or " + DRIVER + " is missing: apt-get install chromium chromium-driver";
        if ("required".equals(System.getProperty("sectional.browser"))) {
            assertTrue(there, missing);
        }
        assumeTrue(there, missing);
        return new Browser(downloads);
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    String text(String selector) {
        return find(selector).getText();
    }

    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Waits until a JavaScript expression is true. */
    void await(String expression) {
        new WebDriverWait(driver, PATIENCE, Duration.ofMillis(50)).withMessage(expression)
                .until(d -> Boolean.TRUE.equals(run("return !!(" + expression + ")")));
    }

    /** Waits until so many maps are shown and drawn. */
    void awaitMaps(int count) {
        await("page.image && page.shownCells().length === " + count
                + " && page.shownCells().every(c => c.result) && !page.drawing");
    }

    /** Waits until a file is complete. */
    static byte[] download(File folder, String ending) throws Exception {
        for (int i = 0; i < 400; i++) {
            File[] files = folder.listFiles((dir, name) -> name.endsWith(ending));
            if (files != null && files.length == 1 && files[0].length() > 0) {
                return Files.readAllBytes(files[0].toPath());
            }
            Thread.sleep(25);
        }
        throw new AssertionError("no file *" + ending + " in " + folder);
    }

    /** Returns what the browser's console says, such as violations of the policy. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(Object::toString).toList();
    }

    @Override
    public void close() {
        driver.quit();
        service.stop();
    }
}
