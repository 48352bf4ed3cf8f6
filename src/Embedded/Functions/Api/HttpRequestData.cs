using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;

namespace Microsoft.Azure.Functions.Worker.Http;

/// <summary>
/// The worker's own request and what it leads to. HTTP functions of this host take ASP.NET Core's types instead, so nothing makes one; they stand here
/// because the signatures of the durable client's extensions name them.
/// </summary>
public abstract class HttpRequestData
{
    private protected HttpRequestData()
    {
    }

    public abstract Stream Body { get; }

    public abstract HttpHeadersCollection Headers { get; }

    public abstract IReadOnlyCollection<IHttpCookie> Cookies { get; }

    public abstract Uri Url { get; }

    public abstract IEnumerable<ClaimsIdentity> Identities { get; }

    public abstract string Method { get; }

    public abstract HttpResponseData CreateResponse();
}

public abstract class HttpResponseData
{
    private protected HttpResponseData()
    {
    }

    public abstract HttpStatusCode StatusCode { get; set; }

    public abstract HttpHeadersCollection Headers { get; set; }

    public abstract Stream Body { get; set; }

    public abstract HttpCookies Cookies { get; }
}

public class HttpHeadersCollection : HttpHeaders;

public abstract class HttpCookies
{
    protected HttpCookies()
    {
    }

    public abstract void Append(string name, string value);

    public abstract void Append(IHttpCookie cookie);

    public abstract IHttpCookie CreateNew();
}

public interface IHttpCookie
{
    string Name { get; }

    string Value { get; }

    string? Domain { get; }

    DateTimeOffset? Expires { get; }

    bool? HttpOnly { get; }

    double? MaxAge { get; }

    string? Path { get; }

    SameSite SameSite { get; }

    bool? Secure { get; }
}

public enum SameSite
{
    None = 0,
    Lax = 1,
    Strict = 2,
    ExplicitNone = 3,
}
