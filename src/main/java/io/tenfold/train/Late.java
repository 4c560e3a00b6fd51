package io.tenfold.train;

import org.jspecify.annotations.Nullable;

/** What a method's hooks compute with, but which can be made only once the network that has the hooks is built. */
public final class Late<T> {

    private @Nullable T value;

    /** Gives it, from now on. */
    public void set(T made) {
        value = made;
    }

    /** It. */
    public T get() {
        T made = value;
        if (made == null) {
            throw new IllegalStateException("the hooks are asked before the network was finished");
        }
        return made;
    }
}
