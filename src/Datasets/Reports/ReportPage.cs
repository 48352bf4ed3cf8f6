using System.Net;
using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Reports;

/// <summary>The report as one page without anything to load: counts, lengths, some examples with what is learned marked, problems.</summary>
public static class ReportPage
{
    private const string Style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:.8rem;border-radius:4px}
        mark{background:#cdeccd;color:inherit}.bad{color:#a40000}rect{fill:#3b6ea5}rect.over{fill:#a40000}
        @media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#eee}pre{background:#2a2a2a}mark{background:#245c24}th,td{border-color:#444}.bad{color:#ff8a8a}}
        """;

    private const int SampleCharacters = 4000;

    /// <param name="histogram">Training examples by length: equal bins over the context, and one for longer ones.</param>
    /// <param name="samples">Training examples as the model sees them.</param>
    public static string Render(DatasetReport report, IReadOnlyList<long> histogram, IReadOnlyList<IReadOnlyList<TextSegment>> samples)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(histogram);
        ArgumentNullException.ThrowIfNull(samples);
        var page = new StringBuilder($"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Dataset report</title><style>{Style}</style>\n<h1>Dataset report</h1>\n");
        page.Append(report.Usable ? "<p>The dataset can be used.</p>\n" : $"<p class=\"bad\">The dataset is rejected: {report.ProblemCount} problem{(report.ProblemCount == 1 ? "" : "s")}.</p>\n");
        AppendProblems(page, report);
        AppendCounts(page, report);
        AppendHistogram(page, histogram, report.ContextLength);
        AppendSamples(page, samples);
        return page.Append("</html>\n").ToString();
    }

    private static void AppendProblems(StringBuilder page, DatasetReport report)
    {
        if (report.Problems.Count == 0)
        {
            return;
        }

        page.Append("<h2>Problems</h2>\n<table><tr><th>File<th class=\"n\">Line<th>Field<th>Found<th>Expected<th>What to do\n");
        foreach (var problem in report.Problems)
        {
            page.Append($"<tr><td>{Text(problem.File)}<td class=\"n\">{problem.Line}<td>{Text(problem.Field ?? "")}<td>{Text(problem.Found)}<td>{Text(problem.Expected)}<td>{Text(problem.Fix)}\n");
        }

        page.Append("</table>\n");
        if (report.ProblemCount > report.Problems.Count)
        {
            page.Append($"<p>The first {report.Problems.Count} of {report.ProblemCount}.</p>\n");
        }
    }

    private static void AppendCounts(StringBuilder page, DatasetReport report)
    {
        page.Append("<h2>Counts</h2>\n<table><tr><th>Split<th class=\"n\">Examples<th class=\"n\">Tokens<th class=\"n\">Learned tokens\n");
        foreach (var (name, split) in new[] { ("Training", report.Train), ("Validation", report.Validation), ("Test", report.Test) })
        {
            page.Append($"<tr><td>{name}<td class=\"n\">{split.Examples:N0}<td class=\"n\">{split.Tokens:N0}<td class=\"n\">{split.SupervisedTokens:N0}\n");
        }

        page.Append($"</table>\n<p>Format {Text(report.Format)}; context {report.ContextLength:N0} tokens. {report.Duplicates:N0} repeated examples were left out, ")
            .Append($"{report.Truncated:N0} were cut to the context, {report.Dropped:N0} were left out because nothing to learn would have remained or they are too long.</p>\n");
        foreach (var notice in report.Notices ?? [])
        {
            page.Append($"<p>{Text(notice)}</p>\n");
        }
    }

    private static void AppendHistogram(StringBuilder page, IReadOnlyList<long> histogram, int context)
    {
        if (histogram.All(static count => count == 0))
        {
            return;
        }

        const int Width = 20, Height = 160;
        var most = histogram.Max();
        page.Append($"<h2>Lengths</h2>\n<svg viewBox=\"0 0 {histogram.Count * Width} {Height + 20}\" role=\"img\" aria-label=\"Examples by number of tokens\" width=\"100%\">\n");
        for (var bin = 0; bin < histogram.Count; bin++)
        {
            var height = histogram[bin] == 0 ? 0 : Math.Max(1, Height * histogram[bin] / most);
            var over = bin == histogram.Count - 1;
            var label = over ? $"more than {context} tokens" : $"up to {(long)context * (bin + 1) / (histogram.Count - 1)} tokens";
            page.Append($"<rect x=\"{bin * Width + 1}\" y=\"{Height - height}\" width=\"{Width - 2}\" height=\"{height}\"{(over ? " class=\"over\"" : "")}><title>{label}: {histogram[bin]}</title></rect>\n");
        }

        page.Append($"<text x=\"0\" y=\"{Height + 16}\" font-size=\"14\" fill=\"currentColor\">1 token</text><text x=\"{histogram.Count * Width}\" y=\"{Height + 16}\" font-size=\"14\" fill=\"currentColor\" text-anchor=\"end\">{context} and more</text></svg>\n");
    }

    private static void AppendSamples(StringBuilder page, IReadOnlyList<IReadOnlyList<TextSegment>> samples)
    {
        if (samples.Count == 0)
        {
            return;
        }

        page.Append("<h2>Examples as the model sees them</h2>\n<p>What is <mark>marked</mark> is learned.</p>\n");
        foreach (var sample in samples)
        {
            page.Append("<pre>");
            var left = SampleCharacters;
            foreach (var segment in sample)
            {
                var shown = segment.Text.Length > left ? segment.Text[..left] + "…" : segment.Text;
                left = Math.Max(0, left - shown.Length);
                page.Append(segment.Supervised ? $"<mark>{Text(shown)}</mark>" : Text(shown));
            }

            page.Append("</pre>\n");
        }
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
