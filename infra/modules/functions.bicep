// The app: Flex Consumption, .NET 10 isolated, signed in to everything by its identity.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. The app\'s identity.')
param identityId string

@description('Required. Client id of the same identity.')
param identityClientId string

@description('Required. Subnet of the app.')
param subnetId string

@description('Required. Storage account of host, durable history and data.')
param storageName string

@description('Required. Its blob endpoint. Feeds Tuning__Storage.')
param blobEndpoint string

@description('Required. Container that the app\'s package is deployed to.')
param deploymentContainer string

@description('Required. Application Insights.')
param insightsConnection string

@description('Required. Settings of the section Tuning; docs/operations.md lists them.')
param tuning object

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${token}'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: subnetId
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${deploymentContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union({
      AzureWebJobsStorage__accountName: storageName
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      AZURE_CLIENT_ID: identityClientId
      'AzureWebJobs.DatasetDropped.Disabled': 'true' // Event Grid feeds DatasetDroppedEvent; this plan cannot scan
      'AzureWebJobs.TrainerFinished.Disabled': 'true'
      Tuning__Storage: blobEndpoint
    }, tuning)
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('Feeds the hook subscribe-drops.')
output name string = app.name

@description('Feeds the hook subscribe-drops, and people.')
output host string = app.properties.defaultHostName
