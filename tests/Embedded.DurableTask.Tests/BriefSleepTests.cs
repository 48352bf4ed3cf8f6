using System.Runtime.InteropServices;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class BriefSleepTests
{
    [Fact]
    public void Sqlite_waits_as_long_as_it_asks_and_not_for_a_second()
    {
        using var database = new Database(Path.Combine(Testing.Repository.NewFolder(), "history.db"));

        var sleep = Marshal.GetDelegateForFunctionPointer<BriefSleep.SleepFunction>(BriefSleep.Current.Sleep);

        Assert.Equal(1500, sleep(0, 1500)); // microseconds slept, by its own word; as it comes it says 1,000,000
    }
}
