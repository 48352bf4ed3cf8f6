// Datasets, models and runs. No shared key exists, nothing is public, and only the two subnets (and named addresses) get in.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Addresses in CIDR notation from which people may come; empty for none.')
param allowedAddresses array

@description('Required. Subnet of the app.')
param appSubnetId string

@description('Required. Subnet of the trainers.')
param trainerSubnetId string

@description('Required. The app\'s identity.')
param appPrincipalId string

@description('Required. The machines\' identity.')
param trainerPrincipalId string

@description('Conditional. A person or group who may drop datasets and read models; empty for nobody.')
param userPrincipalId string

@description('Required. Days after which files of runs are deleted.')
@minValue(1)
param keepRunsDays int

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var appRoles = [blobDataOwner, queueDataContributor, tableDataContributor]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'st${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
      virtualNetworkRules: [{ id: appSubnetId, action: 'Allow' }, { id: trainerSubnetId, action: 'Allow' }]
      ipRules: [for address in allowedAddresses: { value: address, action: 'Allow' }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [for name in ['datasets', 'models', 'runs', 'deployments']: {
  parent: blobs
  name: name
  properties: { publicAccess: 'None' }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'runs-end'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob', 'appendBlob'], prefixMatch: ['runs/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: keepRunsDays } } }
          }
        }
      ]
    }
  }
}

resource appMay 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in appRoles: {
  name: guid(account.id, appPrincipalId, role)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource trainerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, 'models', trainerPrincipalId, blobDataReader)
  scope: containers[1]
  properties: {
    principalId: trainerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
  }
}

resource trainerWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, 'runs', trainerPrincipalId, blobDataContributor)
  scope: containers[2]
  properties: {
    principalId: trainerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource userDrops 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(userPrincipalId)) {
  name: guid(account.id, userPrincipalId, blobDataContributor)
  scope: account
  properties: {
    principalId: userPrincipalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

@description('Feeds the event topic and the private endpoints.')
output id string = account.id

@description('Feeds AzureWebJobsStorage__accountName.')
output name string = account.name

@description('Feeds Tuning__Storage and the app\'s deployment.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Feeds the app\'s deployment.')
output deploymentContainer string = containers[3].name
