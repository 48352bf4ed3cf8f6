"""Renders templates with Jinja2 itself, set up as transformers sets it up, and writes what came out beside them.

    python3 make-expectations.py        needs Debian's python3-jinja2 (3.1)
"""
import json
import pathlib

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

here = pathlib.Path(__file__).parent


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

TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "Tells the weather in \"a place\" – now.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer", "enum": [1, 2]}}, "required": ["place"]}}}]
CALL = {"role": "assistant", "content": "", "tool_calls": [
    {"id": "abc123def", "type": "function", "function": {"name": "weather", "arguments": {"place": "Köln", "days": 1.5}}}]}
CHATS = {
    "user": [{"role": "user", "content": "  Hi there \n"}],
    "turns": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello! 😀"}, {"role": "user", "content": "Bye"}],
    "answered": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": " Hello "}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "So long"}],
    "system": [{"role": "system", "content": "Be brief. "}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
    "thinking": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "<think>\neasy\n</think>\n\n4"}, {"role": "user", "content": "3+3?"}],
    "out of turn": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Hi again"}],
    "tool call": [{"role": "user", "content": "Weather?"}, CALL, {"role": "tool", "content": "{\"sky\": \"blue\"}", "tool_call_id": "abc123def", "name": "weather"},
                  {"role": "assistant", "content": "Blue."}],
}
SMALL = {
    "white space control": [
        "a\n{% if true %}\nb\n{% endif %}\nc", "a\n  {% if true %}  \nb\n  {% endif %}\nc", "a {%- if true -%} b {%- endif -%} c", "  {%+ if true %}x{% endif +%}\ny",
        "a  {{- ' b ' -}}  c", "a\n  {{ 'b' }}\n c", "{# note #}\na\n  {#- note -#}  \nb", "x{% set a = 1 %}\n\ny", "line\n\n", "line\r\nnext\r\n", "{{ 'a' }}\n  {% if true %}b{% endif %}",
        "{% raw %}{{ not }} {% this %}{% endraw %}!", "a\n{%- raw -%}\n x \n{%- endraw -%}\n b", "{{ '}}' }}{{ \"%}\" }}", "{% for i in [1] %}\n  {{ i }}\n{% endfor %}\nend",
        "\t {% if true %}x{% endif %}", "a\n\t {% if true %}x{% endif %}", "{% if true %}{# c #}\nz{% endif %}", "{{ {'a': {'b': 1}}['a']['b'] }}"],
    "expressions": [
        "{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 2 ** 10 }} {{ 2.5 * 2 }} {{ 1e3 }} {{ 0.1 + 0.2 }}", "{{ 'a' ~ 1 ~ none ~ true ~ 1.0 }}",
        "{{ 'a' + 'b' * 3 }}", "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ 'a' == \"a\" }} {{ true == 1 }}", "{{ 'b' in 'abc' }} {{ 2 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 3 not in [1] }}",
        "{{ not true or true and false }}", "{{ 'x' if false }}|{{ 'x' if true else 'y' }}|{{ 'a' if false else 'b' if false else 'c' }}", "{{ [1, 'two', none, 3.0, true] }} {{ {'a': 'it\\'s', 'b': [1]} }}",
        "{{ (1, 2) | list }} {{ [1, 2][-1] }} {{ 'abc'[1] }} {{ 'abc'[-2:] }} {{ 'abcdef'[1:5:2] }} {{ [1, 2, 3][::-1] }} {{ [1, 2, 3][:-1] }} {{ 'abc'[10:] }}", "{{ 'é😀x'[1] }}{{ 'é😀x' | length }}",
        "{{ - 3 | abs }} {{ (-3) | abs }} {{ -2 ** 2 }}", "{{ 'tab\\there' }}{{ 'nl\\nhere' }}{{ '\\u00e9\\x41' }}{{ 'back\\\\slash' }}{{ \"quo\\\"te\" }}{{ '\\q' }}", "{{ 'one' 'two' }}",
        "{{ missing }}|{{ missing is defined }}|{{ messages.x is defined }}|{{ 'a' if missing else 'b' }}", "{{ none }}|{{ None is none }}|{{ True }}|{{ 10 % 3 == 1 }}", "{{ 1_000 }}", "{{ 3 is odd and 4 is even and 9 is divisibleby 3 }}",
        "{{ 'a' is string }} {{ 1 is number }} {{ 1.5 is float }} {{ 1 is integer }} {{ {} is mapping }} {{ [] is sequence }} {{ 'a' is iterable }} {{ true is boolean }} {{ none is not none }} {{ 1 is eq 1 }} {{ 1 is sameas 1 if false else 'n' }}",
        "{{ {'items': 3}.items() | list }} {{ {'items': 3}['items'] }} {{ {'a': 1}.get('b', 'd') }} {{ {'a': 1}.a }} {{ {'x y': 2}['x y'] }}", "{{ 1 if [] else 2 }}{{ 1 if {} else 2 }}{{ 1 if '' else 2 }}{{ 1 if 0 else 2 }}"],
    "statements": [
        "{% for i in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}",
        "{% for i in [] %}x{% else %}none{% endfor %}", "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }},{% endfor %}", "{% for i in range(10) if i % 2 == 0 %}{{ i }}{{ loop.last }}{% endfor %}",
        "{% for i in range(2, 8, 3) %}{{ i }}{% endfor %}", "{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}", "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
        "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set text %}a {{ 1 }} b{% endset %}[{{ text }}]", "{% set text | upper %}abc{% endset %}{{ text }}", "{% if a is not defined %}{% set a = 5 %}{% endif %}{{ a }}",
        "{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "{% macro greet(name, end='!') %}Hello {{ name }}{{ end }}{% endmacro %}{{ greet('you') }}{{ greet('me', end='?') }}{{ greet(name='it') | upper }}",
        "{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(3) }}", "{% filter upper %}abc {{ 'd' }}{% endfilter %}", "{% for i in [1, 2, 3] %}{{ loop.previtem is defined }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% for c in 'abc' %}{{ c }}-{% endfor %}", "{% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}", "{% for x in missing %}a{% endfor %}.", "{% for row in [[1, 2], [3]] %}{% set outer = loop %}{% for x in row %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
        "a{% generation %}b{% endgeneration %}c"],
    "filters": [
        "[{{ '  a b ' | trim }}] {{ 'xxaxx' | trim('x') }}", "{{ 'aBc dEf' | upper }} {{ 'aBc' | lower }} {{ 'aBc dEf' | capitalize }} {{ 'hello wide world' | title }}", "{{ [1, 2] | length }}{{ 'abc' | count }}{{ {'a': 1} | length }}",
        "{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ [1, 2] | reverse | list }} {{ [1, 1, 2] | unique | list }} {{ [1, 2, 3] | sum }} {{ [1, 5, 2] | max }} {{ [4, 5, 2] | min }}",
        "{{ ['a', 'b'] | join(', ') }} {{ [1, 2] | join }} {{ [{'n': 'x'}, {'n': 'y'}] | map(attribute='n') | join('-') }} {{ ['a', 'b'] | map('upper') | list }}",
        "{{ [1, 2, 3, 4] | select('odd') | list }} {{ [1, 2, 3] | reject('eq', 2) | list }} {{ [{'r': 'u'}, {'r': 'a'}] | selectattr('r', 'equalto', 'u') | list }} {{ [{'r': 'u'}, {}] | rejectattr('r', 'defined') | list }}",
        "{{ missing | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ none | d('x') }}", "{{ 'a-b-c' | replace('-', '+') }} {{ 'aaa' | replace('a', 'b', 2) }}", "{{ '42' | int + 1 }} {{ 'x' | int(7) }} {{ '1.5' | float }} {{ 3.7 | int }} {{ 2.567 | round(1) }} {{ -3 | abs }}",
        "{{ {'b': 1, 'a': [1, 2.5, none, true, 'é\"<&>']} | tojson }}", "{{ {'b': {'c': []}, 'a': [1, {'x': 2}]} | tojson(indent=2) }}", "{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }} {{ 'é' | tojson(ensure_ascii=true) }}",
        "{{ 'a\nb\n\nc' | indent(2) }}|{{ 'a\nb' | indent(2, first=true) }}|{{ 'a\n\nb' | indent(1, blank=true) }}", "{{ [1, 2, 3] | first }}{{ [1, 2, 3] | last }}{{ [] | first }}{{ 'abc' | first }}", "{{ {'b': 1, 'a': 2} | dictsort }} {{ {'a': 1} | items | list }}",
        "{{ 1 | string + '2' }} {{ [1, 2] | string }} {{ 'abc' | list }} {{ 'a<b>' | e }}"],
    "methods": [
        "[{{ '  a '.strip() }}] [{{ 'xxa'.lstrip('x') }}] [{{ 'a\n'.rstrip('\n') }}]", "{{ 'a b  c'.split() }} {{ 'a,b,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'a</think>b'.split('</think>')[-1] }}",
        "{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'abc'.upper() }} {{ 'a b'.title() }} {{ 'abc'.replace('b', 'x') }} {{ 'abcb'.find('b') }} {{ 'abcb'.count('b') }} {{ ', '.join(['a', 'b']) }} {{ '12'.isdigit() }}",
        "{{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }} {{ 'a\nb\n'.splitlines() }} {{ [1, 2].index(2) }} {{ [1, 1].count(1) }} {{ 'prefix-x'.removeprefix('prefix-') }}"],
    "errors": [
        "{{ 1 + 'a' }}", "{{ missing.x }}", "{{ none() }}", "{{ [1].append(2) }}", "{% for i in 5 %}{% endfor %}", "{{ 1 < 'a' }}", "{{ raise_exception('no') }}", "{% if %}x{% endif %}", "{{ 'a }}", "{% for x in y %}", "{% endif %}", "{{ 1 | nosuch }}",
        "{{ 1 is nosuch }}", "{% nosuch %}", "{{ }}", "{{ a b }}", "{# open", "{{ 1 / 0 }}", "{{ (1 }}", "{{ range(1000000) }}", "{{ none + 1 }}", "{{ missing + 'a' }}", "{% set 1 = 2 %}", "{{ none | length }}", "{{ none in 'abc' }}", "{{ undefinedfunction() }}"],
}


def case(group, source, variables, template=None):
    try:
        outcome = {"expected": environment.from_string(source).render(**variables)}
    except Exception as error:
        outcome = {"error": f"{type(error).__name__}: {error}"}
    return {"group": group, "template" if template else "source": template or source, "variables": variables, **outcome}


cases = []
for file in sorted((here / "stock").glob("*.jinja")):
    for chat, messages in CHATS.items():
        for prompt in (False, True):
            for tools in (None, TOOLS) if chat in ("tool call", "system") else (None,):
                variables = {"messages": messages, "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>"}
                cases.append(case(f"{file.stem}: {chat}", file.read_text(), {**variables, **({"tools": tools} if tools else {})}, file.name))
for group, sources in SMALL.items():
    cases += [case(group, source, {"messages": [{"role": "user", "content": "Hi"}]}) for source in sources]
(here / "jinja-expectations.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
print(len(cases), "cases,", sum("error" in c for c in cases), "of them errors")
