using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Stages;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Losses over pairs, judged answers and rewards: log-probabilities, loss, and the adapter's gradient.</summary>
internal static class Preferences
{
    /// <summary>DPO and its kin; the reference is the base with the adapter switched off.</summary>
    public static Deviation Direct(ReferenceCase reference) => Run(reference, (policy, fixedReference) =>
    {
        var type = reference.Text("variant") switch
        {
            "sigmoid" or "sigmoid_label_smoothing" => PreferenceType.Sigmoid,
            "robust" => PreferenceType.Robust,
            "hinge" => PreferenceType.Hinge,
            "ipo" => PreferenceType.Ipo,
            "ipo_sum" => PreferenceType.IpoSum,
            var other => throw new RequestException($"case {reference.Id}: found variant '{other}', expected a form of DPO."),
        };
        return PreferenceLoss.Direct(policy, fixedReference.Sums(), type, reference.Parameter("beta"), reference.Parameter("label_smoothing")).mean();
    });

    public static Deviation OddsRatio(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Adapters.Load(reference);
        using var owned = (TextModel)model;
        var onlyAnswers = reference.Text("variant") == "orpo_completion_nll";
        using var answers = Answers.Of(reference, "");
        using var all = Answers.Of(reference, "", withPrompts: true);
        var (policy, whole) = (answers.Graph(owned), all.Graph(owned));
        var pairs = policy.Counts.shape[0] / 2;
        var told = onlyAnswers ? policy : whole;
        var ofChosen = told.Answers.lt(pairs).to(ScalarType.Float32);
        var loss = -(told.Tokens * ofChosen).sum() / ofChosen.sum() + PreferenceLoss.OddsRatio(policy).mean() * reference.Parameter("beta");
        loss.backward();
        answers.Backward(owned, policy);
        if (!onlyAnswers)
        {
            all.Backward(owned, whole);
        }

        return Verdict(reference, loss, owned, adapter, answers, policy);
    }

    public static Deviation Kto(ReferenceCase reference) => Run(reference, (policy, fixedReference) =>
    {
        var (model, adapter) = Adapters.Load(reference);
        using var owned = (TextModel)model;
        using var mismatched = Answers.Of(reference, "kl_");
        var mismatchedPolicy = mismatched.Graph(owned).Sums();
        adapter.Enabled = false;
        var distance = PreferenceLoss.Distance(mismatchedPolicy, mismatched.Graph(owned).Sums());
        return PreferenceLoss.Kto(policy, fixedReference.Sums(), distance, reference.Tensor("inputs", "labels").to(ScalarType.Float32),
            reference.Parameter("beta"), reference.Parameter("desirable_weight"), reference.Parameter("undesirable_weight")).mean();
    });

    public static Deviation Policy(ReferenceCase reference) => Run(reference, (policy, _) =>
    {
        var options = new PolicyOptions(
            reference.Setting("loss_type") switch { "grpo" => PolicyAverage.Grpo, "bnpo" => PolicyAverage.Bnpo, "dapo" => PolicyAverage.Dapo, "dr_grpo" => PolicyAverage.DrGrpo, var other => throw new RequestException($"case {reference.Id}: found loss type '{other}', expected grpo, bnpo, dapo or dr_grpo.") },
            reference.Parameter("beta"), reference.Parameter("epsilon_low"), reference.Parameter("epsilon_high"), reference.Setting("importance_sampling_level") == "sequence",
            (int)reference.Parameter("max_completion_length"));
        var scale = reference.Setting("scale_rewards") switch { "group" => RewardScale.Group, "batch" => RewardScale.Batch, _ => RewardScale.None };
        var advantages = PolicyLoss.Advantages(reference.Tensor("inputs", "rewards"), (int)reference.Parameter("num_generations"), scale);
        var byToken = PolicyLoss.ByToken(policy, Answers.Completed(reference, "old_per_token_logps"), Answers.Completed(reference, "ref_per_token_logps"), advantages, options);
        return PolicyLoss.Mean(policy, byToken, options, byToken.shape[0], policy.Counts.shape[0]);
    });

    private static Deviation Run(ReferenceCase reference, Func<CompletionLogProbabilities, CompletionLogProbabilities, Tensor> objective)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Adapters.Load(reference);
        using var owned = (TextModel)model;
        using var answers = Answers.Of(reference, "");
        adapter.Enabled = false;
        var fixedReference = answers.Graph(owned).Tokens.detach();
        adapter.Enabled = true;
        var policy = answers.Graph(owned);
        var loss = objective(policy, policy.With(fixedReference));
        loss.backward();
        answers.Backward(owned, policy);
        return Verdict(reference, loss, owned, adapter, answers, policy);
    }

    private static Deviation Verdict(ReferenceCase reference, Tensor loss, TextModel model, LoraAdapter adapter, Answers answers, CompletionLogProbabilities policy)
    {
        var worst = Deviation.Of("loss", reference.Number("loss"), loss.item<float>(), reference.Tolerance("loss"));
        worst = reference.HasTensor("expected", "per_token_logps")
            ? worst.Or(Deviation.Of("log-probabilities", answers.At(reference.Tensor("expected", "per_token_logps")), policy.Tokens, reference.Tolerance("logps"))) : worst;
        return worst.Or(ForwardBackward.Gradients(reference, Adapters.Trained(model, adapter)));
    }
}
