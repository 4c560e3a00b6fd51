package io.tenfold.data.jinja;

/** What a template can call. */
@FunctionalInterface
public interface Function {

    /** @throws TemplateException where the arguments don't fit */
    Object call(Arguments arguments);
}
