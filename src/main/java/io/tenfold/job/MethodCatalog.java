package io.tenfold.job;

import java.util.Collection;

/** What the request's reader must know of the methods; {@code method} implements it. Loads no engine. */
public interface MethodCatalog {

    /** The known names, in the order of the documentation. */
    Collection<String> names();

    /** Reads the options of a method and reports what is wrong with them into {@code options}. */
    void check(String name, Fields options);
}
