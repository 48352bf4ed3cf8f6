using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>What a careful owner sets: machines that failed stay a while, and an estimate counts the chores.</summary>
public sealed class CarefulApp : AzureApp
{
    protected override void Configure(WebApplicationBuilder builder)
    {
        base.Configure(builder);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Tuning:Azure:KeepOnError"] = "01:00:00", ["Tuning:Azure:ChoresMinutes"] = "15" });
    }
}
