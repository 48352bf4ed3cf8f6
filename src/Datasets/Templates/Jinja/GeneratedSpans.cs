namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Where <c>{% generation %}</c> blocks stand in the rendered text.</summary>
internal sealed class GeneratedSpans
{
    private readonly List<Range> _spans = [];
    private readonly GeneratedSpans? _whole;

    private GeneratedSpans(GeneratedSpans whole) => _whole = whole;

    public GeneratedSpans()
    {
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<Range> Spans => _spans;

    /// <summary>A block stood in a macro or a set block: its place in the whole text is not known.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>For text that becomes a value.</summary>
    public GeneratedSpans Elsewhere => _whole is null ? new(this) : this;

    public void Add(int start, int end)
    {
        if (_whole is null)
        {
            _spans.Add(start..end);
        }
        else
        {
            _whole.IsIncomplete = true;
        }
    }
}
