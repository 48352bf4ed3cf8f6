namespace ServerlessTuning.Testing.Azure;

/// <summary>What goes wrong, and when. Everything is off at first; each may be changed at any time.</summary>
public sealed class FakeFaults
{
    /// <summary>The answer to a request instead of its effect; asked for each one. Null lets it pass.</summary>
    public Func<FakeRequest, FakeError?> Refuse { get; set; } = _ => null;

    /// <summary>How a creation that was accepted fails in the end; null lets it succeed.</summary>
    public Func<FakeMachine, FakeError?> FailLate { get; set; } = _ => null;

    /// <summary>The request takes effect, but the connection breaks before the answer.</summary>
    public Func<FakeRequest, bool> LoseAnswer { get; set; } = _ => false;

    public Func<TimeSpan> CreationTime { get; set; } = () => TimeSpan.FromMilliseconds(100);

    public Func<TimeSpan> DeletionTime { get; set; } = () => TimeSpan.FromMilliseconds(100);

    /// <summary>How far Azure's clock is ahead.</summary>
    public TimeSpan ClockSkew { get; set; }
}

/// <param name="Machine">Its name; empty when the request is about no machine.</param>
/// <param name="Size">Of a creation; null otherwise.</param>
public sealed record FakeRequest(string Method, string Path, string Machine, string? Size = null, string? Region = null, bool IsSpot = false);

/// <param name="Code">As Azure writes it, for example <c>SkuNotAvailable</c>.</param>
/// <param name="RetryAfterSeconds">A header of the answer.</param>
/// <param name="WasAllocated">Of a late failure: the machine was there and cost until its deletion.</param>
public sealed record FakeError(int Status, string Code, string Message, int? RetryAfterSeconds = null, bool WasAllocated = false)
{
    public static FakeError NoCapacity { get; } = new(409, "SkuNotAvailable", "The requested VM size is currently not available in the location. Please try another size or deploy to a different location or different zone.");

    public static FakeError NoCapacityLate { get; } = new(409, "AllocationFailed", "Allocation failed. We do not have sufficient capacity for the requested VM size in this region.");

    public static FakeError NoQuota { get; } = new(409, "OperationNotAllowed", "Operation could not be completed as it results in exceeding approved Total Regional Spot Cores quota.");

    public static FakeError NotUp { get; } = new(200, "OSProvisioningTimedOut", "OS Provisioning for VM did not finish in the allotted time.", WasAllocated: true);

    public static FakeError Forbidden { get; } = new(403, "AuthorizationFailed", "The client does not have authorization to perform action 'Microsoft.Compute/virtualMachines/write' over scope.");

    public static FakeError TooMany { get; } = new(429, "TooManyRequests", "The request is being throttled.", RetryAfterSeconds: 1);

    public static FakeError Broken { get; } = new(503, "ServiceUnavailable", "The service is unavailable.");
}
