using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.Functions.Http;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class FunctionKeysTests
{
    [Theory]
    [InlineData(null, "127.0.0.1", null, true)]
    [InlineData(null, "::1", null, true)]
    [InlineData(null, "10.0.0.4", null, false)] // no key, and not loopback: closed
    [InlineData(null, "10.0.0.4", "guess", false)]
    [InlineData("secret", "127.0.0.1", null, false)]
    [InlineData("secret", "10.0.0.4", "secret", true)]
    [InlineData("secret", "10.0.0.4", "Secret", false)]
    public void Without_a_key_only_loopback_may_call_and_with_one_only_who_has_it(string? key, string local, string? given, bool expected)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Embedded:FunctionKey"] = key }).Build();
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton<IConfiguration>(settings).BuildServiceProvider() };
        context.Connection.LocalIpAddress = IPAddress.Parse(local);
        context.Request.Headers["x-functions-key"] = given;

        Assert.Equal(expected, FunctionKeys.IsAllowed(context));
    }

    [Theory]
    [InlineData("admin/host/status", null, HttpStatusCode.Unauthorized)]
    [InlineData("RUNTIME/webhooks/durabletask/instances", null, HttpStatusCode.Unauthorized)]
    [InlineData("admin/host/status", "secret", HttpStatusCode.OK)]
    [InlineData("api/open", null, HttpStatusCode.OK)]
    public async Task The_hosts_own_routes_want_the_key(string path, string? given, HttpStatusCode expected)
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0", "--Embedded:FunctionKey", "secret"]);
        await using var app = builder.Build();
        app.UseKeysOnHostRoutes();
        app.Map("{**any}", () => "here");
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new(app.Urls.Single()) };
        http.DefaultRequestHeaders.Add("x-functions-key", given);

        using var answer = await http.GetAsync(path);

        Assert.Equal(expected, answer.StatusCode);
    }
}
