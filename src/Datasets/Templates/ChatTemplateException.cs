namespace ServerlessTuning.Datasets.Templates;

/// <summary>A chat template that cannot be read (line and column tell where), or that refuses a conversation.</summary>
public sealed class ChatTemplateException(string message, int? line = null, int? column = null, Exception? inner = null)
    : Exception(line is null ? message : $"chat_template, line {line}, column {column}: {message}", inner)
{
    /// <summary>In the template, counted from 1; null when it concerns the conversation and no place in the template.</summary>
    public int? Line { get; } = line;

    /// <summary>Counted from 1.</summary>
    public int? Column { get; } = column;
}
