#!/usr/bin/env python3
"""What a labelled set gives away without any model: a majority guess, and a logistic regression on word counts.

usage: bag_of_words.py TRAIN VALIDATION

CSV (RFC 4180) or TSV (no quoting) with the columns text and label. A set that word counts solve says little about
fine-tuning; one that they can't tell from chance says nothing either. Needs scikit-learn.
"""
import argparse
import csv
import sys
from collections import Counter
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        dialect = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if path.suffix == ".tsv" else {}
        rows = list(csv.DictReader(file, **dialect))
    if not rows or not {"text", "label"} <= set(rows[0]):
        sys.exit(f"{path}: no rows, or no columns text and label")
    return [row["text"] for row in rows], [row["label"] for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("validation", type=Path)
    options = parser.parse_args()
    texts, labels = read(options.train)
    held_out, targets = read(options.validation)

    guess, _ = Counter(labels).most_common(1)[0]
    majority = sum(target == guess for target in targets) / len(targets)
    words = CountVectorizer()
    model = LogisticRegression(max_iter=2000).fit(words.fit_transform(texts), labels)
    counted = model.score(words.transform(held_out), targets)
    seen = len(set(texts) & set(held_out))

    print(f"{len(texts)} rows to learn from, {len(targets)} held out, {len(set(labels))} labels")
    print(f"majority guess ({guess}): {majority:.4f}")
    print(f"logistic regression on {len(words.vocabulary_)} words: {counted:.4f}")
    if seen:
        print(f"{seen} texts are in both files")


if __name__ == "__main__":
    main()
