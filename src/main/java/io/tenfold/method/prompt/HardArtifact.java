package io.tenfold.method.prompt;

import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactOpener;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Scoring;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Opens what kind hard writes: a prompt for a base, or a prompt with the model that was trained with it. */
@ApplicationScoped
public class HardArtifact implements ArtifactOpener {

    @Override
    public boolean opens(Path artifact) {
        return HardFile.isIn(artifact);
    }

    @Override
    public boolean isWhole(Path artifact) {
        return HardFile.read(artifact).base() == null;
    }

    @Override
    public String baseLocation(Path artifact) {
        return String.valueOf(HardFile.read(artifact).base());
    }

    @Override
    public int outputs(Path artifact) {
        return HardFile.read(artifact).labels().size();
    }

    /** The base alone: rows are scored by {@link #scoring}. */
    @Override
    public Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        return base.network(HeadSpec.maskedLm(), ModelHooks.NONE, _ -> false);
    }

    private static Verbalizer verbalizer(HardFile file, Path artifact, TextTokenizer tokenizer) {
        try {
            return Verbalizer.of(file.verbalizer(), file.labels(), tokenizer);
        } catch (JobException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: %s; the prompt was made for another base"
                            .formatted(artifact, e.error().message()),
                    e);
        }
    }

    @Override
    public Scoring scoring(
            Path artifact, @Nullable BaseModel base, HeadSpec head, TextTokenizer tokenizer, Backend backend) {
        HardFile file = HardFile.read(artifact);
        Verbalizer verbalizer = verbalizer(file, artifact, tokenizer);
        Network network = base == null
                ? Models.load(artifact, HeadSpec.maskedLm(), ModelHooks.NONE, backend, new LoadOptions(0, 0.0))
                : open(artifact, base, head, backend);
        try {
            file.checkFits(artifact, network);
        } catch (JobException e) {
            network.close();
            throw e;
        }
        List<Template> templates = file.templates().stream().map(Template::of).toList();
        HardModel model = new HardModel(network, tokenizer, templates, verbalizer);
        List<Integer> all = IntStream.range(0, templates.size()).boxed().toList();
        List<float[]> free = file.withoutContent(verbalizer);
        return new Scoring(
                network,
                model.encoder(),
                (batch, training) -> model.labels(batch, all, free, training),
                HeadSpec.classification(file.labels()));
    }
}
