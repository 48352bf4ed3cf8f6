using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Turns examples into what the trainer reads. What it gives is valid until the next call.</summary>
public interface IExampleEncoder
{
    /// <returns>Usually one; of a long plain text several; none when it is left out or wrong, and then the rule or the problems say why.</returns>
    IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems);
}
