package io.tenfold.storage;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Where models, data and artifacts may lie, and how patient to be with them. */
@ConfigMapping(prefix = "tenfold.storage")
public interface StorageConfig {

    /** The S3 store that every {@code s3://} location means. */
    S3 s3();

    /** The Hugging Face hub that every {@code hf://} location means. */
    Hub hub();

    /** Folders below which {@code file:} locations may lie; left out, every {@code file:} location is refused. */
    Optional<List<Path>> fileRoots();

    /** Where downloads are kept for the next job; several processes may share it. */
    @WithDefault("${user.home}/.cache/tenfold")
    Path cacheDir();

    /** Least recently used downloads are removed beyond this size. */
    @WithDefault("50G")
    MemorySize cacheMaxSize();

    /** A download used within this time is never removed: a job may be reading it. */
    @WithDefault("PT1H")
    Duration cacheKeep();

    /** How long to wait for a connection. */
    @WithDefault("PT10S")
    Duration connectTimeout();

    /** How long a store may be silent in the middle of an answer. */
    @WithDefault("PT60S")
    Duration readTimeout();

    /** How long a store that does not answer is asked again, with pauses of 1 s doubling to 60 s, before the job fails. */
    @WithDefault("PT15M")
    Duration retryFor();

    /** The S3 store. */
    interface S3 {

        /** Such as {@code https://s3.eu-central-1.amazonaws.com} or {@code http://127.0.0.1:9000}. */
        Optional<String> endpoint();

        /** The access key; left out, AWS's own variables and token files are asked. */
        Optional<String> accessKey();

        /** The secret key that belongs to the access key. */
        Optional<String> secretKey();

        /** The region that requests are signed for; stores that are not Amazon's mostly ignore it. */
        @WithDefault("us-east-1")
        String region();

        /** Whether the bucket is part of the path ({@code endpoint/bucket/key}) and not of the host name. */
        @WithDefault("true")
        boolean pathStyle();

        /** Larger files are uploaded in parts of this size (5 MB at least, 10,000 parts at most). */
        @WithDefault("32M")
        MemorySize partSize();
    }

    /** The Hugging Face hub, or a mirror of it. */
    interface Hub {

        /** Where it answers. */
        @WithDefault("https://huggingface.co")
        String endpoint();

        /** An access token for gated and private repositories; sent to the endpoint only, never to where it redirects. */
        Optional<String> token();
    }
}
