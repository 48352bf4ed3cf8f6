// The way to storage, registry, Key Vault and Resource Manager that never leaves the network. docs/operations.md has its monthly cost.
@description('Required. Region of the resources.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. The virtual network.')
param networkId string

@description('Required. Subnet of the endpoints.')
param subnetId string

@description('Required. The storage account.')
param storageId string

@description('Required. The container registry; Premium.')
param registryId string

@description('Required. The key vault.')
param keyVaultId string

// Takes effect when a tenant administrator associates it with the root management group: docs/deploy.md has the command.
resource management 'Microsoft.Authorization/resourceManagementPrivateLinks@2020-05-01' = {
  name: 'tuning-management'
  location: location
}

var storageSuffix = environment().suffixes.storage
var targets = [
  { name: 'blob', id: storageId, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
  { name: 'queue', id: storageId, group: 'queue', zone: 'privatelink.queue.${storageSuffix}' }
  { name: 'table', id: storageId, group: 'table', zone: 'privatelink.table.${storageSuffix}' }
  { name: 'registry', id: registryId, group: 'registry', zone: 'privatelink.azurecr.io' }
  { name: 'vault', id: keyVaultId, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
  { name: 'management', id: management.id, group: 'ResourceManagement', zone: 'privatelink.azure.com' }
]

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [for target in targets: {
  name: target.zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (target, i) in targets: {
  parent: zones[i]
  name: target.name
  location: 'global'
  properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-01-01' = [for target in targets: {
  name: 'pe-${target.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: target.name
        properties: { privateLinkServiceId: target.id, groupIds: [target.group] }
      }
    ]
  }
}]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = [for (target, i) in targets: {
  parent: endpoints[i]
  name: 'default'
  properties: { privateDnsZoneConfigs: [{ name: target.name, properties: { privateDnsZoneId: zones[i].id } }] }
}]
