package io.tenfold.jobstate;

import io.quarkus.arc.DefaultBean;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.MethodCatalog;
import io.tenfold.job.RequestReader;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes the reader of requests from the methods and the store of this program. */
@Singleton
public class RequestReaders {

    @Produces
    @Singleton
    @DefaultBean
    RequestReader reader(MethodCatalog methods, ArtifactStore store) {
        return new RequestReader(methods, store);
    }
}
