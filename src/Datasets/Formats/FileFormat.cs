namespace ServerlessTuning.Datasets.Formats;

/// <summary>How a file is cut into examples.</summary>
public enum FileLayout
{
    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>A header and records with quoted fields, separated by commas or tabs.</summary>
    Delimited,

    /// <summary>Text for people; paragraphs are separated by blank lines.</summary>
    PlainText,
}

/// <summary>What the examples of a file are.</summary>
public enum ExampleKind
{
    /// <summary>OpenAI's <c>messages</c>.</summary>
    Chat,

    PromptCompletion,
    Text,
}

/// <summary>What detection found out about a file.</summary>
/// <param name="Delimiter">Of a <see cref="FileLayout.Delimited"/> file.</param>
/// <param name="Columns">Of a <see cref="FileLayout.Delimited"/> file: its header.</param>
public sealed record FileFormat(FileLayout Layout, ExampleKind Kind, char? Delimiter = null, IReadOnlyList<string>? Columns = null);
