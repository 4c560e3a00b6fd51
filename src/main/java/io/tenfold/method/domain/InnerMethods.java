package io.tenfold.method.domain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.Fields;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Inputs;
import io.tenfold.train.Tuning;
import jakarta.inject.Provider;
import java.util.List;

/**
 * The methods that give each domain weights of its own.
 *
 * @param registry which lists the method that asks, too, and so is there only later
 */
record InnerMethods(Provider<MethodRegistry> registry) {

    private static final List<String> NAMES = List.of("adapter", "lora");

    /** Reads an object with the method's name and options; the plain adapter where it is left out. */
    DomainConfig.Adapters read(Fields f, String field) {
        JsonNode raw = f.raw(field);
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        if (!raw.isObject()) {
            // Reports what is there in place of an object.
            f.object(field, false);
            return new DomainConfig.Adapters(NAMES.getFirst(), options);
        }
        Fields own = f.object(field, false);
        own.demandedText("name", NAMES.getFirst());
        String name = own.oneOf("name", NAMES, NAMES.getFirst());
        raw.properties().forEach(option -> options.set(option.getKey(), option.getValue()));
        options.remove("name");
        int before = own.errors().size();
        registry.get().check(name, own);
        if (own.errors().size() == before) {
            for (String location : registry.get().locations(name, options).keySet()) {
                String option = location.contains(".") ? location.substring(0, location.indexOf('.')) : location;
                own.error(
                        option,
                        "%s names another artifact, but each domain's weights are trained here; leave it out"
                                .formatted(own.param(option)));
            }
        }
        own.refuseUnknown(registry.get()::owners);
        return new DomainConfig.Adapters(name, options);
    }

    /** How the method trains on one domain. */
    Tuning tuning(DomainConfig.Adapters adapters, Inputs inputs) {
        return registry.get().tuning(inputs.with(inputs.request().withMethod(adapters.method(), adapters.options())));
    }
}
