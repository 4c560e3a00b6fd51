#!/usr/bin/env python3
"""Writes pairs of texts and what sacrebleu and rouge_score make of them.

usage: text_metrics_golden.py [OUT]        (default: src/test/resources/golden/text)

Needs sacrebleu==2.6.0 and rouge-score==0.1.2. The pairs are made here: words and marks of our own, drawn by a seed, and
the odd cases below. The numbers are of all pairs, of each half, and of each odd pair alone, for a mean hides much.
"""
import json
import random
import sys
from pathlib import Path

import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "resources" / "golden" / "text")
DRAWN = 300
WORDS = ("the a cat dog sat on mat again again very Zürich naïve 東京 привет 3.14 1,000 2024-11-05 can't it's e.g. U.S. "
         "<b> &amp; &lt;tag&gt; &quot;so&quot; half-done \U0001f642 \U0001f468\u200d\U0001f469 $5.00 50% x=y [1] {k} C++ "
         "ﬁne İstanbul ΣΑΣ \u212aelvin under_score a/b ~ ^ ` | \\ @me #tag ... -- 'quoted' Don't! why? so; then: end. "
         "cafe\u0301 1-2 v2.0-beta .5 5. ,x x, <skipped>").split()
SPACES = [" "] * 12 + ["  ", "\t", "\n", "-\n", "\u00a0", "\u3000", "\u2028", "\x1c", "\x1f", "\x85", "\r\n", "\u200b"]
ODD = [
    ("", ""), ("", "something wanted"), ("something written", ""), (" \n", "\u3000"), ("same text here now", "same text here now"),
    ("  same text here now \n", "same text here now"), ("the the the the the", "the cat the"), ("the cat the", "the the the the the"),
    ("a", "a"), ("a b", "a b"), ("a b c", "a b c"), ("a b c d", "a b c d"), ("a b c d e", "a b x d e"), ("一二三四五六七", "一二三四五六八"),
    ("Yes.", "yes"), ("Tom &amp; Jerry &amp;lt;3", "Tom & Jerry &lt;3"), ("one,two 1,2 1.5. .5", "one , two 1,2 1.5 . .5"),
    ("1-2-3 a-b-c -x", "1 - 2 - 3 a-b-c -x"), ("no match at all", "wholly different words chosen"), ("!!!", "???"),
    ("\U0001f642\U0001f643", "\U0001f642\U0001f642"), ("ab", "abcdefgh"), ("abcdefgh", "ab"), ("x" * 40, "x" * 12),
    ("1. first\n2. second\n3. third", "1. first\n2. third"), ("İ K ſ", "i k s"), ("trailing dot .", "trailing dot."),
    ("\ufeffmarked", "marked"), ("a\x00b", "a b"), ("don't", "don 't"), ("mid-\nline", "midline"), ("(a)[b]{c}<d>", "( a ) [ b ] { c } < d >"),
]


def text(words, draw):
    return "".join(word + draw.choice(SPACES) for word in words)


def pair(draw):
    words = draw.choices(WORDS, k=draw.randint(0, 30))
    other = [word for word in words if draw.random() > 0.15]
    for _ in range(draw.randint(0, 4)):
        place = draw.randint(0, len(other))
        other[place:place] = draw.choices(WORDS, k=draw.randint(1, 3))
    if draw.random() < 0.2:
        draw.shuffle(other)
    if draw.random() < 0.1:
        other = words
    return text(words, draw), text(other, draw)


def scores(pairs):
    written, wanted = [one for one, _ in pairs], [two for _, two in pairs]
    rouge = RougeScorer(["rougeL"], use_stemmer=False)
    return {
        "bleu": sacrebleu.corpus_bleu(written, [wanted]).score,
        "chrf": sacrebleu.corpus_chrf(written, [wanted]).score,
        "rouge_l": sum(rouge.score(two, one)["rougeL"].fmeasure for one, two in pairs) / len(pairs),
        "exact_match": sum(one.strip() == two.strip() for one, two in pairs) / len(pairs),
    }


def main():
    draw = random.Random(7)
    drawn = [pair(draw) for _ in range(DRAWN)]
    everything = drawn + ODD
    sets = [everything, drawn, ODD, drawn[:DRAWN // 2]] + [[one] for one in ODD] + [[one] for one in drawn[:40]]
    numbers = {one: number for number, one in reversed(list(enumerate(everything)))}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "metrics.json").write_text(json.dumps({
        "pairs": everything,
        "sets": [{"rows": [numbers[one] for one in rows], **scores(rows)} for rows in sets],
    }, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
