package io.tenfold.deploy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Everything that is asked of one rendering. */
final class Checks {

    private Checks() {}

    /** What is wrong with it, in sentences; empty when nothing is. */
    static List<String> broken(List<ObjectNode> objects) {
        List<String> broken = new ArrayList<>();
        for (ObjectNode object : objects) {
            broken.addAll(Schemas.errors(object));
            broken.addAll(TypedModels.errors(object));
        }
        broken.addAll(PodPolicies.broken(objects));
        broken.addAll(SecretPolicies.broken(objects));
        broken.addAll(NetworkPolicies.broken(objects));
        broken.addAll(References.broken(objects));
        broken.addAll(WorkerPolicies.broken(objects));
        broken.addAll(Environment.broken(objects));
        return broken;
    }
}
