package io.tenfold.method.distillation;

import io.tenfold.job.FineTuneRequest;
import org.jspecify.annotations.Nullable;

/**
 * The options.
 *
 * @param studentLayers of the teacher, which make the student; null: the student is the request's model
 * @param givenTemperature that softens both outputs; null: {@link #temperature}
 * @param hardLabelWeight of the loss against the labels; the soft labels have the rest of 1
 * @param hidden null: hidden states are not compared
 * @param attention null: attention is not compared
 * @param relation null: the values' relations are not compared
 * @param reverse of a language: whether the divergence is from the student to the teacher
 * @param topK of a language: so many of the teacher's most probable words of a token are told apart; 0: all
 * @param baseline whether the student is trained alone as well
 */
record DistillationConfig(
        TeacherOptions teacher,
        @Nullable Integer studentLayers,
        @Nullable Double givenTemperature,
        double hardLabelWeight,
        @Nullable Hidden hidden,
        @Nullable Attention attention,
        @Nullable Relation relation,
        boolean reverse,
        int topK,
        boolean baseline) {

    /**
     * Who teaches.
     *
     * @param model a whole model; null: it is {@code artifact}
     * @param artifact what an earlier job left, whole or on a base
     * @param train how the model is tuned first; null: it is tuned already
     */
    record TeacherOptions(
            @Nullable String model,
            @Nullable String artifact,
            @Nullable Train train) {

        /** The option that names it. */
        String option() {
            return model == null ? "teacher.artifact" : "teacher.model";
        }

        /** The field of a request that names it. */
        String param() {
            return "method." + option();
        }

        /** What that option says. */
        String location() {
            return model == null ? String.valueOf(artifact) : model;
        }
    }

    /**
     * How the teacher is tuned first.
     *
     * @param learningRate null: the method's
     * @param epochs null: the request's
     * @param maxSteps null: by epochs, or the request's
     * @param method a method of one stage
     */
    record Train(
            @Nullable Double learningRate,
            @Nullable Integer epochs,
            @Nullable Integer maxSteps,
            FineTuneRequest.Method method) {}

    /**
     * The squared error between hidden states (Jiao et al. 2020, arXiv:1909.10351, eq. 8 and 9).
     *
     * @param embeddings whether the embeddings are compared, too
     */
    record Hidden(double weight, LayerMap layerMap, boolean embeddings) {}

    /**
     * The divergence between attention distributions (Wang et al. 2020, arXiv:2002.10957, eq. 5).
     *
     * @param layer the teacher's, from 0; null: the last
     */
    record Attention(double weight, @Nullable Integer layer) {}

    /**
     * The divergence between value relations (Wang et al. 2020, arXiv:2002.10957, eq. 7 to 9).
     *
     * @param layer the teacher's, from 0; null: the last
     * @param heads that the widths are cut into; null: the models' own
     */
    record Relation(
            double weight,
            @Nullable Integer layer,
            @Nullable Integer heads) {}

    /**
     * What softens both outputs where nobody says: 4 for labels, as Hinton et al.; 1 for the words of a language, as Gu et al.
     * (2023, arXiv:2306.08543) and Ko et al. (2024, arXiv:2402.03898): a vocabulary softened by 4 is next to even.
     */
    double temperature(boolean language) {
        return givenTemperature != null ? givenTemperature : language ? 1.0 : 4.0;
    }

    /** Whether anything but the labels is learned from. */
    boolean learns() {
        return hardLabelWeight < 1 || comparesLayers();
    }

    /** The first option that compares layers. */
    String comparesBy() {
        return hidden != null ? "hidden" : attention != null ? "attention" : "relation";
    }

    /** Whether the teacher's layers are looked at, not its outputs alone. */
    boolean comparesLayers() {
        return hidden != null || attention != null || relation != null;
    }
}
