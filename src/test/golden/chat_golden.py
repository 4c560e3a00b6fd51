#!/usr/bin/env python3
"""Writes what Transformers makes of conversations by chat templates: texts, token ids, and which tokens are answers.

usage: chat_golden.py [OUT]        (default: src/test/resources/golden/chat)

Needs transformers==4.57.6 and jinja2==3.1.6. The templates are our own; each has the constructions of a
well-known family; they lie in OUT. Where a template marks answers by generation blocks, the mask is Transformers'. Elsewhere it is found by
what the template is known to set around an answer (MARKS), in another way than Tenfold finds it.
"""
import hashlib
import json
import random
import re
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from sentences import ROWS

HERE = Path(__file__).parent
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "resources/golden/chat"
SPECIAL = ["<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
           "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>", "<start_of_turn>", "<end_of_turn>",
           "[INST]", "[/INST]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"]
# Name: (eos_token, what stands before an answer, what ends it).
MARKS = {
    "chatml": ("<|im_end|>", r"<\|im_start\|>assistant\n", r"<\|im_end\|>"),
    "turns": ("</s>", r"\[/INST\](?!<s>)", r"</s>"),
    "headers": ("<|eot_id|>", r"<\|start_header_id\|>assistant<\|end_header_id\|>\n\n", r"<\|eot_id\|>"),
    "calls": ("</s>", r"\[/INST\]|(?<=\[/TOOL_RESULTS\])(?!\[TOOL_RESULTS\])", r"</s>"),
    "tools": ("<|im_end|>", r"<\|im_start\|>assistant\n", r"<\|im_end\|>"),
    "thoughts": ("<|im_end|>", r"<\|im_start\|>assistant\n", r"<\|im_end\|>"),
    "lines": ("</s>", r"<\|assistant\|>\n", r"</s>"),
    "model": ("<end_of_turn>", r"<start_of_turn>model\n", r"<end_of_turn>"),
    "ends": ("<|endoftext|>", r"<\|assistant\|>\n", r"<\|end\|>"),
    "generation": ("<|im_end|>", None, None),
    "macros": ("<|im_end|>", r"<\|im_start\|>assistant\n", r"<\|im_end\|>"),
}
TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "the weather's state in <a> place & time", "parameters": {
        "type": "object", "properties": {"city": {"type": "string", "description": "Stadt – größe"}, "days": {"type": "integer", "default": 3, "minimum": 1.5},
                                         "unit": {"type": "string", "enum": ["C", "F"]}, "exact": {"type": "boolean", "default": True}}, "required": ["city"]}}},
    {"type": "function", "function": {"name": "add", "description": "adds numbers", "parameters": {
        "type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}, "required": ["numbers"]}}},
]
WORDS = [text for text, _ in ROWS] + ["Hi!", "größer – \"weiter\"", "日本語 text", "🙂 ok", "a 'quote' & <b>", "{{ not }} {% a tag %}", "1e-5 == 0.00001"]


def tokenizer():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    # With trim_offsets Transformers loses every answer from the first one on that begins with a blank.
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=480, special_tokens=SPECIAL, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    made.train_from_iterator([*WORDS, json.dumps(TOOLS), "user assistant system tool model"], trainer)
    return made


def text(draw):
    words = " ".join(draw.sample(WORDS, draw.randint(1, 2)))
    return draw.choice(["", "", "", "\n", "  "]) + words + draw.choice(["", "", "", "\n", " \n"])


def arguments(draw):
    return draw.choice([{"city": draw.choice(WORDS)}, {"city": "Rome", "days": draw.randint(-2, 9)}, {"numbers": [1, 2.5, -0.0, 1e-7, 1e16, 12345678901]},
                        {"exact": draw.random() < 0.5, "of": None, "in": {"a": [], "b": {}}}])


def conversation(draw):
    messages, tools = [], draw.choice([None, None, None, TOOLS[:1], TOOLS])
    if draw.random() < 0.4:
        messages.append({"role": "system", "content": text(draw)})
    for _ in range(draw.randint(1, 3)):
        messages.append({"role": "user", "content": text(draw)})
        if tools and draw.random() < 0.7:
            calls = [{"type": "function", "id": "".join(draw.choices("abc123", k=9)), "function": {"name": draw.choice(tools)["function"]["name"], "arguments": arguments(draw)}}
                     for _ in range(draw.choice([1, 1, 2]))]
            messages.append({"role": "assistant", "content": draw.choice(["", text(draw)]), "tool_calls": calls})
            messages += [{"role": "tool", "tool_call_id": call["id"], "name": call["function"]["name"], "content": text(draw)} for call in calls]
        thought = draw.choice(["", "", "<think>\n%s\n</think>\n\n" % draw.choice(WORDS)])
        messages.append({"role": "assistant", "content": thought + text(draw)})
    if draw.random() < 0.06:
        messages.insert(draw.randrange(len(messages)), {"role": "user", "content": "once more"})
    return {"messages": messages, "tools": tools}


def spans(rendered, before, end):
    found, at = [], 0
    while opened := re.compile(before).search(rendered, at):
        closed = re.compile(end).search(rendered, opened.end())
        found.append((opened.end(), closed.end()))
        at = closed.end()
    return found


def expected(fast, name, row):
    template = (OUT / f"{name}.jinja").read_text(encoding="utf-8")
    eos, before, end = MARKS[name]
    fast.eos_token = eos
    given = dict(chat_template=template, tools=row["tools"])
    try:
        rendered = fast.apply_chat_template(row["messages"], tokenize=False, **given)
        prompt = fast.apply_chat_template(row["messages"], tokenize=False, add_generation_prompt=True, **given)
    except Exception as e:
        return {"refused": str(e)}
    if before is None:
        encoded = fast.apply_chat_template(row["messages"], return_dict=True, return_assistant_tokens_mask=True, **given)
        ids, mask = encoded["input_ids"], encoded["assistant_masks"]
    else:
        encoded = fast(rendered, add_special_tokens=False, return_offsets_mapping=True)
        ids, answers = encoded["input_ids"], spans(rendered, before, end)
        mask = [int(any(a < to and b > at for at, to in answers)) for a, b in encoded["offset_mapping"]]
        assert ids == fast.apply_chat_template(row["messages"], **given)
    mask[0] = 0
    edges = [i for i in range(len(mask) + 1) if (mask[i] if i < len(mask) else 0) != (mask[i - 1] if i else 0)]
    return {"text": rendered, "prompt": digest(prompt), "ids": digest(" ".join(map(str, ids))), "answers": edges}


def digest(value):
    return hashlib.sha256(value.encode("utf-8")).hexdigest()[:10]


def main():
    backend = tokenizer()
    backend.save(str(OUT / "tokenizer.json"))
    fast = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    draw = random.Random(7)
    rows = [conversation(draw) for _ in range(200)]
    for place, row in enumerate(rows):
        row["expected"] = {}
        for number, name in enumerate(MARKS):
            made = expected(fast, name, row)
            if "text" in made and number != place % len(MARKS):
                made["text"] = digest(made["text"])
            row["expected"][name] = made
    with open(OUT / "conversations.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    for name, (eos, _, _) in MARKS.items():
        (OUT / f"{name}.jinja").write_bytes((OUT / f"{name}.jinja").read_bytes())
    (OUT / "ends.json").write_text(json.dumps({name: eos for name, (eos, _, _) in MARKS.items()}, indent=1) + "\n")
    told = {name: sum("refused" in row["expected"][name] for row in rows) for name in MARKS}
    print(f"{len(rows)} conversations; refused: {told}")


if __name__ == "__main__":
    main()
