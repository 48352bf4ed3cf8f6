using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>The machine's clock is set while orchestrations nap.</summary>
public sealed class ClockTests(ClockTests.Host host) : IClassFixture<ClockTests.Host>
{
    /// <summary>Back only in the long form: the engine looks at the clock once a minute, so that one takes a minute.</summary>
    public static TheoryData<int> Hours => LongTests.Wanted ? [1, -1] : [1];

    [Theory]
    [MemberData(nameof(Hours))]
    public async Task A_clock_set_by_an_hour_ends_every_orchestration_all_the_same(int hours)
    {
        // Nap by nap, so that timers are under way at the jump. After a step back the nap under way lasts an hour longer by the new clock, as on Azure, so time must go on for it.
        var id = $"Naps-{hours}";
        await host.Http.PostAsync($"runtime/webhooks/durabletask/orchestrators/Naps/{id}", null);
        await Task.Delay(200);
        host.Clock.Jump(TimeSpan.FromHours(hours));
        await Task.Delay(200);
        if (hours < 0)
        {
            host.Clock.Jump(TimeSpan.FromHours(1));
        }

        JsonObject? state = null;
        for (var i = 0; i < 1400 && (string?)state?["runtimeStatus"] != "Completed"; i++) // a look a minute at most, since the loop sleeps by the old clock
        {
            await Task.Delay(50);
            state = await host.Http.GetFromJsonAsync<JsonObject>($"runtime/webhooks/durabletask/instances/{id}?showHistory=true");
        }

        Assert.Equal("Completed", (string?)state!["runtimeStatus"]);
        Assert.Equal(ChaosFunctions.NapCount, state["historyEvents"]!.AsArray().Count(entry => (string?)entry!["EventType"] == "TimerFired"));
    }

    public sealed class Host : RunningHost
    {
        public SetClock Clock { get; } = new();

        protected override void Configure(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Clock);
    }

    /// <summary>The system's time with an offset that can be changed: delays go on, the date jumps.</summary>
    public sealed class SetClock : TimeProvider
    {
        private long offset;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref offset));

        public void Jump(TimeSpan by) => Interlocked.Add(ref offset, by.Ticks);
    }
}
