package io.tenfold.web;

/** Examples for the OpenAPI document; a test submits the request. */
final class Examples {

    static final String REQUEST = """
            {
              "id": "sst2-lora-7",
              "model": "s3://models/bert-base-uncased",
              "task": {"type": "sequence_classification", "labels": ["negative", "positive"]},
              "data": {
                "train": "s3://data/sst2/train.tsv",
                "validation": "s3://data/sst2/dev.tsv",
                "columns": {"text": "text", "label": "label"}
              },
              "method": {"name": "lora", "r": 8, "lora_alpha": 16, "target_modules": ["query", "value"]},
              "training": {"epochs": 3, "batch_size": 32, "learning_rate": 1e-4, "max_length": 128, "seed": 42},
              "output": "s3://artifacts/sst2-lora-7",
              "metadata": {"team": "search"}
            }
            """;

    static final String EVENT = """
            {
              "specversion": "1.0",
              "id": "sst2-lora-7/5",
              "source": "/tenfold/production",
              "type": "io.tenfold.job.evaluated.v1",
              "subject": "sst2-lora-7",
              "time": "2026-03-01T12:00:00Z",
              "datacontenttype": "application/json",
              "data": {
                "job_id": "sst2-lora-7",
                "seq": 5,
                "attempt": 1,
                "at": "2026-03-01T12:00:00Z",
                "step": 100,
                "split": "validation",
                "metrics": {"accuracy": 0.91, "loss": 0.24}
              }
            }
            """;

    private Examples() {}
}
