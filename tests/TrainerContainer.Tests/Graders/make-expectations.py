"""Computes what the graders must say with other programs, and writes it beside this file.

    python3 make-expectations.py        needs Debian's python3-nltk (3.8) and python3-jsonschema

similarity-expectations.json: GLEU and METEOR by NLTK; sentence BLEU by NLTK with its smoothing method 3, which is the "exp" of sacreBLEU and mteval-v13a;
ROUGE, cosine and the fuzzy ratio by their definitions, with a table for the longest common subsequence. schema-expectations.json: by jsonschema, draft 2020-12.
"""
import collections
import json
import math
import pathlib
import random
import re
import unicodedata

import jsonschema
from nltk.translate import bleu_score, gleu_score, meteor_score

here = pathlib.Path(__file__).parent


def words_13a(text):
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for escaped, sign in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        line = line.replace(escaped, sign)
    line = f" {line} "
    for pattern, to in ((r"([{-~[-` -&(-+:-@/])", r" \1 "), (r"([^0-9])([.,])", r"\1 \2 "), (r"([.,])([^0-9])", r" \1 \2"), (r"([0-9])(-)", r"\1 \2 ")):
        line = re.sub(pattern, to, line)
    return line.split()


def words(text):
    """Runs of letters, marks and decimal digits."""
    return "".join(c if unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Nd" else " " for c in text.lower()).split()


def grams(items, n):
    return collections.Counter(tuple(items[i:i + n]) for i in range(len(items) - n + 1))


def common(a, b):
    """Longest common subsequence by the textbook's table."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row[:]
        for j, y in enumerate(b):
            row[j + 1] = before[j] + 1 if x == y else max(before[j + 1], row[j])
    return row[-1]


def f1(matches, said, reference):
    precision, recall = matches / max(said, 1), matches / max(reference, 1)
    return 2 * precision * recall / (precision + recall) if matches else 0.0


def rouge(n, said, reference):
    a, b = grams(words(said), n), grams(words(reference), n)
    return f1(sum((a & b).values()), sum(a.values()), sum(b.values()))


def bleu(said, reference):
    a, b = words_13a(said), words_13a(reference)
    if not set(a) & set(b):
        return 0.0                                              # sacreBLEU: no match at all is 0
    orders = min(4, len(a))
    return float(bleu_score.sentence_bleu([b], a, weights=[1 / orders] * orders, smoothing_function=bleu_score.SmoothingFunction().method3))


class Identity:
    def stem(self, word):
        return word

    def synsets(self, word):
        return []


def meteor(said, reference):
    a, b = words_13a(said), words_13a(reference)
    return meteor_score.single_meteor_score(b, a, stemmer=Identity(), wordnet=Identity()) if a and b else 0.0


def cosine(said, reference):
    a, b = collections.Counter(words(said)), collections.Counter(words(reference))
    length = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return sum(a[w] * b[w] for w in a) / length if length else 0.0


METRICS = {
    "fuzzy_match": lambda a, b: 2 * common(a, b) / (len(a) + len(b)) if a or b else 1.0,
    "bleu": bleu,
    "gleu": lambda a, b: float(gleu_score.sentence_gleu([words_13a(b)], words_13a(a))),
    "meteor": meteor,
    "cosine": cosine,
    **{f"rouge_{n}": lambda a, b, n=n: rouge(n, a, b) for n in range(1, 6)},
    "rouge_l": lambda a, b: f1(common(words(a), words(b)), len(words(a)), len(words(b))),
}

PAIRS = [
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("The cat sat on the mat.", "the cat is sitting on the mat"),
    ("the the the the the the the", "the cat is on the mat"),
    ("on the mat sat the cat", "the cat sat on the mat"),
    ("a short one", "a much longer reference than the answer, by some words"),
    ("one", "one"), ("one", "two"), ("", ""), ("", "something"), ("something", ""), ("   ", "x"),
    ("It costs 1,234.50 dollars - or so.", "It costs 1,234.50 dollars, or so!"),
    ("2024-11-21: “done” (at last)", "2024-11-21: \"done\" at last"),
    ("Größe über alles, naïve café", "größe ÜBER alles; naive cafe"),
    ("Москва — столица России", "столица России — Москва"),
    ("𝔘nicode 😀 beyond the plane 😀", "unicode 😀 beyond a plane"),
    ("&quot;a&quot; &amp;lt; b", "\"a\" < b"),
    ("line one\nline two-\nhyphen", "line one line two hyphen"),
    ("He came in 2024. Then 5, 6, and 7 more.", "he came in 2024. Then 5, 6; and 7."),
    ("x = f(a[0], b{1}) / 2", "x = f(a[0], b{2}) / 2"),
]


def drawn(seed):
    """Texts of few words, so that n-grams repeat; long ones, so that blocks of 64 are passed."""
    choice = random.Random(seed)
    return tuple(" ".join(choice.choice("a b c dd e, f. 1.5 gg-h".split()) for _ in range(choice.choice((3, 17, 64, 65, 190)))) for _ in range(2))


PAIRS += [drawn(seed) for seed in range(12)]

TREE = {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["value"], "additionalProperties": False, "properties": {
    "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}

SCHEMAS = [
    ({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 3}, "b": {"type": ["string", "null"], "minLength": 2, "maxLength": 3}},
      "required": ["a"], "additionalProperties": False},
     ['{"a":1}', '{"a":0}', '{"a":3.0}', '{"a":3.5}', '{"a":4}', '{}', '{"a":1,"b":null}', '{"a":1,"b":"x"}', '{"a":1,"b":"😀😀"}', '{"a":1,"b":"abcd"}', '{"a":1,"c":2}', '[]', '"a"', 'true']),
    ({"properties": {"a": {"const": 1}}, "additionalProperties": {"type": "string"}}, ['{"a":1.0}', '{"a":true}', '{"b":"x"}', '{"b":1}', '5']),
    ({"enum": [1, "1", None, {"a": [1, 2]}, False]}, ['1', '1.0', '"1"', 'null', '{"a":[1,2]}', '{"a":[2,1]}', 'false', '0', '{"a":[1,2.0]}']),
    ({"items": {"type": "number"}, "minItems": 1, "maxItems": 3, "uniqueItems": True}, ['[]', '[1]', '[1,1.0]', '[1,2,3]', '[1,2,3,4]', '["a"]', '"x"', '[1,2,2]']),
    ({"uniqueItems": True}, ['[{"a":1,"b":2},{"b":2,"a":1}]', '[{"a":1},{"a":2}]', '[[1,2],[2,1]]', '[1,true]', '[0,false]', '["a","a"]', '[null,null]']),
    ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, ['0', '1', '0.5', '1e-30', '0.9999999999999999', '"0"']),
    ({"type": "integer"}, ['1', '1.0', '1e2', '1.5', '-0.0', '12345678901234567890', '"1"', 'true']),
    ({"pattern": "^[a-z]+$"}, ['"abc"', '"aB"', '""', '3']),
    ({"pattern": "b"}, ['"abc"', '"ac"']),
    ({"allOf": [{"minimum": 1}, {"maximum": 5}], "not": {"const": 3}}, ['0', '1', '3', '3.0', '5', '6']),
    ({"anyOf": [{"type": "string"}, {"minimum": 10}]}, ['"a"', '5', '10', 'null']),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, ['1', '2.5', '3', '1.5', '"a"']),
    (TREE, ['{"value":1}', '{"value":1,"children":[{"value":2,"children":[]}]}', '{"value":1,"children":[{"value":"2"}]}', '{"value":1,"children":[{"value":2,"x":1}]}', '{"children":[]}']),
    ({"properties": {"a/b": {"type": "null"}, "c": {"$ref": "#/properties/a~1b"}}}, ['{"c":null}', '{"c":1}', '{"a/b":0}']),
    ({"properties": {"self": {"$ref": "#"}}, "required": ["x"]}, ['{"x":1}', '{"x":1,"self":{}}', '{"x":1,"self":{"x":{}}}']),
    (True, ['1', '{}']), (False, ['1', '{}']), ({}, ['null']),
    ({"properties": {"a": False}}, ['{}', '{"a":1}']),
    ({"$ref": "#/$defs/a", "maximum": 3, "$defs": {"a": {"minimum": 1}}}, ['0', '2', '4']),
]

similarity = [{"input": a, "reference": b, **{name: metric(a, b) for name, metric in METRICS.items()}} for a, b in PAIRS]
schemas = [{"schema": schema, "answers": {text: jsonschema.Draft202012Validator(schema).is_valid(json.loads(text)) for text in answers}} for schema, answers in SCHEMAS]
for name, cases in (("similarity", similarity), ("schema", schemas)):
    (here / f"{name}-expectations.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
