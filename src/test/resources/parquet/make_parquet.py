"""Writes this folder's Parquet files with pyarrow (26.0.1): python make_parquet.py. The tests read the files and need no Python."""

import pyarrow as pa
import pyarrow.parquet as pq

texts = ["The bread was fresh.", "", "Tee für zwei 漢字 😀", "The bread was fresh."]
names = ["good", "bad", "good", "bad"]
rows = pa.table({"text": texts, "label": names, "number": pa.array([1, 0, 1, 0], pa.int64()), "score": [0.5, -1.25, 3.0, 1e-3]})

for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
    pq.write_table(rows, f"{codec}.parquet", compression=codec)
pq.write_table(rows, "row-groups.parquet", row_group_size=1, use_dictionary=False, data_page_version="2.0")
categories = pa.table({"text": pa.array(texts, pa.large_string()), "label": pa.array(names).dictionary_encode()})
pq.write_table(categories, "categories.parquet")
pq.write_table(pa.table({"text": ["a", None], "label": ["x", "y"]}), "null.parquet")
pq.write_table(pa.table({"text": [["a"], ["b", "c"]], "label": ["x", "y"]}), "nested.parquet")
pq.write_table(rows.slice(0, 0), "no-rows.parquet")
pq.write_table(pa.table({"text": [b"fine", b"caf\xe9"], "label": ["x", "y"]}), "latin1.parquet")

tokens = [["Ann", "sings", "漢字"], [], ["Rome"]]
tags = [["B-PER", "O", "O"], [], ["B-LOC"]]
words = pa.table({"tokens": tokens, "tags": tags, "numbers": [[1, 0, 0], [], [3]], "id": [7, 8, 9]})
pq.write_table(words, "words.parquet")
pq.write_table(words, "words-row-groups.parquet", row_group_size=1, use_dictionary=False, data_page_version="2.0")
named = pa.array([[0, 1, 1], [], [2]], pa.list_(pa.int8())).flatten().cast(pa.int8())
category = pa.DictionaryArray.from_arrays(named, pa.array(["B-PER", "O", "B-LOC"]))
large = pa.array(tokens, pa.large_list(pa.large_string()))
pq.write_table(pa.table({"tokens": large, "tags": pa.ListArray.from_arrays([0, 3, 3, 4], category)}), "words-categories.parquet")
pq.write_table(pa.table({"tokens": [["a"], None], "tags": [["O"], ["O"]]}), "words-null.parquet")
pq.write_table(pa.table({"tokens": [["a"], ["b", None]], "tags": [["O"], ["O", "O"]]}), "words-null-word.parquet")
pq.write_table(pa.table({"tokens": [["a"], ["b", "c"]], "tags": [["O"], ["O"]]}), "words-uneven.parquet")
pq.write_table(pa.table({"tokens": [[b"a"], [b"caf\xe9"]], "tags": [["O"], ["O"]]}), "words-latin1.parquet")
pq.write_table(pa.table({"tokens": [[["a"]], [["b"]]], "tags": [["O"], ["O"]]}), "words-nested.parquet")
pq.write_table(pa.table({"tokens": [[{"word": "a"}]], "tags": [["O"]]}), "words-objects.parquet")

said = [[{"role": "user", "content": "Wie viel?"}, {"role": "assistant", "content": "Zwei 😀"}],
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Nobody."}]]
pq.write_table(pa.table({"messages": said, "id": [1, 2]}), "messages.parquet")
pq.write_table(pa.table({"messages": said}), "messages-row-groups.parquet", row_group_size=1, use_dictionary=False, data_page_version="2.0")
turns = [[{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Nobody."}]] * 2
pq.write_table(pa.table({"conversations": turns, "system": ["Be brief.", None]}), "conversations.parquet")
called = [[{"role": "user", "content": "a", "name": None, "tool_calls": None}, {"role": "assistant", "content": "b", "name": "bot", "tool_calls": [{"type": "function"}]}]]
pq.write_table(pa.table({"messages": called}), "messages-calls.parquet")
pq.write_table(pa.table({"messages": [said[0], None]}), "messages-null.parquet")
pq.write_table(pa.table({"messages": ["a", "b"]}), "messages-text.parquet")
pq.write_table(pa.table({"instruction": ["Say", "Add"], "input": ["it", ""], "output": ["It.", "2"]}), "alpaca.parquet")
