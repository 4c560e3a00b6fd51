package io.tenfold.storage;

final class HubStore {
    HubStore(StorageConfig config, Cache cache, Retries retries) {}

    @SuppressWarnings("DoNotCallSuggester")
    Source at(Location.Hub where) {
        throw new UnsupportedOperationException(where.text());
    }
}
