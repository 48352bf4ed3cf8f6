using Azure.Core;

namespace ServerlessTuning.Testing.Azure;

/// <summary>Signs in as whoever the token names; <see cref="FakeResourceManager"/> knows what each may do.</summary>
public sealed class FakeCredential(string token = FakeResourceManager.AppToken) : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(token, DateTimeOffset.MaxValue);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
}
