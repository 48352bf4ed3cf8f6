using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using SameSite = Microsoft.Azure.Functions.Worker.Http.SameSite;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>ASP.NET Core's request as the worker's.</summary>
internal sealed class HostedRequest : HttpRequestData
{
    private readonly HttpContext context;

    public HostedRequest(FunctionContext invocation, HttpContext context)
        : base(invocation)
    {
        this.context = context;
        foreach (var (name, values) in context.Request.Headers)
        {
            Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }
    }

    public override Stream Body => context.Request.Body;

    public override HttpHeadersCollection Headers { get; } = new();

    public override IReadOnlyCollection<IHttpCookie> Cookies => [.. context.Request.Cookies.Select(cookie => new Cookie(cookie.Key, cookie.Value))];

    public override Uri Url => new(context.Request.GetEncodedUrl());

    public override IEnumerable<ClaimsIdentity> Identities => context.User.Identities;

    public override string Method => context.Request.Method;

    public override HttpResponseData CreateResponse() => new HostedResponse(FunctionContext, context);

    private sealed record Cookie(string Name, string Value) : IHttpCookie
    {
        public string? Domain => null;

        public DateTimeOffset? Expires => null;

        public bool? HttpOnly => null;

        public double? MaxAge => null;

        public string? Path => null;

        public SameSite SameSite => SameSite.None;

        public bool? Secure => null;
    }
}

/// <summary>What a function says in the worker's words, kept until it returns.</summary>
internal sealed class HostedResponse(FunctionContext invocation, HttpContext context) : HttpResponseData(invocation)
{
    public override HttpStatusCode StatusCode { get; set; } = HttpStatusCode.OK;

    public override HttpHeadersCollection Headers { get; set; } = new();

    public override Stream Body { get; set; } = new MemoryStream();

    public override HttpCookies Cookies => throw new NotSupportedException("Cookies of HttpResponseData are not there in the embedded host. Take HttpRequest and set them on its HttpContext.Response.");

    public async Task SendAsync()
    {
        context.Response.StatusCode = (int)StatusCode;
        foreach (var (name, values) in Headers)
        {
            context.Response.Headers[name] = values.ToArray();
        }

        Body.Position = 0;
        await Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
