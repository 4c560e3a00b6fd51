package io.tenfold.method.adapter;

import io.tenfold.checkpoint.HubFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactOpener;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;

/** Opens bottleneck adapters in adapter-hub's format. */
@ApplicationScoped
public class AdapterHubOpener implements ArtifactOpener {

    @Override
    public boolean opens(Path artifact) {
        return HubFiles.areIn(artifact);
    }

    @Override
    public String baseLocation(Path artifact) {
        return HubFiles.readConfig(artifact).path("model_name").asText();
    }

    @Override
    public int outputs(Path artifact) {
        return head(artifact).outputs();
    }

    @Override
    public List<String> labels(Path artifact) {
        HeadSpec head = head(artifact);
        return head.regression() ? List.of() : head.labels();
    }

    private static HeadSpec head(Path artifact) {
        if (!HubFiles.haveHead(artifact)) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s has no head (%s, %s), so it gives no labels; save it with one: model.save_adapter(folder, name, with_head=True, use_safetensors=True)"
                            .formatted(artifact, HubFiles.HEAD_CONFIG, HubFiles.HEAD_WEIGHTS));
        }
        return HubHead.spec(HubFiles.readHeadConfig(artifact), artifact.toString());
    }

    @Override
    public boolean writes(Path artifact) {
        return HubHead.writes(
                HubFiles.readConfig(artifact), HubFiles.haveHead(artifact) ? HubFiles.readHeadConfig(artifact) : null);
    }

    @Override
    public boolean isOfTokens(Path artifact) {
        return HubFiles.haveHead(artifact) && head(artifact).kind() == HeadSpec.Kind.TOKENS;
    }

    @Override
    public Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        return BottleneckModel.open(artifact, base, head, backend);
    }
}
