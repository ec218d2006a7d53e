package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Properties that are checked with one and with two threads, whose results must be equal bit by bit. */
abstract class OnTwoEngines {
    static Engine one;
    static Engine two;

    @BeforeContainer
    static void open() {
        one = Engine.open(Provider.configured(), 1);
        two = Engine.open(Provider.configured(), 2);
    }

    @AfterContainer
    static void close() {
        one.close();
        two.close();
    }
}
