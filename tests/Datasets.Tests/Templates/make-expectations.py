"""Renders templates with Jinja2 itself, set up as transformers sets it up, and writes what came out beside them.

    python3 make-expectations.py        needs Debian's python3-jinja2 (3.1)
"""
import copy
import datetime
import json
import pathlib

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

here = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 3, 1, 9, 5, 7)        # JinjaTests has the same


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime

TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "Tells the weather in \"a place\" – now.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer", "enum": [1, 2]}}, "required": ["place"]}}},
    {"type": "function", "function": {"name": "time", "description": "Tells the time.", "parameters": {"type": "object", "properties": {}}}}]


def call(id, arguments):
    return {"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, *calls):
    return {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {})}


def result(content, id):
    return {"role": "tool", "content": content, "tool_call_id": id, "name": "weather"}


SYSTEM = {"role": "system", "content": "Be brief. "}
CHATS = {
    "none": [],
    "user": [user("  Hi there \n")],
    "turns": [user("Hi"), assistant("Hello! 😀"), user("Bye")],
    "answered": [user("Hi"), assistant(" Hello "), user("Bye"), assistant("So long")],
    "system": [SYSTEM, user("Hi"), assistant("Hello")],
    "thinking": [user("2+2?"), assistant("<think>\neasy\n</think>\n\n4"), user("3+3?"), assistant("<think>\nwell\n</think>\n\n6")],
    "reasoning": [user("2+2?"), {**assistant("4"), "reasoning_content": "easy"}, user("3+3?")],
    "out of turn": [user("Hi"), user("Hi again")],
    "empty": [{**SYSTEM, "content": ""}, user(""), assistant("")],
    "parts": [user([{"type": "text", "text": " one "}, {"type": "image"}, {"type": "text", "text": "two"}]), assistant([{"type": "text", "text": "three"}])],
    "unicode": [user("naïve — 你好，世界 مرحبا 👩‍👩‍👧 \u200b \u00a0 \t end\u2028"), assistant("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \x1f")],
    "tool call": [user("Weather?"), assistant("", call("abc123def", {"place": "Köln", "days": 1.5})), result("{\"sky\": \"blue\"}", "abc123def"), assistant("Blue.")],
    "text call": [user("Weather?"), assistant(None, call("abc123def", "{\"place\": \"Köln\"}")), result("blue", "abc123def"), assistant("Blue.")],
    "two calls": [SYSTEM, user("Weather?"), assistant("Let me see.", call("abc123def", {"place": "a\"b", "n": None}), call("abc123deg", {})),
                  result("1", "abc123def"), result("2", "abc123deg"), assistant("3"), user("Thanks")],
}
SMALL = json.loads((here / "jinja-features.json").read_text(encoding="utf-8"))


def outcome(source, variables):
    try:
        return {"expected": environment.from_string(source).render(**copy.deepcopy(variables))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


cases = []
for file in sorted((here / "stock").glob("*.jinja")):
    for chat, messages in CHATS.items():
        for prompt in (False, True):
            for tools in (None, TOOLS) if chat in ("tool call", "text call", "two calls", "system", "user", "none") else (None,):
                variables = {"messages": messages, "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>", "tools": tools, "documents": None}
                cases.append({"group": f"{file.stem}: {chat}", "template": file.name, "chat": chat, "prompt": prompt, "tools": tools is not None, **outcome(file.read_text(), variables)})
for group, sources in SMALL.items():
    cases += [{"group": group, "source": source, "chat": "turns", "prompt": False, "tools": True, **outcome(source, {
        "messages": CHATS["turns"], "add_generation_prompt": False, "tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>", "documents": None})} for source in sources]
text = json.dumps({"tools": TOOLS, "chats": CHATS, "cases": "CASES"}, indent=1, ensure_ascii=False)
lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
(here / "jinja-expectations.json").write_text(text.replace('"CASES"', f"[\n{lines}\n]") + "\n", encoding="utf-8")
print(len(cases), "cases,", sum("error" in case for case in cases), "of them errors")
