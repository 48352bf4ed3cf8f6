using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Formats;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Which task a dataset is for, and which formats and models a task goes with.</summary>
public static class TaskRules
{
    private const string Decoder = "a decoder (…ForCausalLM)", Encoder = "an encoder (…ForMaskedLM)", Both = "an encoder-decoder (…ForConditionalGeneration)", Any = "a decoder or an encoder";

    private static readonly Dictionary<TuningTask, Rule> Rules = new()
    {
        [TuningTask.Supervised] = new([ExampleKind.Chat, ExampleKind.PromptCompletion], "chat, or prompts and completions", [ModelTask.CausalLanguage], Decoder),
        [TuningTask.Pretraining] = new([ExampleKind.Text, ExampleKind.Chat, ExampleKind.PromptCompletion], "plain text", [ModelTask.CausalLanguage], Decoder),
        [TuningTask.MaskedLanguage] = new([ExampleKind.Text], "plain text", [ModelTask.MaskedLanguage], Encoder),
        [TuningTask.SequenceToSequence] = new([ExampleKind.PromptCompletion], "prompts and completions", [ModelTask.SequenceToSequence], Both),
        [TuningTask.Classification] = new([ExampleKind.Labeled], "texts with labels",
            [ModelTask.CausalLanguage, ModelTask.MaskedLanguage, ModelTask.SequenceClassification, ModelTask.TokenClassification], Any),
        [TuningTask.TokenClassification] = new([ExampleKind.Tagged], "words with tags",
            [ModelTask.CausalLanguage, ModelTask.MaskedLanguage, ModelTask.TokenClassification, ModelTask.SequenceClassification], Any),
        [TuningTask.Preference] = new([ExampleKind.Preference, ExampleKind.Judged], "prompts with a chosen and a rejected answer, or with an answer and a judgement", [ModelTask.CausalLanguage], Decoder),
        [TuningTask.Reward] = new([ExampleKind.Preference], "prompts with a chosen and a rejected answer",
            [ModelTask.CausalLanguage, ModelTask.SequenceClassification, ModelTask.MaskedLanguage], Any),
        [TuningTask.Reinforcement] = new([ExampleKind.Prompt], "prompts, or conversations that end with the user", [ModelTask.CausalLanguage], Decoder),
    };

    private sealed record Rule(IReadOnlyList<ExampleKind> Kinds, string Formats, IReadOnlyList<ModelTask> Models, string Model);

    /// <summary>What a format is usually for, with a model of this kind.</summary>
    public static TuningTask TaskFor(ExampleKind kind, ModelTask? model) => kind switch
    {
        ExampleKind.Labeled => TuningTask.Classification,
        ExampleKind.Tagged => TuningTask.TokenClassification,
        ExampleKind.Preference or ExampleKind.Judged => TuningTask.Preference,
        ExampleKind.Prompt => TuningTask.Reinforcement,
        ExampleKind.Text => model == ModelTask.MaskedLanguage ? TuningTask.MaskedLanguage : TuningTask.Pretraining,
        ExampleKind.PromptCompletion when model == ModelTask.SequenceToSequence => TuningTask.SequenceToSequence,
        _ => TuningTask.Supervised,
    };

    /// <summary>Null when a file of this format serves the task.</summary>
    public static DatasetProblem? Objection(TuningTask task, string file, ExampleKind kind)
    {
        var rule = Rules[task];
        return rule.Kinds.Contains(kind) ? null : new(file, null, null, kind == ExampleKind.Text ? "plain text, in which nobody answers" : NameOf(kind), $"{rule.Formats}, for the task \"{Word(task)}\"", kind == ExampleKind.Text && task == TuningTask.Supervised
            ? "Set \"task\": \"pretraining\" in tuning.json to learn every token, or give the text as prompts and completions."
            : "Give the examples in that form, or leave the task out: it follows from the format.");
    }

    /// <summary>Null when a base model of this kind can learn the task.</summary>
    public static DatasetProblem? Objection(TuningTask task, ModelConfig model)
    {
        var rule = Rules[task];
        return rule.Models.Contains(model.Task) ? null : new("config.json", null, "architectures", $"\"{model.Architecture}\"", $"{rule.Model} for the task \"{Word(task)}\"",
            "Choose such a base model, or a task that this one can learn.");
    }

    /// <summary>As reports call a format.</summary>
    public static string NameOf(ExampleKind? kind) => kind switch
    {
        ExampleKind.Chat => "chat",
        ExampleKind.PromptCompletion => "prompt_completion",
        ExampleKind.Text => "text",
        ExampleKind.Labeled => "labeled_text",
        ExampleKind.Tagged => "tagged_words",
        ExampleKind.Preference => "preference",
        ExampleKind.Judged => "judged_completion",
        ExampleKind.Prompt => "prompt",
        _ => "unknown",
    };

    private static string Word(TuningTask task) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(task.ToString());
}
