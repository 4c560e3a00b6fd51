package io.tenfold.train;

import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A base model that several stages tune, one after another: its weights are read once, and what its frozen lowest layers make of
 * a set's rows is computed once for all of them. Lives as long as the device.
 */
public final class SharedBase {

    private final BaseModel base;
    private final Backend backend;
    private final Path folder;
    private final Map<Kept, Map<TokenizedSet, RowStates>> states = new HashMap<>();

    /** On how many rows are computed at once their last bits depend: who asks for others gets others. */
    private record Kept(int layers, int batch) {}

    private SharedBase(BaseModel base, Backend backend, Path folder) {
        this.base = base;
        this.backend = backend;
        this.folder = folder;
    }

    /** The model of a job. */
    public static SharedBase of(Inputs job) {
        BaseModel base = Models.base(job.modelFolder(), job.backend());
        return new SharedBase(base, job.backend(), job.workFolder());
    }

    BaseModel base() {
        return base;
    }

    /**
     * The states of a set's rows after the lowest layers. The rows are computed in file order, so that the numbers do not
     * depend on who asks first.
     *
     * @param network whose lowest layers are the base's own, untouched
     * @param batch rows that are computed at once
     * @param limit bytes in memory
     */
    RowStates states(int layers, TokenizedSet set, Network network, int batch, long limit) {
        return states.computeIfAbsent(new Kept(layers, batch), _ -> new IdentityHashMap<>())
                .computeIfAbsent(set, rows -> {
                    SpillingMemory memory = new SpillingMemory(limit, RowStates.bytes(network, layers, rows), folder);
                    backend.manager().attachInternal(UUID.randomUUID().toString(), memory);
                    return new RowStates(
                            layers,
                            rows,
                            BatchPlan.inFileOrder(rows.size(), batch).batches(0),
                            memory);
                });
    }
}
