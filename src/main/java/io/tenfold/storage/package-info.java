/**
 * Storage: S3, the Hugging Face hub and local files behind {@link io.tenfold.job.ArtifactStore}, and the cache of what was
 * downloaded. May import: {@code job}. The only room that touches the MinIO client. Never: knows what a file is for, a
 * method, a database.
 *
 * <p>The way through: {@link io.tenfold.storage.LocationStore} reads a location and asks the {@code Source} of its scheme;
 * sources bring bytes through {@code Retries} (which gives up after a configured time) into the {@code Cache}. A new
 * scheme is a case of {@code Location} and a {@code Source}; the compiler names the rest.
 */
@NullMarked
package io.tenfold.storage;

import org.jspecify.annotations.NullMarked;
