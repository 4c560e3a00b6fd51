package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the request's reader must know of the methods; {@code method} implements it. Loads no engine. */
public interface MethodCatalog {

    /** The known names, in the order of the documentation. */
    Collection<String> names();

    /** Reads the options of a method and reports what is wrong with them into {@code options}. */
    void check(String name, Fields options);

    /**
     * Reports into {@code options} what a method's options and the rest of the request together show to be wrong; to be
     * called after {@link #check(String, Fields)}.
     *
     * @param request what could be read of it; where a field is wrong, its default stands
     */
    void check(FineTuneRequest request, Fields options);

    /**
     * The locations that valid options name: the option's path within {@code method}, such as {@code extract.from}, and
     * where it points.
     */
    Map<String, String> locations(String name, JsonNode options);

    /** The location that valid options give the model by, in place of the request's {@code model}; null: they don't. */
    @Nullable
    String model(String name, JsonNode options);

    /** The steps of a request that says neither {@code epochs} nor {@code max_steps}; null: its epochs' usual number. */
    @Nullable
    Integer usualSteps(String name, JsonNode options);

    /** The methods that have an option of this name. */
    List<String> owners(String option);
}
