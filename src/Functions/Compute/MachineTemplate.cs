using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Models;

namespace ServerlessTuning.Functions.Compute;

/// <summary>A trainer's machine as Azure is asked for it: no public address, nobody's password, and disk and network interface that go when it goes.</summary>
internal static class MachineTemplate
{
    /// <summary>The first that knows inline network interfaces, and enough.</summary>
    private const string NetworkApiVersion = "2020-11-01";

    private static readonly Lazy<string> NobodysKey = new(CreateNobodysKey);

    public static VirtualMachineData For(string name, MachineOffer offer, AzureOptions settings, IReadOnlyDictionary<string, string> tags, string boot)
    {
        var machine = new VirtualMachineData(new AzureLocation(offer.Region))
        {
            HardwareProfile = new() { VmSize = new VirtualMachineSizeType(offer.Size.Name) },
            StorageProfile = new() { ImageReference = Image(settings.MachineImage), OSDisk = Disk(name, offer.Size, settings) },
            OSProfile = new()
            {
                ComputerName = name,
                AdminUsername = "tuning",
                CustomData = Convert.ToBase64String(Encoding.UTF8.GetBytes(boot)),
                LinuxConfiguration = new() { DisablePasswordAuthentication = true, SshPublicKeys = { new() { Path = "/home/tuning/.ssh/authorized_keys", KeyData = NobodysKey.Value } } },
            },
            NetworkProfile = new() { NetworkApiVersion = new NetworkApiVersion(NetworkApiVersion), NetworkInterfaceConfigurations = { Network(name, offer, settings) } },
            Identity = new ManagedServiceIdentity(ManagedServiceIdentityType.UserAssigned) { UserAssignedIdentities = { [new ResourceIdentifier(settings.TrainerIdentity)] = new UserAssignedIdentity() } },
            ScheduledEventsProfile = new() { TerminateNotificationProfile = new() { Enable = true, NotBeforeTimeout = "PT5M" } },
            BootDiagnostics = new() { Enabled = true },
        };
        if (offer.Zone is { } zone)
        {
            machine.Zones.Add(zone);
        }

        if (offer.Spot)
        {
            machine.Priority = VirtualMachinePriorityType.Spot;
            machine.EvictionPolicy = VirtualMachineEvictionPolicyType.Delete; // deallocated it would still pay for its disk
            machine.BillingMaxPrice = -1; // up to the price on demand; the run's budget is the limit
        }

        foreach (var (key, value) in tags)
        {
            machine.Tags[key] = value;
        }

        return machine;
    }

    private static ImageReference Image(string image) => image.StartsWith('/') ? new() { Id = new ResourceIdentifier(image) }
        : image.Split(':') is [var publisher, var offer, var sku, var version] ? new() { Publisher = publisher, Offer = offer, Sku = sku, Version = version }
        : throw new ArgumentException($"The machine image is '{image}'; expected publisher:offer:sku:version or a resource id.", nameof(image));

    /// <summary>On the machine's own disk where it fits: nothing to pay for and nothing to leave behind.</summary>
    private static VirtualMachineOSDisk Disk(string name, MachineSize size, AzureOptions settings)
    {
        var disk = new VirtualMachineOSDisk(DiskCreateOptionType.FromImage)
        {
            Name = $"{name}-disk",
            DiskSizeGB = settings.DiskGiB,
            DeleteOption = DiskDeleteOptionType.Delete,
        };
        if (size.LocalDiskGiB >= settings.DiskGiB)
        {
            disk.Caching = CachingType.ReadOnly;
            disk.DiffDiskSettings = new() { Option = DiffDiskOption.Local, Placement = DiffDiskPlacement.ResourceDisk };
        }
        else
        {
            disk.ManagedDisk = new() { StorageAccountType = StorageAccountType.PremiumLrs };
        }

        return disk;
    }

    private static VirtualMachineNetworkInterfaceConfiguration Network(string name, MachineOffer offer, AzureOptions settings) => new($"{name}-nic")
    {
        Primary = true,
        DeleteOption = ComputeDeleteOption.Delete,
        IPConfigurations = { new($"{name}-ip") { Primary = true, SubnetId = new ResourceIdentifier(settings.Places.First(place => place.Region == offer.Region).Subnet) } },
    };

    /// <summary>Azure wants a key for a Linux machine without a password. This one's private half is forgotten at once.</summary>
    private static string CreateNobodysKey()
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(includePrivateParameters: false);
        byte[] text = [.. Part("ssh-rsa"u8), .. Part(key.Exponent!), .. Part([0, .. key.Modulus!])];
        return $"ssh-rsa {Convert.ToBase64String(text)} nobody";

        static byte[] Part(ReadOnlySpan<byte> bytes)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            return [.. length, .. bytes];
        }
    }
}
