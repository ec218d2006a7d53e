package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Hosts of plugins load the library, drop it and load it again, on threads that live on. Nothing may keep a dropped
 * class loader alive: neither a thread's locals, nor a cache of the JDK, nor a thread of ours.
 */
class ReloadTest {
    private static final int RELOADS = 6;

    private static URL[] classes() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String name : List.of("core", "nn", "attribution")) {
            urls.add(CompiledModule.onClassPath().get(name).location().toUri().toURL());
        }
        urls.add(ReloadTest.class.getProtectionDomain().getCodeSource().getLocation());
        return urls.toArray(URL[]::new);
    }

    private static WeakReference<ClassLoader> loadedAndDropped() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(classes(), ClassLoader.getPlatformClassLoader())) {
            Class<?> program = loader.loadClass(ReloadedProgram.class.getName());
            ((Runnable) program.getConstructor().newInstance()).run();
            return new WeakReference<>(loader);
        }
    }

    @Test
    void noDroppedLoaderStaysAlive() throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < RELOADS; i++) {
            loaders.add(loadedAndDropped());
        }
        long alive = RELOADS;
        for (int tries = 0; alive > 0 && tries < 200; tries++) {
            System.gc();
            Thread.sleep(20);
            alive = loaders.stream().filter(loader -> loader.get() != null).count();
        }
        assertEquals(0, alive, "class loaders alive of " + RELOADS);
    }
}
