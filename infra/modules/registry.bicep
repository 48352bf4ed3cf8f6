// The trainer's image. No admin user, and no anonymous pull: it is off unless asked for, and this API version cannot even ask.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Premium, which private endpoints ask for; else Basic.')
param isPremium bool

@description('Required. Who may pull: the machines\' identity.')
param trainerPrincipalId string

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'cr${token}'
  location: location
  tags: tags
  sku: { name: isPremium ? 'Premium' : 'Basic' }
  properties: {
    adminUserEnabled: false
    publicNetworkAccess: 'Enabled' // the build and the person who deploys come from outside; pulling takes AcrPull
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, trainerPrincipalId, acrPull)
  scope: registry
  properties: {
    principalId: trainerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

@description('Feeds the private endpoints.')
output id string = registry.id

@description('Feeds the hook push-trainer.')
output name string = registry.name

@description('Feeds Tuning__Azure__TrainerImage.')
output loginServer string = registry.properties.loginServer
