package io.tenfold.deploy;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads objects into the classes of a Kubernetes client and says what found no place there. */
final class TypedModels {

    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private TypedModels() {}

    /** Whether the client has a class for this kind of object. */
    static boolean knows(JsonNode object) {
        return !(read(object) instanceof GenericKubernetesResource);
    }

    /** Fields that no class has; empty for a kind that the client has no class for. */
    static List<String> errors(JsonNode object) {
        List<String> errors = new ArrayList<>();
        try {
            if (knows(object)) {
                look(read(object), Manifests.id(object) + ": ", errors);
            }
        } catch (KubernetesClientException | IllegalArgumentException e) {
            errors.add("%s can't be read: %s".formatted(Manifests.id(object), e.getMessage()));
        }
        return errors;
    }

    private static HasMetadata read(JsonNode object) {
        return (HasMetadata) SERIALIZATION.unmarshal(object.toString());
    }

    private static void look(Object value, String path, List<String> errors) {
        switch (value) {
            case List<?> list -> list.forEach(element -> look(element, path + "[]", errors));
            case Map<?, ?> map -> map.forEach((key, element) -> look(element, path + "." + key, errors));
            case Object bean
            when bean.getClass().getPackageName().startsWith("io.fabric8.kubernetes.api.model") ->
                lookInto(bean, path, errors);
            default -> {}
        }
    }

    private static void lookInto(Object bean, String path, List<String> errors) {
        for (Method method : bean.getClass().getMethods()) {
            if (method.getParameterCount() > 0 || !method.getName().startsWith("get")) {
                continue;
            }
            Object value = value(bean, method);
            if (value == null) {
                continue;
            }
            if (method.isAnnotationPresent(JsonAnyGetter.class)) {
                ((Map<?, ?>) value).keySet().forEach(key -> errors.add("%s.%s is no field".formatted(path, key)));
            } else {
                look(value, path + "." + method.getName().substring(3), errors);
            }
        }
    }

    private static @Nullable Object value(Object bean, Method getter) {
        try {
            return getter.invoke(bean);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
