using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Graders;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>What a plan's task minimizes.</summary>
public sealed class RunObjectives(StageContext context)
{
    private Dictionary<TokenSplit, TokenSplit>? mismatched;
    private ReferenceAnswers? known;

    private TuningPlan Plan => context.Plan;

    /// <param name="trainee">As training starts.</param>
    public IObjective ForTraining(Trainee trainee, TokenSplit data, TokenSplit? validation) =>
        Of(trainee, [data, .. validation is null ? [] : new[] { validation }], [context.Order.Dataset.Train, context.Order.Dataset.Validation]);

    /// <param name="trainee">The first one that is asked for is what preferences are measured against: the model as it was before training.</param>
    /// <param name="splits">All that will be looked at.</param>
    /// <param name="reports">Of these splits.</param>
    public IObjective Of(Trainee trainee, IReadOnlyList<TokenSplit> splits, IReadOnlyList<SplitReport> reports) => Plan.Task switch
    {
        TuningTask.Classification => new ClassificationObjective(trainee, Plan.Training, context.Order.Dataset.Labels!.Problem),
        TuningTask.TokenClassification => new TagObjective(trainee, Plan.Training),
        TuningTask.MaskedLanguage => new MaskedTokenObjective(trainee, Plan.Training, Plan.Seed, MaskId()),
        TuningTask.SequenceToSequence => new SourceTargetObjective(trainee, Plan.Training),
        TuningTask.Preference => Preference(trainee, splits),
        TuningTask.Reward => new RewardObjective(trainee, Plan.Training),
        TuningTask.Reinforcement => Reinforcement(trainee, splits, reports),
        _ => new NextTokenObjective(trainee, Plan.Training),
    };

    private IObjective Preference(Trainee trainee, IReadOnlyList<TokenSplit> splits)
    {
        var preference = Plan.Preference!;
        if (!preference.NeedsReference)
        {
            return new PreferenceObjective(trainee, Plan.Training, preference, null);
        }

        if (preference.Loss != PreferenceLossType.Kto)
        {
            known ??= Reference(trainee, splits);
            return new PreferenceObjective(trainee, Plan.Training, preference, known);
        }

        mismatched ??= splits.ToDictionary(split => split, split => split.Mismatched(Plan.Training.ContextLength));
        known ??= Reference(trainee, splits.Concat(mismatched.Values));
        return new JudgedObjective(trainee, Plan.Training, preference, known, mismatched);
    }

    private ReferenceAnswers Reference(Trainee start, IEnumerable<TokenSplit> texts) => ReferenceAnswers.Of(start.Text, Plan.Training, texts, context.Stop.Token);

    private ReinforcementObjective Reinforcement(Trainee trainee, IReadOnlyList<TokenSplit> splits, IReadOnlyList<SplitReport> reports)
    {
        var text = ModelText.Load(context.Work.Base);
        var grader = Grader.Parse(Plan.Reinforcement!.Grader, "reinforcement.grader", RewardModels.In(context.Work));
        var items = splits.Zip(reports).ToDictionary(pair => pair.First, pair => HeldOutTexts.ReadAll(Path.Combine(context.Work.Dataset, pair.Second.Held!)));
        return new(trainee, Plan.Training, Plan.Reinforcement, Plan.Seed, new GradedRewards(grader, text, items), text.StopIds);
    }

    private int MaskId()
    {
        var tokenizer = ModelTokenizer.FromFolder(context.Work.Base);
        return tokenizer.TokenToId("[MASK]") ?? tokenizer.TokenToId("<mask>")
            ?? throw new RequestException("base: found a tokenizer without [MASK] or <mask>, expected one of them to hide tokens with. Choose an encoder that was pretrained by hiding tokens.");
    }
}
