using System.Diagnostics;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Tests.Templates;

/// <summary>A template comes with a model that anybody may have uploaded.</summary>
public sealed class HostileTemplateTests
{
    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{{ messages | map('string') | list }}{% for j in range(100000) if false %}{% endfor %}{% endfor %}")]
    [InlineData("{{ 'x' * 10 ** 9 }}")]
    [InlineData("{{ 'x' * 10 ** 18 * 10 ** 18 }}")]
    [InlineData("{{ [0] * 10 ** 9 }}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% set no = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% set no.s = [no.s, no.s] %}{% endfor %}{{ ns.s == no.s }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}")]
    [InlineData("{% set ns = namespace(s=(1,)) %}{% for i in range(100000) %}{% set ns.s = (ns.s,) %}{% endfor %}{{ {ns.s: 1} }}")]
    [InlineData("{% set ns = namespace(s='xxxxxxxxxx') %}{% for i in range(100) %}{% set ns.s = ns.s | replace('x', 'xxxxxxxxxx') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='xx') %}{% for i in range(100) %}{% set ns.s = ns.s.join([ns.s, ns.s, ns.s]) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='xx') %}{% for i in range(100) %}{% set ns.s = ns.s | list | join(ns.s) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='<') %}{% for i in range(100) %}{% set ns.s = ns.s | e %}{% for j in range(9) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(50) }}")]
    [InlineData("{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}")]
    [InlineData("{{ '%999999999d' % 1 }}")]
    [InlineData("{{ '%.999999999f' % 1.5 }}")]
    [InlineData("{{ '%*d' % (999999999, 1) }}")]
    [InlineData("{{ '{:>999999999}'.format(1) }}")]
    [InlineData("{{ '{:.999999999f}'.format(1.5) }}")]
    [InlineData("{{ 'x'.center(999999999) }}")]
    [InlineData("{{ 'x'.zfill(999999999) }}")]
    [InlineData("{{ 'x\n\n' | indent(999999999, blank=true) }}")]
    [InlineData("{{ [1] | tojson(indent=999999999) }}")]
    [InlineData("{{ [1] | batch(999999999, 'x') | list }}")]
    [InlineData("{{ [1] | slice(999999999) | list }}")]
    [InlineData("{{ '\t'.expandtabs(999999999) }}")]
    [InlineData("{{ 9 ** 9 ** 9 ** 9 ** 9 }}")]
    [InlineData("{{ range(999999999) }}")]
    [InlineData("{% set big = 'ab' * 1000000 %}{% for i in range(100000) %}{{ 'c' in big }}{% endfor %}")]
    [InlineData("{% set big = 'ab' * 1000000 %}{% for i in range(100000) %}{% if big.split('a') %}{% endif %}{% endfor %}")]
    [InlineData("{% set big = 'ab' * 1000000 %}{% for i in range(100000) %}{% if big[::2] == big %}{% endif %}{% endfor %}")]
    [InlineData("{% set big = range(100000) | list %}{% for i in big %}{% if -1 in big %}{% endif %}{% endfor %}")]
    [InlineData("{% set big = range(100000) | list %}{% for i in big %}{% set x = big | sort %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='') %}{% for i in range(100000) %}{% set ns.s = ns.s ~ 'xxxxxxxxxx' %}{% endfor %}{% for i in range(100000) %}{% set x = ns.s | upper %}{% endfor %}")]
    public void A_template_that_would_not_end_or_fills_the_memory_is_stopped(string source)
    {
        var (watch, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());

        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([new("user", "Hi")], addGenerationPrompt: true));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L << 30);
    }

    [Fact]
    public void Long_conversations_are_not_stopped()
    {
        var messages = Enumerable.Range(0, 2_000).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", new string('x', 2_000))).ToList();

        Assert.True(ChatTemplate.Parse("{% for m in messages %}{{ m.role ~ ': ' ~ m.content | trim ~ '\n' }}{% endfor %}").Render(messages, false).Length > 4_000_000);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{% if true %}")]
    [InlineData("{{ x.y")]
    [InlineData("not ")]
    [InlineData("-")]
    [InlineData("{% for x in y %}")]
    [InlineData("{% macro f() %}")]
    [InlineData("{% raw %}")]
    [InlineData("{# ")]
    [InlineData("{{ '")]
    [InlineData("{%")]
    public void A_template_that_only_opens_is_a_syntax_error(string opening)
    {
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(string.Concat(Enumerable.Repeat(opening, 50_000)) + "{{"));
        Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat(opening, 50_000))));
    }
}
