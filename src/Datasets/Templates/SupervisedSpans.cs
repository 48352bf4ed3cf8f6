using ServerlessTuning.Datasets.Templates.Jinja;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>
/// Where in a rendered conversation the supervised turns stand. Where the template marks them with generation blocks, these are the spans. Else a span begins
/// where the messages before it, rendered with the generation prompt, end: that is what the model is given; and it ends where the messages up to it end.
/// Some templates write a turn differently once others follow (Qwen3 and DeepSeek drop earlier thinking, Phi-3 ends with a token that only the last turn has), so
/// that a prefix is not the beginning of the whole. Then a mark, a character that stands nowhere else, is put behind what a message says, and the text after the
/// mark in the prefix is compared with the text after it in the whole. What cannot be told in one of these ways is an error; no string is ever guessed.
/// </summary>
/// <param name="render">Some messages, with or without the generation prompt.</param>
/// <param name="eosToken">Null when the tokenizer has none.</param>
internal sealed class SupervisedSpans(Func<IReadOnlyList<ChatMessage>, bool, Rendering> render, string? eosToken)
{
    public IReadOnlyList<TextSegment> Cut(IReadOnlyList<ChatMessage> messages)
    {
        var whole = render(messages, false);
        var spans = whole.Generated.Count > 0 && !whole.IsIncomplete ? Generated(messages, whole) : ByPrefixes(messages, whole.Text);
        var segments = new List<TextSegment>();
        var done = 0;
        foreach (var (start, end) in spans)
        {
            Add(done..start, false);
            Add(start..end, true);
            done = end;
        }

        Add(done..whole.Text.Length, false);
        return segments;

        void Add(Range range, bool supervised)
        {
            if (whole.Text[range] is { Length: > 0 } text)
            {
                segments.Add(new(text, supervised));
            }
        }
    }

    /// <summary>A block belongs to the message with which the number of blocks grows.</summary>
    private List<(int Start, int End)> Generated(IReadOnlyList<ChatMessage> messages, Rendering whole)
    {
        var spans = whole.Generated.Select(range => (Start: range.Start.Value, End: range.End.Value)).ToList();
        if (!messages.Any(message => message.Role == "assistant" && !message.Supervised))
        {
            return spans;
        }

        var counts = Enumerable.Range(0, messages.Count + 1).Select(count => count == messages.Count ? spans.Count : render(Until(messages, count), false).Generated.Count).ToList();
        return counts.Zip(counts.Skip(1)).Any(pair => pair.Second < pair.First)
            ? throw new ChatTemplateException("the chat template's generation blocks grow fewer as the conversation goes on, so it cannot be told which is whose. Supervise every turn of the assistant.")
            : [.. messages.SelectMany((message, i) => message.Supervised ? spans[counts[i]..counts[i + 1]] : [])];
    }

    private List<(int Start, int End)> ByPrefixes(IReadOnlyList<ChatMessage> messages, string whole)
    {
        var spans = new List<(int Start, int End)>();
        for (var i = 0; i < messages.Count; i++)
        {
            if (!messages[i].Supervised)
            {
                continue;
            }

            var start = Start(messages, i, whole) ?? throw Untold(messages, i, whole, render(Until(messages, i), true).Text, $"the first {i} messages with the generation prompt");
            var end = End(messages, i, whole) ?? throw Untold(messages, i, whole, render(Until(messages, i + 1), false).Text, $"the first {i + 1} messages");
            if (start >= end || (spans.Count > 0 && start < spans[^1].End))
            {
                throw new ChatTemplateException($"messages[{i}] adds nothing to what the chat template renders before it, so its supervised span cannot be told.");
            }

            spans.Add((start, end));
        }

        return spans;
    }

    private int? Start(IReadOnlyList<ChatMessage> messages, int i, string whole)
    {
        var given = render(Until(messages, i), true).Text;
        if (Beginning(whole, given) is { } length)
        {
            return length;
        }

        // From what the message before says, the prompt goes on as the whole does.
        if (i == 0 || PlacesAfter(messages, i - 1, whole, given, i, prompt: true) is not var (place, from))
        {
            return null;
        }

        return Beginning(whole.AsSpan(place), given[from..]) is { } rest ? place + rest : StartOfContent(messages, i, whole, place, given[from..]);
    }

    // Older templates end the prompt with a newline where a turn goes on with a space, or with nothing: what goes before that white space is given all the same.
    private static int? Beginning(ReadOnlySpan<char> text, string prompt) => text.StartsWith(prompt) ? prompt.Length
        : prompt.AsSpan().TrimEnd() is { Length: > 0 } trimmed && text.StartsWith(trimmed) ? trimmed.Length : null;

    // The prompt goes further than the turn in the whole (it opens a thinking that the turn does not have): the turn begins where it would say something.
    private int? StartOfContent(IReadOnlyList<ChatMessage> messages, int i, string whole, int place, string prompt)
    {
        var mark = Marked.For(whole);
        foreach (var message in new[] { messages[i] with { Content = mark }, messages[i] with { Content = mark, ToolCalls = null } })
        {
            var marked = Rendered([.. messages.Take(i), message, .. messages.Skip(i + 1)], prompt: false);
            var at = marked?.IndexOf(mark, StringComparison.Ordinal) ?? -1;
            if (at > place && whole.AsSpan().StartsWith(marked.AsSpan(0, at)) && prompt.AsSpan().StartsWith(marked.AsSpan(place, at - place)))
            {
                return at;
            }
        }

        return null;
    }

    private int? End(IReadOnlyList<ChatMessage> messages, int i, string whole)
    {
        if (i == messages.Count - 1)
        {
            return whole.Length;
        }

        var until = render(Until(messages, i + 1), false).Text;
        foreach (var text in WithoutEnd(until))
        {
            if (whole.StartsWith(text, StringComparison.Ordinal))
            {
                return text.Length;
            }
        }

        if (PlacesAfter(messages, i, whole, until, i + 1, prompt: false) is not var (place, from))
        {
            return null;
        }

        foreach (var rest in WithoutEnd(until[from..]))
        {
            if (whole.AsSpan(place).StartsWith(rest))
            {
                return place + rest.Length;
            }
        }

        return null;
    }

    // The text, and without the end of the sequence that a template puts behind the last turn only.
    private IEnumerable<string> WithoutEnd(string text) =>
        eosToken is { Length: > 0 } && text.EndsWith(eosToken, StringComparison.Ordinal) && text.Length > eosToken.Length ? [text, text[..^eosToken.Length]] : [text];

    /// <summary>
    /// Where message i ends what it says, in the whole and in the prefix: its content, or the name of its last call. Null when that is not printed once and
    /// unchanged: the text with the mark, without it, must be the text.
    /// </summary>
    private (int InWhole, int InPrefix)? PlacesAfter(IReadOnlyList<ChatMessage> messages, int i, string whole, string prefix, int count, bool prompt)
    {
        var mark = Marked.For(whole + prefix);
        foreach (var message in Marked.Ways(messages[i], mark))
        {
            ChatMessage[] marked = [.. messages.Take(i), message, .. messages.Skip(i + 1)];
            if (Marked.PlaceOf(mark, Rendered(marked, prompt: false), whole, message) is { } inWhole && Marked.PlaceOf(mark, Rendered(Until(marked, count), prompt), prefix, message) is { } inPrefix)
            {
                return (inWhole, inPrefix);
            }
        }

        return null;
    }

    private string? Rendered(ChatMessage[] messages, bool prompt)
    {
        try
        {
            return render(messages, prompt).Text;
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    private static ChatMessage[] Until(IReadOnlyList<ChatMessage> messages, int count) => [.. messages.Take(count)];

    private static ChatTemplateException Untold(IReadOnlyList<ChatMessage> messages, int i, string whole, string prefix, string what) => new(
        $"{what} do not render to the beginning of the whole conversation (they part after {whole.AsSpan().CommonPrefixLength(prefix)} characters), and what they end with is not found in it, "
        + $"so the supervised span of messages[{i}] cannot be told. {(i < messages.Count - 1 ? "Supervise only the last turn, or use" : "Use")} a template that renders a turn the same whatever follows.");
}
