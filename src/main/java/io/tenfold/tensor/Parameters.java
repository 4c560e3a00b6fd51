package io.tenfold.tensor;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Parameters in the order they were added, each name once. */
public final class Parameters implements Iterable<Parameter> {

    private final Map<String, Parameter> byName = new LinkedHashMap<>();

    public Parameters() {}

    public Parameters(Collection<Parameter> parameters) {
        parameters.forEach(this::add);
    }

    /**
     * Adds one at the end.
     *
     * @throws TensorException when the name is taken
     */
    public void add(Parameter parameter) {
        if (byName.putIfAbsent(parameter.name(), parameter) != null) {
            throw new TensorException("there are two parameters named " + parameter.name());
        }
    }

    public void addAll(Iterable<Parameter> parameters) {
        parameters.forEach(this::add);
    }

    /**
     * The parameter of a name.
     *
     * @throws TensorException when there is none
     */
    public Parameter get(String name) {
        Parameter parameter = byName.get(name);
        if (parameter == null) {
            throw new TensorException("there is no parameter named " + name);
        }
        return parameter;
    }

    public boolean contains(String name) {
        return byName.containsKey(name);
    }

    public List<Parameter> list() {
        return List.copyOf(byName.values());
    }

    public Stream<Parameter> stream() {
        return byName.values().stream();
    }

    /** Those that are trained. */
    public Parameters trainable() {
        return matching(Parameter::trainable);
    }

    public Parameters matching(Predicate<Parameter> wanted) {
        return new Parameters(stream().filter(wanted).toList());
    }

    /** Trains all of them from now on, or freezes them. */
    public Parameters trainable(boolean train) {
        byName.values().forEach(parameter -> parameter.trainable(train));
        return this;
    }

    /** How many parameters there are. */
    public int count() {
        return byName.size();
    }

    /** How many numbers they hold together. */
    public long size() {
        return stream().mapToLong(Parameter::size).sum();
    }

    @Override
    public Iterator<Parameter> iterator() {
        return list().iterator();
    }
}
