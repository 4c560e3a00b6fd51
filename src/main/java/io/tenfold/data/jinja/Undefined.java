package io.tenfold.data.jinja;

/**
 * What is not there: it prints as nothing, is false and has no elements; anything else that is asked of it fails.
 *
 * @param what is missing, in Jinja's words
 */
record Undefined(String what) {

    TemplateException failure() {
        return TemplateException.failed(what);
    }
}
