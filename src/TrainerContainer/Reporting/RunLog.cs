using System.Text;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>What the trainer says: each line at once on the console, and all of it as <c>attempts/{k}/log.txt</c>.</summary>
public sealed class RunLog(TextWriter console, TimeProvider clock)
{
    private const int LongestText = 1 << 20;
    private readonly StringBuilder text = new();
    private readonly Lock gate = new();

    /// <summary>Grows with every line; tells whether there is something new to write.</summary>
    public long Lines { get; private set; }

    public void Say(string line)
    {
        lock (gate)
        {
            var stamped = $"{clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} {line}\n";
            console.Write(stamped);
            text.Append(stamped);
            Lines++;
            if (text.Length > LongestText)
            {
                text.Remove(0, LongestText / 2).Insert(0, "(older lines were dropped)\n");
            }
        }
    }

    public byte[] ToUtf8()
    {
        lock (gate)
        {
            return Encoding.UTF8.GetBytes(text.ToString());
        }
    }
}
